"""Planted correspondences: shared directions are found, own ones and chance are not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from saetm.alignment.align import align, feature_overlap
from saetm.alignment.directions import topic_directions
from saetm.errors import ContractError

DIMENSION, PER_TOPIC = 48, 30


def planted(rng, directions, offset, *, noise=0.6):
    """Return shares and vectors of items that lie along directions, in a cone of their own."""
    n_topics = len(directions)
    topic = np.repeat(np.arange(n_topics), PER_TOPIC)
    shares = np.full((len(topic), n_topics), 0.1 / n_topics)
    shares[np.arange(len(topic)), topic] += 0.9
    spread = noise * rng.standard_normal((len(topic), DIMENSION)) / DIMENSION**0.5
    return sparse.csr_array(shares), (shares @ directions + spread + offset).astype(np.float32)


def spaces(seed, *, shared, own):
    """Return the directions of two sets of topics, of which some are shared, in random order."""
    rng = np.random.default_rng(seed)
    scales = 1.0 / np.sqrt(1.0 + np.arange(DIMENSION))  # few axes matter, as in real spaces
    directions = rng.standard_normal((shared + 2 * own, DIMENSION)) * scales
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    order = rng.permutation(shared + own)
    mine, theirs = directions[: shared + own], np.delete(directions, range(shared, shared + own), 0)
    return rng, mine, theirs[order], order


@pytest.mark.parametrize("seed", range(4))
def test_shared_topics_are_found_across_a_gap_and_no_others(seed):
    rng, mine, theirs, order = spaces(seed, shared=8, own=4)
    gap = 3.0 * rng.standard_normal(DIMENSION)

    found = align(
        topic_directions(*planted(rng, mine, 0.0)), topic_directions(*planted(rng, theirs, gap))
    )

    assert found.corresponds.tolist() == [True] * 8 + [False] * 4
    assert order[found.partner[:8]].tolist() == list(range(8))


def test_unrelated_sets_seldom_correspond():
    said = [
        align(
            topic_directions(*planted(rng, mine, 0.0)),
            topic_directions(*planted(rng, theirs, 1.0)),
        ).corresponds.any()
        for rng, mine, theirs, _ in (spaces(seed, shared=0, own=10) for seed in range(100, 120))
    ]

    assert np.mean(said) <= 0.15  # 0.05 is what is promised; two standard errors of 20 draws


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_offset_and_the_lengths_of_vectors_change_nothing(seed):
    rng = np.random.default_rng(seed)
    shares, vectors = planted(rng, rng.standard_normal((3, DIMENSION)), 0.0)
    lengths = rng.uniform(0.5, 2.0, (len(vectors), 1)).astype(np.float32)

    plain, scaled = topic_directions(shares, vectors), topic_directions(shares, vectors * lengths)

    np.testing.assert_allclose(plain.topics, scaled.topics, atol=1e-5)


def test_the_smaller_set_leaves_topics_without_a_partner():
    rng, mine, theirs, _ = spaces(5, shared=12, own=0)
    ours, others = (topic_directions(*planted(rng, each, 0.0)) for each in (mine, theirs[:10]))

    found = align(ours, others)

    assert sorted(found.partner.tolist())[:2] == [-1, -1]
    assert not found.corresponds[found.partner < 0].any()
    assert found.corresponds.sum() >= 9


def test_a_topic_of_no_item_corresponds_to_nothing():
    rng, mine, _, _ = spaces(6, shared=5, own=0)
    shares, vectors = planted(rng, mine, 0.0)
    empty = sparse.csr_array(sparse.hstack([shares, sparse.csr_array((shares.shape[0], 1))]))

    found = align(topic_directions(empty, vectors), topic_directions(empty, vectors))

    assert found.corresponds.tolist() == [True] * 5 + [False]


def test_one_space_is_asked_for():
    rng, mine, _, _ = spaces(7, shared=3, own=0)
    shares, vectors = planted(rng, mine, 0.0)

    with pytest.raises(ContractError, match="48 and 47"):
        align(topic_directions(shares, vectors), topic_directions(shares, vectors[:, 1:]))
    with pytest.raises(ContractError, match="90 items have shares and 89"):
        topic_directions(shares, vectors[1:])


@given(weights=st.dictionaries(st.integers(0, 9), st.floats(0.01, 1.0), min_size=1))
def test_overlap_is_one_with_itself_and_none_with_strangers(weights):
    assert feature_overlap(weights, weights) == pytest.approx(1.0)
    assert feature_overlap(weights, {10: 1.0}) == 0.0
    assert feature_overlap(weights, {}) == 0.0
