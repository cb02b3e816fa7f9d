"""Vectors for a training, in memory or mapped from a file, are the same."""

import numpy as np
import pytest

from saetm.errors import InputError
from saetm_assets import vector_file
from saetm_assets.matrices import item_vectors


def test_mapped_vectors_are_those_in_memory(home, texts, monkeypatch):
    view = home.view(texts)
    with vector_file.training_vectors(view) as vectors:
        in_memory = np.array(vectors)
    monkeypatch.setattr(vector_file, "IN_MEMORY", 0)
    monkeypatch.setattr(vector_file, "WRITTEN_ROWS", 7)

    with vector_file.training_vectors(view) as vectors:
        assert isinstance(vectors, np.memmap)
        assert np.array_equal(vectors, in_memory)
    assert in_memory.shape[0] == 90


def test_a_sample_is_rows_of_the_lowest_ids(home, texts):
    every, some = item_vectors(home.view(texts)), item_vectors(home.view(texts), most=20)

    assert some.item_ids == every.item_ids[:20]
    assert np.array_equal(some.matrix, every.matrix[:20])


def test_without_vectors_one_sentence_says_what_is_missing(home, texts):
    view = home.view(texts)
    view.in_service = lambda table: home.view(texts).scan(table).head(1)
    with (
        pytest.raises(InputError, match="has 1 item with a vector"),
        vector_file.training_vectors(view),
    ):
        pass
