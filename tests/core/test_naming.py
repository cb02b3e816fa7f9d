import polars as pl
import pytest

from saetm.naming import still_named, summary_input

WORDS = [f"word{number}" for number in range(12)]
ITEMS = pl.Series(["one", "two", "three"])


def summaries(**changed):
    row = {
        "topic_id": "t1",
        "producer": "chat",
        "input_hash": summary_input(WORDS, "captioner"),
        "words": WORDS[:10],
        "examples": ["one", "two"],
    }
    return pl.DataFrame([{**row, **changed}])


def holds(frame, *, words=WORDS, topic="t1", **changed):
    topics = pl.DataFrame({"topic_id": [topic], "words": [words]})
    options = {"producer": "chat", "captioner": "captioner", **changed}
    return not still_named(frame, topics, ITEMS, **options).is_empty()


def test_a_summary_holds_while_most_top_words_stay_in_any_order():
    assert holds(summaries())
    assert holds(summaries(), words=[*WORDS[7::-1], "new", "other"])
    assert not holds(summaries(), words=[*WORDS[:7], "new", "other", "third"])


@pytest.mark.parametrize(
    ("row", "now"),
    [
        ({"topic_id": "t2"}, {}),
        ({}, {"producer": "other chat"}),
        ({}, {"captioner": "other captioner"}),
        ({"input_hash": "of other prompts"}, {}),
        ({"examples": ["one", "removed"]}, {}),
        ({"words": None}, {}),
    ],
)
def test_a_summary_ends_with_what_it_was_made_from(row, now):
    assert not holds(summaries(**row), **now)


def test_slow_drift_counts_from_the_words_of_the_summary():
    named = summaries()
    slow = [[*WORDS[number:10], *"abcdefghij"[:number]] for number in range(4)]

    assert [holds(named, words=words) for words in slow] == [True, True, True, False]


def test_without_summaries_none_hold():
    assert not holds(summaries().clear())
