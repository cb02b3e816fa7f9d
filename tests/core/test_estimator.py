import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.metrics import normalized_mutual_info_score

import saetm
from saetm import SAETopicModel
from saetm.emission.config import EmissionConfig
from saetm.errors import ContractError
from saetm.sae.config import SaeConfig
from saetm.text.config import VocabularyConfig
from saetm.topics.config import TopicConfig
from tests.core.planted_texts import planted_texts

THEMES = 6
QUICK = SaeConfig(dictionary_size=16, active_features=3, epochs=30)
PLANTED = planted_texts(n_items=300, n_themes=THEMES, dimension=24, seed=0)


@pytest.fixture(scope="module")
def model():
    return SAETopicModel(sae=QUICK).fit(PLANTED.embeddings, PLANTED.texts)


def small(n_items, *, dimension=5, seed=0):
    return np.random.default_rng(seed).standard_normal((n_items, dimension)).astype(np.float32)


def same_matrix(one, other):
    return (
        one.dtype == other.dtype
        and one.shape == other.shape
        and all(
            np.array_equal(getattr(one, part), getattr(other, part))
            for part in ("data", "indices", "indptr")
        )
    )


def test_planted_themes_are_recovered_in_items(model):
    clear = PLANTED.mixtures.max(axis=1) > 0.6
    found = model.transform(PLANTED.embeddings[clear], n_topics=THEMES).toarray()
    score = normalized_mutual_info_score(
        PLANTED.mixtures[clear].argmax(axis=1), found.argmax(axis=1)
    )

    assert clear.sum() > 150
    assert score > 0.9


def test_planted_themes_are_recovered_in_words(model):
    top = [set(words[:10]) for words in model.topics(THEMES)["words"]]
    purest = [max(len(words & set(theme)) for words in top) for theme in PLANTED.words]

    assert min(purest) >= 9


def test_planted_mixtures_are_recovered_on_unseen_items():
    sample = planted_texts(n_items=400, n_themes=THEMES, dimension=24, seed=1)
    seen = SAETopicModel(sae=QUICK).fit(sample.embeddings[:300], sample.texts[:300])
    found = seen.transform(sample.embeddings[300:], n_topics=THEMES).toarray()
    correlation = np.corrcoef(found.T, sample.mixtures[300:].T)[:THEMES, THEMES:]

    assert correlation.max(axis=0).min() > 0.9


@given(st.lists(st.integers(0, 299), max_size=12), st.sampled_from([None, 1, 4, 99]))
@settings(max_examples=30, deadline=None)
def test_an_item_has_the_same_bits_alone_and_in_any_batch(model, rows, n_topics):
    together = model.transform(PLANTED.embeddings, n_topics)
    batch = model.transform(PLANTED.embeddings[rows].reshape(len(rows), 24), n_topics)

    assert same_matrix(batch, together[rows])


@pytest.mark.parametrize("method", ["tree", "kmeans"])
def test_mixtures_are_the_transform_of_the_items_fitted(method):
    merging = TopicConfig(method=method)
    fitted = SAETopicModel(sae=QUICK, merging=merging).fit(PLANTED.embeddings, PLANTED.texts)

    assert same_matrix(fitted.mixtures(4), fitted.transform(PLANTED.embeddings, n_topics=4))
    assert fitted.mixtures(4).shape == (300, 4)


def test_columns_of_mixtures_are_the_rows_of_topics(model):
    mixtures = model.mixtures(THEMES)
    topics = model.topics(THEMES)
    best = [items[0] for items in topics["items"]]

    np.testing.assert_allclose(mixtures.mean(axis=0), topics["weight"], rtol=1e-6)
    np.testing.assert_array_equal(mixtures[best].toarray().max(axis=0), mixtures.max(axis=0).data)


def test_topics_nest(model):
    for count in range(1, model.tree_.n_leaves):
        coarse = [set(features) for features in model.topics(count)["features"]]
        fine = [set(features) for features in model.topics(count + 1)["features"]]

        assert len(fine) == count + 1
        assert all(sum(topic <= whole for whole in coarse) == 1 for topic in fine)


@pytest.mark.parametrize("count", [1, 3, 99])
def test_weights_sum_to_the_share_of_items_with_an_active_feature(model, count):
    sums = model.mixtures(count).sum(axis=1)
    reached = np.diff(model.transform(PLANTED.embeddings).indptr) > 0

    np.testing.assert_allclose(sums, reached, atol=1e-6)
    assert model.topics(count)["weight"].sum() == pytest.approx(reached.mean(), abs=1e-6)
    assert model.weights_.sum() == pytest.approx(reached.mean(), abs=1e-6)


