import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saetm.topics.cut import topic_id
from saetm.topics.identity import (
    Groups,
    Pair,
    named,
    one_to_one,
    pairs_by_features,
    pairs_by_words,
)
from saetm.topics.spans import spans_of_labels

NAMES = st.sampled_from("abcdef")
PAIRS = st.lists(st.builds(Pair, st.integers(0, 2), st.floats(0, 0.5), NAMES, NAMES))


def groups(labels, ids=None):
    labels = np.array(labels)
    members = [np.flatnonzero(labels == topic) for topic in range(labels.max() + 1)]
    contents = [topic_id(each, salt="sae") for each in members]
    return Groups(spans_of_labels(labels), contents, ids or contents)


def naive_one_to_one(pairs):
    """Look for the best pair that is left, until none is."""
    kept, left = {}, list(pairs)
    while left:
        best = min(left)
        kept[best.new] = best.old
        left = [pair for pair in left if pair.new != best.new and pair.old != best.old]
    return kept


@given(PAIRS)
def test_pairs_are_taken_best_first_and_one_to_one(pairs):
    kept = one_to_one(pairs)

    assert kept == naive_one_to_one(pairs)
    assert len(set(kept.values())) == len(kept)


@given(PAIRS, st.randoms())
def test_the_order_of_pairs_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))

    assert one_to_one(shuffled) == one_to_one(pairs)


@given(st.sets(st.integers(0, 9)), PAIRS, st.sets(st.integers(0, 9)))
def test_names_are_distinct_and_nothing_is_named_after_a_topic_that_it_is_not(
    numbers, pairs, taken_numbers
):
    contents = sorted({topic_id(np.array([number]), salt="") for number in numbers})
    kept = {new: f"old {old}" for new, old in one_to_one(pairs).items()}
    taken = {topic_id(np.array([number]), salt="") for number in taken_numbers}

    names = named(contents, kept, taken=taken)

    assert set(names) == {*contents, *kept}
    assert len(set(names.values())) == len(names)
    fresh = {name for content, name in names.items() if content not in kept}
    assert not fresh & taken
    assert names == named(contents[::-1], kept, taken=taken)


def test_equal_features_come_first_and_then_the_most_alike():
    old = groups([0, 0, 0, 1, 1, 1, 2, 2], ids=["A", "B", "C"])
    new = groups([0, 0, 0, 1, 1, 2, 2, 2])

    found = sorted(pairs_by_features(old, new, np.ones(8), tier=1))

    assert [(pair.tier, pair.old, pair.new) for pair in found] == [
        (0, "A", new.contents[0]),
        (1, "B", new.contents[1]),
        (1, "C", new.contents[2]),
    ]


def test_topics_with_little_in_common_are_no_pair():
    old, new = groups([0, 0, 0, 1, 1, 1]), groups([0, 1, 1, 1, 0, 0])

    likeness = {(pair.old, pair.new) for pair in pairs_by_features(old, new, np.ones(6), tier=1)}

    assert likeness == {
        (old.contents[0], new.contents[1]),
        (old.contents[1], new.contents[0]),
    }


def test_the_weight_of_features_decides():
    old, new = groups([0, 0, 0, 1], ids=["A", "B"]), groups([0, 1, 1, 1])
    heavy = np.array([10.0, 1.0, 1.0, 1.0])

    (pair,) = pairs_by_features(old, new, heavy, tier=1)

    assert (pair.old, pair.new) == ("A", new.contents[0])


def test_words_pair_topics_whose_features_cannot_be_compared():
    old = {"A": ["sail", "boat", "mast"], "B": ["goal", "match", "team"]}
    new = {"x": ["match", "goal", "coach"], "y": ["tea", "door", "house"]}

    (pair,) = pairs_by_words(old, new, tier=3)

    assert (pair.old, pair.new) == ("B", "x")
