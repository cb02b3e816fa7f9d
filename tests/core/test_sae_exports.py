"""What is handed on arrives as it was, and what cannot be used is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import safetensors.numpy

from saetm.errors import ContractError
from saetm.sae.exports import Provenance, encoder_of, export, read_export
from saetm.sae.weights import to_safetensors
from tests.core.test_sae_weights import same, weights

KNOWN = Provenance(
    encoder="minilm@53aa of given captions",
    training_item_count=11_000,
    variance_explained=0.54,
    settings='{"kind":"topk"}',
)


def test_weights_and_provenance_arrive_as_they_were():
    arrived, provenance = read_export(export(weights(), KNOWN))

    assert same(arrived, weights())
    assert provenance == KNOWN


def test_a_file_without_provenance_is_read_and_says_nothing():
    arrived, provenance = read_export(to_safetensors(weights()))

    assert same(arrived, weights())
    assert provenance == Provenance()


@pytest.mark.parametrize(
    ("producer", "encoder"),
    [
        ("minilm@53aa of given captions", "minilm@53aa"),
        ("minilm@53aa of openai:m@p1 captions", "minilm@53aa"),
        ("open_clip:ViT-B-32/laion@ab of images", "open_clip:ViT-B-32/laion@ab"),
        ("provided@float32 of vectors that came with the items", "provided@float32"),
        ("models of mine@12ab of given captions", "models of mine@12ab"),
        ("minilm@53aa", "minilm@53aa"),
    ],
)
def test_an_encoder_is_told_apart_from_what_it_read(producer, encoder):
    assert encoder_of(producer) == encoder


@pytest.mark.parametrize(
    "broken",
    [
        {"encoder": 3},
        {"training_item_count": -1},
        {"variance_explained": float("nan")},
        {"settings": "x" * 10_001},
        {"encoder": ["a list"]},
    ],
    ids=str,
)
def test_a_provenance_that_is_none_is_refused(broken):
    with pytest.raises(ContractError, match="provenance is not in order"):
        read_export(to_safetensors(weights(), broken))


def changed(name, value):
    """Change an array of an autoencoder; the hash of the file is that of the changed one."""
    array = getattr(weights(), name).copy()
    array.flat[0] = value
    return replace(weights(), **{name: array})


@pytest.mark.parametrize(
    ("unsound", "why"),
    [
        (changed("encoder", np.nan), "not finite"),
        (changed("decoder_bias", np.inf), "not finite"),
        (changed("decoder", 5.0), "norm one"),
        (replace(weights(), threshold=-1.0), "negative"),
        (replace(weights(), threshold=float("nan")), "negative"),
        (replace(weights(), active_features=-2), "negative"),
        (replace(weights(), encoder=weights().encoder.astype(np.float16)), "float32"),
        (weights(n_features=0), "empty"),
    ],
)
def test_weights_that_cannot_encode_are_refused_though_their_hash_is_right(unsound, why):
    with pytest.raises(ContractError, match=why):
        read_export(to_safetensors(unsound))


def foreign(metadata, **arrays):
    return safetensors.numpy.save({"threshold": np.zeros(1, np.float32), **arrays}, metadata)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95 a pickle",
        b"\xff" * 8,
        foreign(None),
        foreign({"saetm": "[]"}),
        foreign({"saetm": "no json"}),
        foreign({"saetm": json.dumps({"kind": "topk", "active_features": 1, "sae_id": ""})}),
        foreign({"saetm": "{}"}, threshold=np.zeros(0, np.float32)),
        export(weights(), KNOWN)[:-1],
    ],
    ids=range(9),
)
def test_what_is_no_autoencoder_is_refused(content):
    with pytest.raises(ContractError, match="not the safetensors of an autoencoder"):
        read_export(content)
