import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from saetm.emission.emissions import Emissions, dense
from saetm.errors import ContractError
from saetm.topics.vectors import even_out, feature_vectors, keep_mass
from saetm.topics.word_vectors import corpus_word_vectors, positive_information


def random_emissions(seed=0, n_features=7, n_words=9):
    random = np.random.default_rng(seed)
    rows = random.dirichlet(np.full(n_words, 0.3), size=n_features)
    shared = random.random(n_features)
    return Emissions(
        words=sparse.csr_array((rows * (1 - shared)[:, None]).astype(np.float32)),
        prior_share=shared,
        unigram=random.dirichlet(np.ones(n_words)),
    )


def naively_kept(row, mass):
    kept, total = np.zeros(len(row)), 0.0
    for word in sorted(range(len(row)), key=lambda w: (-row[w], w)):
        if total > mass:
            break
        kept[word] = row[word]
        total += row[word]
    return kept / kept.sum()


@given(
    raw=arrays(np.float64, (3, 6), elements=st.integers(1, 50).map(float)),
    mass=st.floats(0.05, 1.0),
    sorted_first=st.integers(1, 7),
)
def test_the_fewest_words_that_exceed_the_mass_are_kept(raw, mass, sorted_first):
    rows = raw / raw.sum(axis=1, keepdims=True)
    # Sums of floats reach the mass or just miss it, depending on their order: stay away.
    partial = np.cumsum(-np.sort(-rows, axis=1), axis=1)
    mass = mass if np.abs(partial - mass).min() > 1e-9 else mass + 1e-6 * (mass < 0.9)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("saetm.topics.vectors.SORTED_FIRST", sorted_first)
        kept = keep_mass(rows, mass=mass)

    np.testing.assert_allclose(kept, [naively_kept(row, mass) for row in rows], atol=1e-12)


@pytest.mark.parametrize("mass", [0.0, 1.1])
def test_a_mass_outside_zero_to_one_is_refused(mass):
    with pytest.raises(ContractError, match="mass"):
        keep_mass(np.array([[0.5, 0.5]]), mass=mass)


def test_rows_that_are_no_distributions_are_refused():
    with pytest.raises(ContractError, match="sum to one"):
        keep_mass(np.array([[0.5, 0.4]]))


def test_feature_vectors_are_means_of_word_vectors_over_the_kept_words(monkeypatch):
    monkeypatch.setattr("saetm.topics.vectors.BLOCK_ENTRIES", 3 * 9)
    emissions = random_emissions()
    space = np.random.default_rng(1).normal(size=(9, 4))

    vectors = feature_vectors(emissions, space, kept_mass=0.8)

    np.testing.assert_allclose(vectors, keep_mass(dense(emissions), mass=0.8) @ space)


def test_word_vectors_of_another_vocabulary_are_refused():
    with pytest.raises(ContractError, match="word_vectors"):
        feature_vectors(random_emissions(), np.ones((8, 4)))


@pytest.mark.parametrize("evenness", [0.0, 0.25, 1.0])
def test_evening_out_keeps_directions_and_shrinks_differences_of_norms(evenness):
    random = np.random.default_rng(0)
    vectors, weights = random.normal(size=(6, 3)) * np.arange(1, 7)[:, None], random.random(6)
    centred = vectors - weights @ vectors / weights.sum()
    norms = np.linalg.norm(centred, axis=1, keepdims=True)

    evened = even_out(vectors, weights, evenness=evenness)

    np.testing.assert_allclose(evened, centred / norms * norms ** (1 - evenness))


def test_a_feature_at_the_centre_stays_there():
    vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])

    evened = even_out(vectors, np.ones(3), evenness=1.0)

    assert evened[2].tolist() == [0.0, 0.0]


def test_rounding_is_not_taken_for_a_direction():
    vectors = np.array([[0.1, 0.3], [0.1, 0.3], [0.1 + 1e-16, 0.3]])

    assert not even_out(vectors, np.array([0.3, 0.3, 0.4]), evenness=1.0).any()


def random_counts(seed=0):
    random = np.random.default_rng(seed)
    return sparse.csr_array(random.poisson(0.5, size=(40, 8)).astype(np.float64))


def naive_information(counts):
    present = counts.toarray() > 0
    n_words = present.shape[1]
    shared = np.array(
        [
            [(present[:, v] & present[:, w]).sum() * (v != w) for w in range(n_words)]
            for v in range(n_words)
        ]
    )
    rows = shared.sum(axis=1)
    contexts = rows**0.75 / (rows**0.75).sum()
    expected = np.zeros((n_words, n_words))
    for v, w in np.argwhere(shared > 0):
        ratio = (shared[v, w] / shared.sum()) / (rows[v] / shared.sum() * contexts[w])
        expected[v, w] = max(0.0, np.log(ratio))
    return expected


@pytest.mark.parametrize("rows", [1, 3, 512])
def test_positive_information_is_what_the_definition_says_whatever_the_blocks(rows, monkeypatch):
    monkeypatch.setattr("saetm.topics.word_vectors.BLOCK_ROWS", rows)
    counts = random_counts()

    found = sparse.vstack(list(positive_information(counts))).toarray()

    np.testing.assert_allclose(found, naive_information(counts), atol=1e-6)


def test_word_vectors_are_the_factors_of_what_the_definition_says():
    counts = random_counts()
    left, singular, _ = np.linalg.svd(naive_information(counts))

    vectors = corpus_word_vectors(counts, dimensions=3, seed=0)

    expected = left[:, :3] * singular[:3] @ left[:, :3].T  # vectors are known but for their signs
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-5)


def test_words_of_one_theme_are_nearer_than_words_of_two():
    random = np.random.default_rng(0)
    theme = random.integers(3, size=300)
    rates = np.where(np.arange(30) // 10 == theme[:, None], 0.6, 0.03)
    counts = sparse.csr_array(random.poisson(rates).astype(np.float64))

    vectors = corpus_word_vectors(counts, dimensions=5, seed=0)

    nearness = vectors @ vectors.T
    same = np.arange(30)[:, None] // 10 == np.arange(30) // 10
    assert nearness[same].min() > nearness[~same].max()


def test_a_word_alone_has_a_zero_vector_and_few_words_few_dimensions():
    counts = sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]))

    vectors = corpus_word_vectors(counts, dimensions=200, seed=0)

    assert vectors.shape == (3, 3)
    assert vectors.dtype == np.float32
    assert vectors.any(axis=1).tolist() == [True, True, False]


@pytest.mark.parametrize("shape", [(4, 0), (0, 3), (1, 1), (4, 3)])
def test_where_no_word_meets_another_all_vectors_are_zero(shape):
    counts = sparse.csr_array(np.eye(*shape))

    vectors = corpus_word_vectors(counts, dimensions=2, seed=0)

    assert vectors.shape == (shape[1], min(shape[1], 2))
    assert not vectors.any()


def test_themes_that_share_no_word_are_at_right_angles():
    counts = sparse.csr_array(np.kron(np.eye(2), np.ones((3, 4)) - np.eye(3, 4)))

    vectors = corpus_word_vectors(counts, dimensions=8, seed=0)

    assert np.abs(vectors[:4] @ vectors[4:].T).max() < 1e-5
    assert np.linalg.norm(vectors, axis=1)[[0, 1, 2, 4, 5, 6]].min() > 0.1


def test_the_same_seed_gives_the_same_word_vectors():
    one, other = (corpus_word_vectors(random_counts(), dimensions=3, seed=5) for _ in range(2))

    np.testing.assert_array_equal(one, other)
