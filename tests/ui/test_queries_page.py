"""The page of queries runs, and prints frames of the columns and types that it shows."""

import pytest

from tests.docs.queries_page import printed, snippets

SMALL = (  # the datasets and cuts of a small home
    ("topic_count=40", "topic_count=3"),
    ('"prints", 40', '"posts", 3'),
    ('"docs", 25', '"tiles", 3'),
    ('"prints", 6)', '"posts", 2)'),
    ('"prints"', '"posts"'),
)
TEN = 10


@pytest.fixture(scope="module")
def pairs(home):
    """What each block prints on a small home, and what the page says."""
    found = snippets()
    outputs = printed([code for code, _ in found], home, *SMALL)
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


def test_queries_find_something_but_of_dates_and_refits_which_the_small_home_has_not(pairs):
    assert sum("shape: (0," in output for output, _ in pairs) <= len(pairs) // 4
