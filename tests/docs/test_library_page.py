"""Every snippet of docs/library.md runs, and prints what the page says."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

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
def test_modules_of_the_page_are_about_what_their_names_say(names):
    mixtures, sources = names["model"].mixtures(10).toarray(), np.array(names["sources"])
    topics = names["model"].topics(10)["words"]
    for module, word in (("threading", "thread"), ("logging", "log"), ("statistics", "data")):
        topic = mixtures[sources == module].mean(axis=0).argmax()
        assert word in topics[int(topic)][:15].to_list()
