"""Two datasets of one space: themes that both have are found, those of one alone are not."""

import json

import pytest

from saetm.tables.alignments import ALONE, SAME
from tests.line.homes import THEMES, refusal, way_to
from tests.line.themed import FEW, themed_rows, write_rows

STAGES = way_to("topic_summaries")


@pytest.fixture(scope="module")
def pair(home, tmp_path_factory):
    """All three themes, and two of them with other texts."""
    root = tmp_path_factory.mktemp("pair")
    some = [number for number in range(100, 190) if number % len(THEMES)]
    for name, numbers in (("these", range(90)), ("those", some)):
        home.add(name, write_rows(root / name, "rows.jsonl", themed_rows(numbers)), *FEW)
        home.run(name, *STAGES)
    return "these", "those"


@pytest.mark.slow
def test_each_topic_is_told_once_and_nothing_is_computed_twice(home, pair):
    result = home.cli("align", *pair, "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)

    assert {row["owner"] for row in rows if row["status"] == SAME} <= {pair[0]}
    told = [(row["owner"], row["topic_id"]) for row in rows]
    told += [(pair[1], row["other_topic_id"]) for row in rows if row["status"] == SAME]
    assert len(told) == len(set(told))
    assert {row["status"] for row in rows} <= {SAME, ALONE}
    assert all(-1 <= row["cosine"] <= 1 and 0 < row["p_value"] <= 1 for row in rows)
    before = home.table("alignments", pair[0])
    assert home.cli("align", *pair, "--json").exit_code == 0
    assert home.table("alignments", pair[0])["run_id"].equals(before["run_id"])


@pytest.mark.slow
def test_what_cannot_be_aligned_is_refused_in_a_sentence(home, pair, texts):
    assert "not with itself" in refusal(home.cli("align", pair[0], pair[0]))
    assert "no dataset is called" in refusal(home.cli("align", pair[0], "absent"))
    assert "which lie in different spaces" in refusal(home.cli("align", pair[0], texts, "--json"))
    assert "no cut of 'these' with 7 topics" in refusal(
        home.cli("align", *pair, "--k", "7", "--json")
    )
