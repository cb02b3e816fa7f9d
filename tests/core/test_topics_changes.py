import numpy as np
import pytest

from saetm.topics.changes import Shown, changes, has_moved

WORDS = [f"word{number:02d}" for number in range(30)]


def shown(name, features, words=WORDS[:10]):
    return Shown(name, features, words, len(features) / 10)


def told(old, new, weights=None):
    return {
        (change.change, change.topic_id): change
        for change in changes(old, new, np.ones(12) if weights is None else weights)
    }


def test_topics_that_stay_are_not_mentioned():
    old = [shown("A", [0, 1, 2]), shown("B", [3, 4])]
    new = [shown("B", [3, 4, 5], WORDS[9::-1]), shown("A", [0, 1])]

    assert told(old, new) == {}


def test_a_topic_split_in_two():
    found = told([shown("A", [0, 1, 2, 3, 4])], [shown("A", [0, 1, 2]), shown("new", [3, 4])])

    (change,) = found.values()
    assert (change.change, change.topic_id, change.relatives) == ("split", "new", ["A"])
    assert change.overlap == pytest.approx(2 / 5)
    assert (change.weight_before, change.weight_after) == (0.0, 0.2)


def test_two_topics_merged():
    found = told([shown("A", [0, 1, 2]), shown("B", [3, 4])], [shown("A", [0, 1, 2, 3, 4])])

    (change,) = found.values()
    assert (change.change, change.topic_id, change.relatives) == ("merged", "B", ["A"])
    assert (change.weight_before, change.weight_after) == (0.2, 0.0)


def test_a_topic_born_of_features_that_no_topic_had_and_one_dead():
    old = [shown("A", [0, 1, 2]), shown("gone", [6, 7])]
    new = [shown("A", [0, 1, 2]), shown("new", [3, 4, 5], WORDS[10:25])]

    found = told(old, new)

    assert set(found) == {("born", "new"), ("died", "gone")}
    assert found["born", "new"].relatives == []
    assert found["born", "new"].words_gained == WORDS[10:20]
    assert found["died", "gone"].words_lost == WORDS[:10]


def test_a_topic_of_many_small_pieces_is_born():
    old = [shown("A", [0, 1, 2]), shown("B", [3, 4, 5]), shown("C", [6, 7, 8])]
    new = [*old, shown("new", [2, 5, 8, 9])]

    (change,) = told(old, new).values()

    assert (change.change, len(change.relatives)) == ("born", 3)


def test_moved_words_are_told():
    new = [*WORDS[:7], "one", "two", "three"]
    (change,) = told([shown("A", [0])], [shown("A", [0], new)]).values()

    assert change.change == "moved_words"
    assert change.words_gained == ["one", "two", "three"]
    assert change.words_lost == WORDS[7:10]
    assert change.overlap == pytest.approx(0.7)


@pytest.mark.parametrize(("staying", "moved"), [(10, False), (8, False), (7, True)])
def test_words_have_moved_when_too_few_stay(staying, moved):
    after = [*WORDS[:staying][::-1], *WORDS[20 : 30 - staying], "what", "follows", "is", "nothing"]

    assert has_moved(WORDS[:15], after) == moved


def test_topics_without_words_do_not_move():
    assert not has_moved([], [])
    assert has_moved([], ["a"])


def test_without_common_features_relatives_are_found_by_words():
    old, new = [shown("A", [0])], [Shown("B", [0], [*WORDS[:9], "other"], 0.5)]

    found = {change.change: change for change in changes(old, new, None)}

    assert set(found) == {"born", "died"}
    assert found["born"].relatives == ["A"]
    assert found["died"].overlap == pytest.approx(9 / 11)
