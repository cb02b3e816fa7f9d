"""Agreement of topics with planted groups and motifs."""

from collections import Counter
from itertools import permutations
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.metrics import f1_score

from saetm.errors import ContractError
from saetm.metrics.agreement import matched_f1, nmi, purity

PARTITIONS = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 3)), min_size=1, max_size=40)
SHARES = arrays(np.float64, (8, 3), elements=st.sampled_from([0.0, 0.0, 0.2, 0.5, 1.0]))
DISTINCT = st.lists(st.permutations(range(8)), min_size=3, max_size=3).map(
    lambda columns: np.array(columns).T / 8
)
PLANTED = arrays(np.bool_, (8, 3)).filter(lambda planted: planted.any(axis=0).all())


def naive_nmi(labels, groups):
    n = len(labels)
    topics, kinds, both = (
        Counter(labels),
        Counter(groups),
        Counter(zip(labels, groups, strict=True)),
    )
    shared = sum(
        count / n * log(count * n / (topics[topic] * kinds[kind]))
        for (topic, kind), count in both.items()
    )
    entropies = [-sum(c / n * log(c / n) for c in part.values()) for part in (topics, kinds)]
    return 2 * shared / sum(entropies) if sum(entropies) else 1.0


def naive_purity(labels, groups):
    members = {
        topic: [g for t, g in zip(labels, groups, strict=True) if t == topic] for topic in labels
    }
    return sum(Counter(held).most_common(1)[0][1] for held in members.values()) / len(labels)


def naive_present(share, size):
    present = np.zeros(len(share), dtype=bool)
    present[np.argsort(-share, kind="stable")[:size]] = True
    return present


def naive_matched_mean(shares, planted):
    def f1(motif, topic):
        return f1_score(motif, naive_present(topic, motif.sum()))

    matchings = permutations(shares.T, planted.shape[1])
    return max(
        np.mean([f1(motif, topic) for motif, topic in zip(planted.T, chosen, strict=True)])
        for chosen in matchings
    )


@given(PARTITIONS)
def test_nmi_and_purity_are_their_naive_forms(pairs):
    labels, groups = zip(*pairs, strict=True)

    actual = [score(np.array(labels), np.array(groups)) for score in (nmi, purity)]

    expected = [naive_nmi(labels, groups), naive_purity(labels, groups)]
    np.testing.assert_allclose(actual, expected, atol=1e-9)


@given(PARTITIONS, st.randoms(use_true_random=False))
def test_names_of_topics_and_order_of_items_do_not_matter(pairs, chance):
    labels, groups = np.array(pairs).T
    order, names = chance.sample(range(len(pairs)), len(pairs)), chance.sample(range(5), 5)

    for score in (nmi, purity):
        renamed = score(np.array(names)[labels + 1][order], groups[order])

        assert renamed == pytest.approx(score(labels, groups), abs=1e-12)


def test_the_same_partition_agrees_wholly_and_an_independent_one_not():
    groups = np.array(["a", "b"] * 4)
    independent = np.arange(8) // 4

    assert (nmi(np.array([1, 0] * 4), groups), purity(np.array([1, 0] * 4), groups)) == (1.0, 1.0)
    assert nmi(independent, groups) == pytest.approx(0.0, abs=1e-12)
    assert purity(independent, groups) == 0.5


@pytest.mark.parametrize("score", [nmi, purity])
@pytest.mark.parametrize(("n_labels", "n_groups"), [(0, 0), (3, 2)])
def test_labels_without_their_groups_are_refused(score, n_labels, n_groups):
    with pytest.raises(ContractError, match="not equally many"):
        score(np.arange(n_labels), np.arange(n_groups))


@given(DISTINCT, PLANTED)
def test_the_mean_is_that_of_the_best_of_all_matchings(shares, planted):
    actual = matched_f1(shares, planted)

    assert actual.mean == pytest.approx(naive_matched_mean(shares, planted))


