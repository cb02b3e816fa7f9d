"""Whatever users bring to the estimator: taken as it is meant, or refused in one sentence."""

import numpy as np
import polars as pl
import pytest
import torch
from scipy import sparse

from saetm import SAETopicModel
from saetm.errors import ContractError, InputError
from saetm.sae.config import SaeConfig
from saetm.topics.config import TopicConfig
from tests.core.planted_texts import planted_texts

QUICK = SaeConfig(dictionary_size=8, active_features=2, epochs=3)
PLANTED = planted_texts(n_items=40, n_themes=3, dimension=4, seed=0)
# Halves that float16, too, holds exactly.
HALVES = np.round(2 * PLANTED.embeddings).astype(np.float32) / 2
WHOLE = np.round(8 * PLANTED.embeddings).astype(np.float32)
VALUES = HALVES[:3]


@pytest.fixture(scope="module")
def model():
    return SAETopicModel(sae=QUICK).fit(HALVES, PLANTED.texts)


def same(one, other):
    return one.shape == other.shape and abs(one - other).nnz == 0


def read_only(rows):
    rows = rows.copy()
    rows.flags.writeable = False
    return rows


TAKEN = {
    "float16": lambda rows: rows.astype(np.float16),
    "float64": lambda rows: rows.astype(np.float64),
    "longdouble": lambda rows: rows.astype(np.longdouble),
    "big-endian": lambda rows: rows.astype(">f4"),
    "objects": lambda rows: rows.astype(object),
    "lists": lambda rows: rows.tolist(),
    "tuples": lambda rows: tuple(map(tuple, rows.tolist())),
    "a list of arrays": list,
    "an object array of arrays": lambda rows: np.array([*rows, None], dtype=object)[:-1],
    "by columns": np.asfortranarray,
    "every other row": lambda rows: np.repeat(rows, 2, axis=0)[::2],
    "backwards": lambda rows: np.ascontiguousarray(rows[::-1])[::-1],
    "read-only": read_only,
    "not masked": np.ma.array,
    "a frame": pl.DataFrame,
    "a column of lists": lambda rows: pl.Series(rows.tolist(), dtype=pl.List(pl.Float64)),
    "a column of arrays": lambda rows: pl.Series(rows, dtype=pl.Array(pl.Float32, rows.shape[1])),
    "a tensor": torch.tensor,
    "a list of tensors": lambda rows: [torch.tensor(row) for row in rows],
}


@pytest.mark.parametrize("kind", TAKEN)
def test_the_same_numbers_are_the_same_items_whatever_holds_them(model, kind):
    held = TAKEN[kind](HALVES)
    again = SAETopicModel(sae=QUICK).fit(held, PLANTED.texts)

    assert same(again.transform(held), model.transform(HALVES))
    assert again.topics(3).equals(model.topics(3))


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint16])
def test_whole_numbers_are_numbers(kind):
    whole = np.abs(WHOLE) % 100
    fitted = SAETopicModel(sae=QUICK).fit(whole.astype(kind))

    assert same(fitted.transform(whole.astype(kind)), fitted.transform(whole))


def test_what_is_brought_is_not_changed(model):
    rows, texts = HALVES.copy(), list(PLANTED.texts)
    SAETopicModel(sae=QUICK).fit(rows, texts)
    model.transform(rows)

    assert np.array_equal(rows, HALVES)
    assert texts == list(PLANTED.texts)


TEXTS = {
    "tuple": tuple,
    "generator": lambda texts: (text for text in texts),
    "array": np.array,
    "objects": lambda texts: np.array(texts, dtype=object),
    "series": pl.Series,
    "some empty": lambda texts: texts,
}


@pytest.mark.parametrize("kind", TEXTS)
def test_texts_come_in_anything_that_can_be_gone_through(model, kind):
    again = SAETopicModel(sae=QUICK).fit(HALVES, TEXTS[kind](list(PLANTED.texts)))

    assert again.topics(3).equals(model.topics(3))


def test_a_text_without_words_is_an_item_all_the_same():
    texts = ["", "the", "\0\n", "🦊", *PLANTED.texts[4:]]
    fitted = SAETopicModel(sae=QUICK).fit(HALVES, texts)

    assert fitted.mixtures(3).shape[0] == 40
    assert fitted.transform(HALVES).nnz > 0


@pytest.mark.parametrize("factor", [1e-30, 1e-12, 1e6, 1e18, 1e30])
def test_any_finite_scale_will_do(factor):
    rows = PLANTED.embeddings.astype(np.float64)
    with np.errstate(over="ignore", under="ignore"):
        fitted = SAETopicModel(sae=QUICK).fit(rows * factor)
        shares = fitted.transform(rows * factor).toarray()

    assert np.isfinite(shares).all()
    assert fitted.topics(3).height == 3
    assert fitted.variance_explained_ > 0.1


