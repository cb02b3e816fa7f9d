import subprocess
import sys

import numpy as np
import polars as pl
import pytest
import safetensors
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.metrics import normalized_mutual_info_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import saetm
from saetm import SAETopicModel
from saetm.emission.config import EmissionConfig
from saetm.errors import ContractError, InputError
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


def test_two_fits_save_the_same_bytes(tmp_path, model):
    again = SAETopicModel(sae=QUICK).fit(PLANTED.embeddings, PLANTED.texts)
    model.save(tmp_path / "one")
    again.save(tmp_path / "other")

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


@pytest.mark.parametrize("kind", ["batch_topk", "topk", "l1"])
@pytest.mark.parametrize("method", ["tree", "kmeans"])
@pytest.mark.parametrize("with_texts", [True, False])
def test_a_loaded_model_gives_the_same_bits(tmp_path, kind, method, with_texts):
    saved = SAETopicModel(
        sae=SaeConfig(kind=kind, dictionary_size=8, epochs=3),
        merging=TopicConfig(method=method, stored_words=7),
    ).fit(PLANTED.embeddings[:60], PLANTED.texts[:60] if with_texts else None)
    saved.save(tmp_path / "model.safetensors")
    loaded = SAETopicModel.load(tmp_path / "model.safetensors")

    assert loaded.get_params() == saved.get_params()
    for count in (1, 3, 99):
        assert_frame_equal(loaded.topics(count), saved.topics(count), check_exact=True)
        assert same_matrix(loaded.mixtures(count), saved.mixtures(count))
    assert same_matrix(loaded.transform(PLANTED.embeddings), saved.transform(PLANTED.embeddings))
    assert_frame_equal(loaded.vocabulary_, saved.vocabulary_)
    assert loaded.autoencoder_.sae_id == saved.autoencoder_.sae_id
    for name in ("weights_", "feature_vectors_"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(saved, name))
    for name in ("leaf_of", "merges", "heights", "weights"):
        np.testing.assert_array_equal(getattr(loaded.tree_, name), getattr(saved.tree_, name))
    for name in ("variance_explained_", "l0_", "dead_share_"):
        assert getattr(loaded, name) == getattr(saved, name)


def test_a_loaded_model_saves_the_bytes_it_was_read_from_over_its_own_file(tmp_path, model):
    path = str(tmp_path / "model")
    model.save(path)
    before = (tmp_path / "model").read_bytes()
    loaded = SAETopicModel.load(path)
    loaded.save(path)

    assert (tmp_path / "model").read_bytes() == before
    assert same_matrix(loaded.mixtures(3), model.mixtures(3))


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.5, 0.999999])
def test_a_file_cut_off_is_refused(tmp_path, model, share):
    path = tmp_path / "model"
    model.save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])

    with pytest.raises(InputError, match="cannot be read as a topic model"):
        SAETopicModel.load(path)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_file_with_one_wrong_bit_is_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "bitwise"
    SAETopicModel(sae=SaeConfig(epochs=1)).fit(small(4), ["boat sea"] * 4).save(path)
    content = bytearray(path.read_bytes())
    header = int.from_bytes(content[:8], "little")
    place = data.draw(st.integers(0, header) | st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)

    with pytest.raises(InputError, match=r"damaged|cannot be read|is not a topic model|version"):
        SAETopicModel.load(path)


def test_a_file_of_another_version_is_refused(tmp_path, model):
    path = tmp_path / "model"
    model.save(path)
    content = path.read_bytes()
    path.write_bytes(content.replace(rb"\"version\": 1", rb"\"version\": 7"))

    with pytest.raises(InputError, match="format version 7, but this saetm reads 1"):
        SAETopicModel.load(path)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / "other"
    safetensors.numpy.save_file({"encoder": np.ones((2, 2))}, path)

    with pytest.raises(InputError, match="not a topic model that saetm saved"):
        SAETopicModel.load(path)


def test_a_missing_file_and_a_missing_folder_are_named(tmp_path, model):
    with pytest.raises(InputError, match="nowhere"):
        SAETopicModel.load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="nowhere"):
        model.save(tmp_path / "nowhere" / "model")


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