@given(DISTINCT, PLANTED)
def test_each_score_is_the_f1_of_the_matched_topic_at_the_prevalence_of_its_motif(shares, planted):
    actual = matched_f1(shares, planted)

    sizes = planted.sum(axis=0)
    present = [naive_present(shares[:, t], m) for t, m in zip(actual.topic_of, sizes, strict=True)]
    expected = [f1_score(motif, found) for motif, found in zip(planted.T, present, strict=True)]
    np.testing.assert_allclose(actual.per_motif, expected)
    assert actual.mean == pytest.approx(np.mean(expected))


@given(SHARES, PLANTED, st.randoms(use_true_random=False))
def test_order_of_items_topics_and_motifs_does_not_matter_even_with_ties(shares, planted, chance):
    items, topics, motifs = (chance.sample(range(size), size) for size in (8, 3, 3))

    shuffled = matched_f1(shares[items][:, topics], planted[items][:, motifs])

    assert shuffled.mean == pytest.approx(matched_f1(shares, planted).mean)


@given(SHARES, PLANTED)
def test_scores_lie_between_zero_and_one_and_no_topic_serves_twice(shares, planted):
    actual = matched_f1(shares, planted)

    assert sorted(actual.topic_of) == [0, 1, 2]
    assert np.all((actual.per_motif >= 0) & (actual.per_motif <= 1))


@given(SHARES, PLANTED, st.floats(0.1, 9))
def test_only_the_ranks_of_shares_matter_and_sparse_shares_score_as_dense_ones(
    shares, planted, scale
):
    expected = matched_f1(shares, planted)

    actual = matched_f1(sparse.csr_array(np.sqrt(shares) * scale), planted)

    assert actual.per_motif.tolist() == expected.per_motif.tolist()
    assert actual.topic_of.tolist() == expected.topic_of.tolist()


@given(PLANTED, st.permutations(range(3)))
def test_planted_motifs_are_recovered_wholly(planted, topics):
    assume(len({column.tobytes() for column in planted.T}) == 3)

    actual = matched_f1(planted[:, topics].astype(float), planted)

    assert actual.mean == 1.0
    assert [topics[topic] for topic in actual.topic_of] == [0, 1, 2]


def test_shuffled_topics_score_near_the_prevalence():
    rng = np.random.default_rng(1)
    planted = rng.random((20_000, 4)) < 0.2

    shuffled = matched_f1(rng.permutation(planted).astype(float), planted)

    noise = sqrt(0.2 * 0.8 / 4000)
    assert np.all(np.abs(shuffled.per_motif - 0.2) < 5 * noise)


def test_a_topic_with_equal_shares_scores_the_prevalence_wherever_the_motif_lies():
    planted = np.zeros((8, 1), dtype=bool)
    planted[:2] = True

    assert matched_f1(np.zeros((8, 1)), planted).mean == 0.25


def test_motifs_beyond_the_topics_count_zero():
    planted = np.array([[True, False], [False, True], [False, True]])

    actual = matched_f1(np.array([[0.1], [0.9], [0.8]]), planted)

    assert actual.topic_of.tolist() == [-1, 0]
    assert actual.per_motif.tolist() == [0.0, 1.0]
    assert actual.mean == 0.5


@pytest.mark.parametrize(
    ("shares", "planted", "message"),
    [
        (np.ones((2, 1)), np.ones((3, 1), dtype=bool), "2 items have shares and 3 are planted"),
        (np.full((2, 1), np.nan), np.ones((2, 1), dtype=bool), "not finite"),
        (np.ones((2, 1)), np.array([[True, False]] * 2), "a motif without items"),
        (np.ones((2, 1)), np.ones((2, 0), dtype=bool), "no motifs"),
        (np.ones((2, 1)), np.array([[1], [0]]), "int64, not bool"),
    ],
)
def test_input_outside_the_contract_is_refused(shares, planted, message):
    with pytest.raises(ContractError, match=message):
        matched_f1(shares, planted)
