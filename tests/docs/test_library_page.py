"""Every snippet of docs/library.md runs, and prints what the page says."""

import contextlib
import io
import re
from itertools import chain
from pathlib import Path

import pytest

from saetm.estimator.analyse import english_words

PAGE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
SNIPPET = re.compile(r"```python\n(.*?)```\n\n```text( like)?\n(.*?)```", re.DOTALL)
LIKE = 0.4  # of the tokens: the last bits of a processor may lead to other features


@pytest.fixture(scope="module")
def names():
    """What the page's code has defined."""
    return {}


@pytest.fixture(scope="module")
def snippets(names, tmp_path_factory):
    """Run the page from top to bottom: for each snippet, what it prints and what the page says."""
    printed = []
    with contextlib.chdir(tmp_path_factory.mktemp("page")):
        for code, like, said in SNIPPET.findall(PAGE.read_text(encoding="utf-8")):
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(code, PAGE.name, "exec"), names)
            printed.append((bool(like), out.getvalue(), said))
    return printed


def test_every_block_of_code_is_followed_by_its_output(snippets):
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(snippets) > 5


def test_printed_facts_are_those_of_the_page(snippets):
    facts = [(printed, said) for like, printed, said in snippets if not like]

    assert [printed for printed, _ in facts] == [said for _, said in facts]


def test_printed_findings_are_like_those_of_the_page(snippets):
    findings = [(printed, said) for like, printed, said in snippets if like]

    assert len(findings) > 2
    for printed, said in findings:
        agreed = set(printed.split()) & set(said.split())
        assert len(printed.splitlines()) == len(said.splitlines())
        assert len(agreed) >= LIKE * len(set(said.split())), printed


@pytest.mark.usefixtures("snippets")
def test_the_four_topics_of_the_page_are_its_four_scenes(names):
    model = names["model"]
    scene_words = [set(english_words(" ".join(chain(*scene)))) for scene in names["scenes"]]
    topic_of = model.mixtures(4).toarray().argmax(axis=1).reshape(4, 36)
    rank_of = [row[0] for row in topic_of]

    assert (topic_of == topic_of[:, :1]).all()
    assert sorted(rank_of) == [0, 1, 2, 3]
    for rank, words in zip(rank_of, scene_words, strict=True):
        assert set(model.topics(4)["words"][int(rank)][:6]) <= words