@pytest.mark.parametrize(
    ("embeddings", "texts", "message"),
    [
        (np.zeros(5), None, r"embeddings are \(5,\), not \(N, D\)"),
        (np.zeros((4, 0)), None, r"embeddings are \(4, 0\), not \(N, D\)"),
        (np.zeros((0, 5)), None, "with N at least 2"),
        (small(1), ["boat"], "with N at least 2"),
        (np.ones((4, 5)), None, "all 4 embeddings are equal"),
        ([[1.0, 2.0], [3.0]], None, "no matrix of numbers"),
        ([["a"], ["b"]], None, "no matrix of numbers"),
        (np.vstack([small(2), np.full((1, 5), np.nan)]), None, "embedding 2 has a value"),
        (np.full((2, 5), 1e300), None, "embedding 0 has a value"),
        (small(3), ["one", "two"], "2 texts for 3 embeddings"),
        (small(3), "one", "1 texts for 3 embeddings"),
        (small(2), ["boat", None], "text 1 is None, not a string"),
    ],
)
def test_wrong_arguments_of_a_fit_are_refused(embeddings, texts, message):
    with pytest.raises(ContractError, match=message):
        SAETopicModel(sae=QUICK).fit(embeddings, texts)


@pytest.mark.parametrize("shape", [(3, 23), (3, 25), (24,), (2, 3, 24)])
def test_embeddings_of_another_dimension_are_refused(model, shape):
    with pytest.raises(ContractError, match=r"embeddings are \("):
        model.transform(np.ones(shape))


@pytest.mark.parametrize("method", ["tree", "kmeans"])
@pytest.mark.parametrize("count", [0, -1, 2.5, "3"])
def test_a_number_of_topics_is_a_whole_number_from_one(method, count):
    merging = TopicConfig(method=method)
    fitted = SAETopicModel(sae=QUICK, merging=merging).fit(small(20))
    for use in (fitted.topics, fitted.mixtures, lambda n: fitted.transform(small(2), n_topics=n)):
        with pytest.raises(ContractError, match="not a whole number from one"):
            use(count)


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


@pytest.mark.parametrize("texts", [["", ""], ["the of and", "12 -- it"]])
def test_texts_without_a_word_are_refused_before_training(texts):
    def stop(_step):
        raise AssertionError("training began")

    with pytest.raises(InputError, match="no word is in enough texts"):
        SAETopicModel().fit(small(2), texts, on_step=stop)


def test_no_active_feature_is_said_so():
    sae = SaeConfig(kind="l1", l1_coefficient=1e6, dictionary_size=4, epochs=40, learning_rate=1.0)
    with pytest.raises(ContractError, match="no feature is active"):
        SAETopicModel(sae=sae).fit(small(40))


def test_words_are_those_of_the_analyser():
    fitted = SAETopicModel(sae=QUICK, analyse=lambda text: text.split("|"))
    fitted.fit(small(4), ["a b|C", "C|1", "C", "a b"])

    assert set(fitted.vocabulary_["word"]) == {"a b", "C", "1"}


def test_an_analyser_that_returns_a_string_is_refused():
    with pytest.raises(ContractError, match="returned the string 'boat'"):
        SAETopicModel(analyse=str.lower).fit(small(2), ["Boat", "Sea"])


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


def test_it_is_a_scikit_learn_estimator(model):
    fresh = clone(model)
    line = make_pipeline(FunctionTransformer(np.asarray), fresh)
    shares = line.fit_transform(PLANTED.embeddings.tolist(), PLANTED.texts)

    assert fresh.get_params() == model.get_params()
    assert same_matrix(shares, model.transform(PLANTED.embeddings))
    assert repr(SAETopicModel()) == "SAETopicModel()"


def test_the_package_loads_no_heavy_library_until_the_estimator_is_asked_for():
    code = (
        "import sys, saetm; heavy = {'torch', 'sklearn', 'polars', 'numpy'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "from saetm import SAETopicModel; assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_package_has_no_other_names():
    with pytest.raises(AttributeError, match="nothing"):
        saetm.nothing  # noqa: B018