def test_topics_are_cut_without_learning_anything(model):
    before = model.transform(PLANTED.embeddings)
    for count in (2, 11, 5):
        model.topics(count)

    assert same_matrix(model.transform(PLANTED.embeddings), before)


def test_the_order_of_the_items_changes_no_bit():
    order = np.random.default_rng(3).permutation(300)
    texts = np.array(PLANTED.texts)
    one = SAETopicModel(sae=QUICK).fit(PLANTED.embeddings, PLANTED.texts)
    other = SAETopicModel(sae=QUICK).fit(PLANTED.embeddings[order], texts[order])
    mine, theirs = one.topics(THEMES), other.topics(THEMES)

    assert_frame_equal(mine.drop("items"), theirs.drop("items"), check_exact=True)
    assert [order[items].tolist() for items in theirs["items"]] == mine["items"].to_list()
    assert same_matrix(one.mixtures(5)[order], other.mixtures(5))
    assert same_matrix(one.transform(PLANTED.embeddings), other.transform(PLANTED.embeddings))


def test_equal_embeddings_may_change_places_with_their_texts():
    embeddings = np.repeat(small(6), 4, axis=0)
    texts = [f"{chr(97 + row) * 3} shared" for row in range(24)]
    order = np.random.default_rng(5).permutation(24)
    one = SAETopicModel(sae=QUICK).fit(embeddings, texts)
    other = SAETopicModel(sae=QUICK).fit(embeddings[order], [texts[row] for row in order])

    assert_frame_equal(one.topics(3).drop("items"), other.topics(3).drop("items"), check_exact=True)


@pytest.mark.parametrize(
    "use",
    [
        lambda model: model.transform(small(3)),
        lambda model: model.mixtures(2),
        lambda model: model.topics(2),
        lambda model: model.save("anywhere"),
    ],
    ids=["transform", "mixtures", "topics", "save"],
)
def test_a_model_that_learned_nothing_says_so(use):
    with pytest.raises(ContractError, match="call fit, or load a saved one"):
        use(SAETopicModel())


@pytest.mark.parametrize("n_items", [2, 3, 5])
@pytest.mark.parametrize("method", ["tree", "kmeans"])
def test_fewer_items_than_topics_have_fewer_topics(n_items, method):
    texts = [f"boat {chr(97 + row) * 3}" for row in range(n_items)]
    fitted = SAETopicModel(sae=SaeConfig(epochs=5), merging=TopicConfig(method=method))
    topics = fitted.fit(small(n_items), texts).topics(25)

    assert 1 <= topics.height <= 8
    assert set(topics["words"][0]) <= {word for text in texts for word in text.split()}
    assert topics["weight"].sum() == pytest.approx(fitted.weights_.sum())
    assert fitted.variance_explained_ is None


def test_one_word_is_enough():
    fitted = SAETopicModel(sae=QUICK).fit(small(4), ["boat"] * 4)

    assert fitted.topics(2)["words"].to_list() == [["boat"]] * 2


def test_features_are_described_by_their_items_and_words(model):
    shares = model.transform(PLANTED.embeddings).toarray()
    features, own = model.features(), []

    assert features["feature"].to_list() == list(range(16))
    np.testing.assert_array_equal(features["weight"], model.weights_)
    np.testing.assert_array_equal(features["item_count"], (shares > 0).sum(axis=0))
    for feature, words, items in features.select("feature", "words", "items").iter_rows():
        best = np.sort(shares[:, feature])[::-1][: len(items)]
        np.testing.assert_array_equal(shares[items, feature], best)
        assert len(items) == min(50, np.count_nonzero(shares[:, feature]))
        theme = PLANTED.mixtures[items[:10]].sum(axis=0).argmax()
        own.append(len(set(words[:5]) & set(PLANTED.words[theme])))
    assert np.mean(own) > 4


def test_a_topic_of_one_feature_has_the_words_of_the_feature(model):
    words = model.features()["words"]

    for features, own in model.topics(16).select("features", "words").iter_rows():
        assert len(features) == 1
        assert own[:10] == words[features[0]].to_list()[:10]


