from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from saetm.errors import ContractError
from saetm.text.bags import count_words
from saetm.text.config import VocabularyConfig
from saetm.text.vocabulary import choose_vocabulary, count_matrix

WORDS = st.sampled_from(["boat", "sea", "été", "шум", "zebra", "orbit", "海", "tree"])
ITEMS = st.lists(st.lists(WORDS, max_size=9), max_size=12)


def vocabulary_of(items, **options):
    return choose_vocabulary(count_words(items).lazy(), VocabularyConfig(**options)).collect()


@settings(deadline=None)
@given(ITEMS)
def test_a_bag_holds_every_occurrence_of_its_item_and_no_other(items):
    bags = count_words(items)

    assert bags.schema == {"words": pl.List(pl.String), "counts": pl.List(pl.Int32)}
    assert [dict(zip(*row, strict=True)) for row in bags.rows()] == [Counter(i) for i in items]
    assert all(words == sorted(words) for words in bags["words"].to_list())


@settings(deadline=None)
@given(ITEMS, st.randoms(use_true_random=False))
def test_a_bag_does_not_depend_on_the_order_of_words(items, chance):
    shuffled = [chance.sample(words, len(words)) for words in items]

    assert count_words(shuffled).equals(count_words(items))


@settings(deadline=None)
@given(ITEMS)
def test_bags_in_batches_are_the_bags_of_all(items):
    half = len(items) // 2
    batches = pl.concat([count_words(items[:half]), count_words(items[half:])])

    assert batches.equals(count_words(items))


@settings(deadline=None)
@given(ITEMS, st.integers(1, 4), st.floats(0.2, 1.0), st.integers(1, 8))
def test_the_vocabulary_equals_the_naive_one(items, least, share, size):
    options = {"min_document_frequency": least, "max_document_share": share, "size": size}
    vocabulary = vocabulary_of(items, **options)
    held = Counter(word for words in items for word in set(words))
    seen = Counter(word for words in items for word in words)
    fitting = [w for w in held if least <= held[w] <= share * len(items)]
    expected = sorted(fitting, key=lambda w: (-held[w], w.encode()))[:size]

    assert vocabulary.rows() == [(i, w, held[w], seen[w]) for i, w in enumerate(expected)]


@settings(deadline=None)
@given(ITEMS, st.randoms(use_true_random=False))
def test_the_vocabulary_does_not_depend_on_the_order_of_items(items, chance):
    assert vocabulary_of(chance.sample(items, len(items))).equals(vocabulary_of(items))


def test_the_vocabulary_has_the_types_of_its_table():
    expected = {
        "word_id": pl.Int32,
        "word": pl.String,
        "document_frequency": pl.Int32,
        "word_count": pl.Int64,
    }

    assert vocabulary_of([["sea"]]).schema == expected
    assert vocabulary_of([]).schema == expected


@pytest.mark.parametrize(
    ("items", "floor"), [(1, 1), (49, 1), (50, 2), (599, 2), (600, 3), (1000, 5), (9000, 5)]
)
def test_a_word_must_be_in_more_items_where_there_are_more(items, floor):
    rows = [[f"w{k:02}" for k in range(9) if i <= k] for i in range(items)]

    assert vocabulary_of(rows)["document_frequency"].min() == min(floor, items)


@settings(deadline=None)
@given(ITEMS, st.integers(1, 8))
def test_the_count_matrix_equals_the_naive_loop(items, size):
    vocabulary = vocabulary_of(items, size=size)
    matrix = count_matrix(count_words(items), vocabulary)
    words = vocabulary["word"].to_list()
    naive = [[words_of.count(word) for word in words] for words_of in items]

    assert matrix.dtype == np.float64
    assert matrix.has_canonical_format
    assert matrix.toarray().tolist() == naive


@settings(deadline=None)
@given(ITEMS)
def test_the_count_matrix_adds_up_to_the_frequencies_of_the_vocabulary(items):
    vocabulary = vocabulary_of(items)
    matrix = count_matrix(count_words(items), vocabulary)

    assert matrix.sum(axis=0).tolist() == vocabulary["word_count"].to_list()
    assert (matrix > 0).sum(axis=0).tolist() == vocabulary["document_frequency"].to_list()


def test_columns_follow_word_ids_and_not_the_rows_of_the_vocabulary():
    vocabulary = pl.DataFrame({"word_id": [1, 0], "word": ["boat", "sea"]})

    assert count_matrix(count_words([["sea", "sea", "boat"]]), vocabulary).toarray().tolist() == [
        [2.0, 1.0]
    ]


def test_a_gap_in_the_word_ids_is_refused():
    vocabulary = pl.DataFrame({"word_id": [0, 2], "word": ["boat", "sea"]})

    with pytest.raises(ContractError, match="0 to 1"):
        count_matrix(count_words([["sea"]]), vocabulary)


@pytest.mark.parametrize(
    "options", [{"size": 0}, {"max_document_share": 0.0}, {"min_df": 3}, {"size": "many"}]
)
def test_a_setting_that_makes_no_sense_is_refused(options):
    with pytest.raises(ValidationError):
        VocabularyConfig(**options)
