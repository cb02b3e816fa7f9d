"""The page of queries runs, and prints frames of the columns and types that it shows."""

from datetime import date

import pytest

from tests.docs.queries_page import printed, snippets
from tests.line.homes import Home
from tests.line.themed import FEW, themed_rows, write_rows

SMALL = (  # topics of a small home, where there is one dataset
    ("topic_count=40", "topic_count=3"),
    ('"prints", 40', '"prints", 3'),
    ('source, "prints", 40', 'source, "prints", 3'),
    ('"docs", 25', '"prints", 2'),
    ('"prints", 6)', '"prints", 2)'),
)
TEN = 10


def dated(rows):
    """Give texts a group and a year each."""
    return [
        {**row, "group": f"Period {at % 2}", "timestamp": str(date(1830 + at % 100, 1, 1))}
        for at, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """What each block prints on a home whose dataset lost some items, and what the page says."""
    home = Home(tmp_path_factory.mktemp("queries"))
    rows = dated(themed_rows(range(90)))
    folder = write_rows(home.root / "prints", "rows.jsonl", rows)
    home.add("prints", folder, *FEW)
    home.run("prints")
    write_rows(folder, "rows.jsonl", rows[:75])
    home.run("prints")
    found = snippets()
    outputs = printed([code for code, _ in found], home.root, *SMALL)
    return list(zip(outputs, [said for _, said in found], strict=True))


def columns(output):
    """Return names and types of the columns of each frame in an output."""
    lines = output.splitlines()
    heads = [at for at, line in enumerate(lines) if line.startswith("┌")]
    return [(cells(lines[at + 1]), cells(lines[at + 3])) for at in heads]


def cells(line):
    return [cell.strip() for cell in line.strip("│").split("┆")]


def test_the_page_has_more_than_ten_queries_with_their_outputs(pairs):
    assert len(pairs) > TEN
    assert all(said.strip() for _, said in pairs)


def test_every_query_prints_frames_of_the_columns_that_the_page_shows(pairs):
    assert [columns(output) for output, _ in pairs] == [columns(said) for _, said in pairs]


def test_queries_find_something(pairs):
    assert sum("shape: (0," in output for output, _ in pairs) <= TEN // 3