def rows_with(value):
    return [[1, 2, 3, 4], [5, value, 7, 8]]


REFUSED = {
    "NaN": (rows_with(np.nan), "a value of embedding 1 is NaN"),
    "infinite": (rows_with(-np.inf), "a value of embedding 1 is infinite"),
    "None": (rows_with(None), "a value of embedding 1 is NaN"),
    "too large": (
        rows_with(1e300),
        r"a value of embedding 1 is too large for float32: 1e\+300",
    ),
    "far too large": (rows_with(10**400), "no matrix of numbers: int too large"),
    "one item": (VALUES[0], r"Reshape your data: embeddings are \(4,\), not \(N, "),
    "three axes": (VALUES[None], r"embeddings are \(1, 3, 4\), not \(N, "),
    "no axis": (np.float32(3), r"embeddings are \(\), not \(N, "),
    "no columns": (np.zeros((3, 0)), r"embeddings are \(3, 0\), not \(N, "),
    "nothing": ([], r"embeddings are \(0,\), not \(N, "),
    "absent": (None, "embeddings are a NoneType, not"),
    "a generator": ((row for row in VALUES), "embeddings are a generator, not"),
    "a dictionary": ({"a": [1.0]}, "embeddings are a dict, not"),
    "a lazy frame": (pl.LazyFrame({"a": [1.0]}), "embeddings are a LazyFrame, not"),
    "ragged": ([[1.0, 2.0], [3.0]], "no matrix of numbers: rows differ in length"),
    "a ragged column": (pl.Series([[1.0, 2.0], [3.0]]), "rows differ in length"),
    "a column with gaps": (pl.Series([[1.0], None]), "rows differ in length"),
    "texts": (["sea", "boat"], "embeddings are strings: vectors come first, then their texts"),
    "numbers as texts": ([["1", "2"], ["3", "4"]], "embeddings are strings"),
    "bytes": (np.array([[b"1"]]), "embeddings are strings"),
    "a frame of texts": (
        pl.DataFrame(VALUES).with_columns(column_1=pl.lit("x")),
        "no matrix of numbers: could not convert",
    ),
    "objects": (rows_with({}), "no matrix of numbers"),
    "dates": (np.array([["2026-01-01"]], dtype="M8[D]"), r"they are of datetime64\[D\]"),
    "records": (np.zeros(3, dtype=[("a", "f4")]), "no matrix of numbers: they are of"),
    "complex": (VALUES + 1j, "Complex data not supported: embeddings are of complex"),
    "masked": (np.ma.array(VALUES, mask=VALUES > 0), "embeddings have masked values"),
    "a sparse array": (sparse.csr_array(VALUES), "embeddings are sparse: bring a dense matrix"),
    "a sparse matrix": (sparse.coo_matrix(VALUES), "embeddings are sparse: bring a dense matrix"),
    "a gradient": (torch.ones(2, 2, requires_grad=True), "no matrix of numbers: Can't call numpy"),
    "bfloat16": (torch.ones(2, 2, dtype=torch.bfloat16), "no matrix of numbers: Got unsupported"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_embedding_is_refused_in_one_sentence(model, kind):
    brought, message = REFUSED[kind]
    for use in (SAETopicModel(sae=QUICK).fit, model.transform, model.explain):
        with pytest.raises(ContractError, match=message) as caught:
            use(brought)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("embeddings", "texts", "message"),
    [
        (np.zeros((0, 5)), None, "embeddings hold no sample, and a fit needs at least two"),
        (np.ones((1, 5)), ["boat"], "embeddings hold one sample, and a fit needs at least two"),
        (np.ones((4, 5)), None, "all 4 embeddings are equal"),
        (VALUES, ["one", "two"], "2 texts for 3 embeddings"),
        (VALUES, [], "0 texts for 3 embeddings"),
        (VALUES, "one", "texts are 'one', not one string per embedding"),
        (VALUES, 7, "texts are 7, not one string per embedding"),
        (VALUES, ["a", None, "b"], "text 1 is None, not a string"),
        (VALUES, [b"a", b"b", b"c"], "text 0 is b'a', not a string"),
        (VALUES, np.ones((3, 1000)), r"text 0 is array\(.{,60}, not a string"),
        (VALUES, ["sea", "\ud800", "sea"], "text 1 has half a character"),
    ],
)
def test_what_cannot_be_fitted_is_refused(embeddings, texts, message):
    with pytest.raises(ContractError, match=message) as caught:
        SAETopicModel(sae=QUICK).fit(embeddings, texts)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("texts", [["", ""], ["the of and", "12 -- it"]])
def test_texts_without_a_word_are_refused_before_training(texts):
    def stop(_step):
        raise AssertionError("training began")

    with pytest.raises(InputError, match="no word is in enough texts"):
        SAETopicModel().fit(VALUES[:2], texts, on_step=stop)


@pytest.mark.parametrize(
    ("analyse", "message"),
    [
        (str.lower, "analyse returned the string 'sea'|returned 'sea', not a list of words"),
        (len, "analyse returned 3, not a list of words"),
        (lambda _text: None, "analyse returned None, not a list of words"),
        (lambda _text: ["sea", 7], "analyse returned the word 7, not a string"),
    ],
)
def test_an_analyser_that_returns_no_words_is_refused(analyse, message):
    with pytest.raises(ContractError, match=message):
        SAETopicModel(analyse=analyse).fit(VALUES, ["Sea", "sea", "sea"])


@pytest.mark.parametrize("width", [3, 5])
def test_embeddings_of_another_width_are_refused(model, width):
    for use in (model.transform, model.explain):
        with pytest.raises(ContractError, match=rf"embeddings are \(3, {width}\), not \(N, 4\)"):
            use(np.ones((3, width)))


def test_no_item_has_no_row(model):
    assert model.transform(np.zeros((0, 4))).shape == (0, 8)
    assert model.transform(np.zeros((0, 4)), n_topics=2).shape == (0, 2)
    assert model.explain(np.zeros((0, 4))).is_empty()
    assert model.explain(np.zeros((0, 4)), n_topics=2).is_empty()


@pytest.mark.parametrize("method", ["tree", "kmeans"])
def test_a_number_of_topics_is_a_whole_number_from_one(method):
    fitted = SAETopicModel(sae=QUICK, merging=TopicConfig(method=method)).fit(HALVES)
    for count in (0, -1, 2.5, 2.0, "3", True, np.True_, np.float64(3), [2], None):
        for use in (fitted.topics, fitted.mixtures):
            if count is None and use == fitted.mixtures:
                continue
            with pytest.raises(ContractError, match="not a whole number from one"):
                use(count)
    for count in (np.int64(2), np.uint8(2)):
        assert fitted.transform(VALUES, n_topics=count).shape == (3, 2)


@pytest.mark.parametrize("method", ["tree", "kmeans"])
@pytest.mark.parametrize("count", [9, 10**6, 2**63, 10**30])
def test_more_topics_than_features_are_as_many_as_there_are(method, count):
    fitted = SAETopicModel(sae=QUICK, merging=TopicConfig(method=method)).fit(HALVES)

    assert fitted.topics(count).height == np.count_nonzero(fitted.weights_)


def test_a_second_fit_leaves_nothing_of_the_first():
    twice = SAETopicModel(sae=QUICK).fit(PLANTED.embeddings[:, :3], PLANTED.texts)
    twice.topics(3)
    twice.fit(HALVES, PLANTED.texts)
    once = SAETopicModel(sae=QUICK).fit(HALVES, PLANTED.texts)

    assert twice.n_features_in_ == 4
    assert twice.topics(3).equals(once.topics(3))
    assert same(twice.transform(HALVES), once.transform(HALVES))


def test_a_fit_that_fails_leaves_what_was_learned():
    fitted = SAETopicModel(sae=QUICK).fit(HALVES, PLANTED.texts)
    before = fitted.topics(3)
    with pytest.raises(ContractError):
        fitted.fit(np.ones((5, 7)))

    assert fitted.topics(3).equals(before)


def test_settings_given_after_a_fit_wait_for_the_next():
    fitted = SAETopicModel(sae=QUICK).fit(HALVES, PLANTED.texts)
    before = fitted.topics(3)
    fitted.set_params(merging=TopicConfig(stored_words=1, method="kmeans"))

    assert fitted.topics(2)["words"].list.len().max() > 1
    assert fitted.topics(3).equals(before)
    assert fitted.fit(HALVES, PLANTED.texts).topics(3)["words"].list.len().max() == 1


def test_a_frame_that_is_changed_is_the_users_own(model):
    before = model.topics(2)
    changed = model.topics(2)
    changed.drop_in_place("words")

    assert model.topics(2).equals(before)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sae": 3}, "the setting sae is wrong"),
        ({"merging": SaeConfig()}, "the setting merging is wrong"),
        ({"vocabulary": None}, "the setting vocabulary is wrong"),
    ],
)
def test_settings_that_are_none_are_refused(parameters, message):
    with pytest.raises(ContractError, match=message):
        SAETopicModel(**parameters).fit(HALVES)


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", 3.5])
def test_a_device_that_is_not_there_is_named(model, device, tmp_path):
    model.save(tmp_path)
    with pytest.raises(InputError, match="is not present: use 'cpu'"):
        SAETopicModel(sae=QUICK, device=device).fit(HALVES)
    with pytest.raises(InputError, match="is not present: use 'cpu'"):
        SAETopicModel.load(tmp_path, device=device).transform(HALVES)
