from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from saetm.items import Facts, content_id


@given(st.binary(), st.binary())
def test_items_are_the_same_exactly_when_their_content_is(one, other):
    assert (content_id(one) == content_id(other)) == (one == other)


def test_an_end_counts_and_items_without_one_keep_their_digest():
    moment, end = datetime(1790, 1, 1, tzinfo=UTC), datetime(1806, 1, 1, tzinfo=UTC)
    before = Facts(caption="a", timestamp=moment, url="b").digest("c")

    assert before == "135e35f4df9e61d163debb5b5a6350b0"  # as ever: stored items stay known
    ranged = Facts(caption="a", timestamp=moment, timestamp_end=end, url="b")
    assert ranged.digest("c") != before


def test_every_fact_and_its_place_counts_in_the_digest():
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    facts = [
        Facts(),
        Facts(caption="a"),
        Facts(group="a"),
        Facts(url="a"),
        Facts(timestamp=moment),
        Facts(embedding=b"abcd"),
    ]
    digests = {each.digest() for each in facts} | {Facts().digest("a"), Facts().digest("None")}

    assert len(digests) == 8
