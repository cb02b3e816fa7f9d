import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from saetm_assets.demo.docs import collect_docs

COUNT = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    collected = tmp_path_factory.mktemp("demo") / "docs"
    collect_docs(collected, count=COUNT)
    return collected


def rows_of(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "docs.jsonl").read_text().splitlines()]


def test_there_are_as_many_texts_as_asked_for_and_all_differ(folder):
    rows = rows_of(folder)

    assert len(rows) == COUNT
    assert len({row["text"] for row in rows}) == COUNT
    assert [path.name for path in folder.iterdir()] == ["docs.jsonl"]


def test_texts_are_plain_prose_of_25_words_or_more(folder):
    for row in rows_of(folder):
        assert len(row["text"].split()) >= 25
        assert "\n" not in row["text"]
        for mark in (">>>", "``", ":class:", "----", "Parameters:", "Args:"):
            assert mark not in row["text"]


def test_packages_have_their_turn_evenly(folder):
    groups = Counter(row["group"] for row in rows_of(folder))

    assert len(groups) >= 15
    assert max(groups.values()) - min(groups.values()) <= 1
    assert "standard library" in groups


def test_names_begin_with_their_package(folder):
    for row in rows_of(folder):
        if row["group"] != "standard library":
            assert row["url"].startswith(f"python:{row['group']}.")


def test_same_installation_gives_the_same_bytes_and_a_smaller_count_the_first_of_them(
    folder, tmp_path
):
    collect_docs(tmp_path / "docs", count=COUNT // 2)

    assert rows_of(tmp_path / "docs") == rows_of(folder)[: COUNT // 2]


def test_collecting_twice_writes_nothing_the_second_time(tmp_path):
    folder = tmp_path / "docs"
    collect_docs(folder, count=5)
    before = [path.stat().st_mtime_ns for path in (*folder.iterdir(), *tmp_path.iterdir())]
    collect_docs(folder, count=5)

    assert before == [path.stat().st_mtime_ns for path in (*folder.iterdir(), *tmp_path.iterdir())]


def test_collection_that_broke_off_is_made_whole(folder, tmp_path):
    broken = tmp_path / "docs"
    broken.mkdir()
    (broken / "docs.jsonl").write_text('{"text": "half')
    collect_docs(broken, count=5)

    assert rows_of(broken) == rows_of(folder)[:5]


def test_no_package_is_imported_by_reading_it(tmp_path):
    loaded = set(sys.modules)
    collect_docs(tmp_path / "docs", count=40)
    fresh = {name.partition(".")[0] for name in set(sys.modules) - loaded}

    assert not fresh & {"torch", "transformers", "sympy", "nltk", "sqlalchemy", "matplotlib"}