def test_a_feature_that_is_never_active_has_neither_words_nor_items():
    sae = SaeConfig(dictionary_size=64, active_features=2, epochs=1, auxiliary_coefficient=0)
    features = SAETopicModel(sae=sae).fit(small(12), ["boat sea"] * 12).features()
    silent = features.filter(pl.col("item_count") == 0)

    assert features.height == 64 > silent.height > 0
    assert silent.select(pl.col("words", "items").list.len().sum()).row(0) == (0, 0)
    assert features.filter(pl.col("item_count") > 0)["words"].list.len().min() > 0


@pytest.mark.parametrize("n_topics", [None, 1, 4])
def test_what_is_explained_is_the_transform_in_words(model, n_topics):
    rows = PLANTED.embeddings[[7, 3, 250]]
    shares = model.transform(rows, n_topics).toarray()
    told = model.explain(rows, n_topics)
    column = "feature" if n_topics is None else "topic"
    words = (model.features() if n_topics is None else model.topics(n_topics))["words"]
    rebuilt = np.zeros_like(shares)
    rebuilt[told["row"], told[column]] = told["share"]

    np.testing.assert_allclose(rebuilt, shares, rtol=1e-6)
    assert told["words"].to_list() == [words[place].to_list() for place in told[column]]
    assert told.equals(told.sort("row", pl.col("share") * -1, maintain_order=True))
    if n_topics is not None:
        ids = model.topics(n_topics)["topic_id"]
        assert told["topic_id"].to_list() == [ids[place] for place in told["topic"]]


def test_without_texts_topics_have_items_and_no_words():
    fitted = SAETopicModel(sae=QUICK).fit(PLANTED.embeddings)
    topics = fitted.topics(THEMES)
    clear = PLANTED.mixtures.max(axis=1) > 0.6
    found = fitted.mixtures(THEMES).toarray().argmax(axis=1)

    assert topics.schema["words"] == pl.List(pl.String)
    assert topics["words"].to_list() == [[]] * THEMES
    assert (topics["items"].list.len() > 0).all()
    assert fitted.vocabulary_.is_empty()
    assert normalized_mutual_info_score(PLANTED.mixtures[clear].argmax(axis=1), found[clear]) > 0.8


def test_no_active_feature_is_said_so():
    sae = SaeConfig(kind="l1", l1_coefficient=1e6, dictionary_size=4, epochs=40, learning_rate=1.0)
    with pytest.raises(ContractError, match="no feature is active"):
        SAETopicModel(sae=sae).fit(small(40))


def test_words_are_those_of_the_analyser():
    fitted = SAETopicModel(sae=QUICK, analyse=lambda text: text.split("|"))
    fitted.fit(small(4), ["a b|C", "C|1", "C", "a b"])

    assert set(fitted.vocabulary_["word"]) == {"a b", "C", "1"}


def test_every_part_takes_its_settings(model):
    fitted = SAETopicModel(
        vocabulary=VocabularyConfig(size=9),
        sae=SaeConfig(kind="topk", dictionary_size=12, active_features=2, epochs=5),
        emission=EmissionConfig(prior=5.0, passes=1, heldout_share=0),
        merging=TopicConfig(stored_words=4),
    ).fit(PLANTED.embeddings, PLANTED.texts)

    assert fitted.emissions_.shape == (12, 9)
    assert np.diff(fitted.transform(PLANTED.embeddings).indptr).max() <= 2
    assert {len(words) for words in fitted.topics(3)["words"]} == {4}
    assert model.emissions_.shape == (16, model.vocabulary_.height)


def test_training_is_told_step_by_step():
    steps = []
    SAETopicModel(sae=QUICK).fit(small(40), on_step=steps.append)

    assert steps[-1].number == steps[-1].n_steps
    assert len(steps) > 5


def test_the_package_loads_no_heavy_library_until_the_estimator_is_asked_for():
    code = (
        "import sys, saetm; heavy = {'torch', 'sklearn', 'polars', 'numpy'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "from saetm import SaeConfig; assert not heavy & set(sys.modules), heavy;"
        "from saetm import SAETopicModel; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_package_names_what_it_offers():
    assert set(saetm.__all__) <= set(dir(saetm))
    classes = set(saetm.__all__) - {"open"}
    assert all(getattr(saetm, name).__name__ == name for name in classes)
    assert saetm.open.__name__ == "open_frames"
    with pytest.raises(AttributeError, match="nothing"):
        saetm.nothing  # noqa: B018
