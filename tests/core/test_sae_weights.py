"""Weights survive every way of keeping them, bit for bit."""

import numpy as np
import polars as pl
import pytest

from saetm.errors import ContractError
from saetm.sae.encode import encode
from saetm.sae.weights import (
    FRAME_SCHEMA,
    Weights,
    from_frame,
    from_safetensors,
    to_frame,
    to_safetensors,
)


def weights(*, seed=0, n_features=30, dimension=11, kind="batch_topk"):
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    decoder = draw(n_features, dimension)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    return Weights(
        encoder=draw(n_features, dimension),
        encoder_bias=draw(n_features),
        decoder=decoder,
        decoder_bias=draw(dimension),
        threshold=float(np.float32(0.7)),
        kind=kind,
        active_features=0 if kind == "l1" else 4,
    )


def same(one, other):
    arrays = ("encoder", "encoder_bias", "decoder", "decoder_bias")
    values = ("threshold", "kind", "active_features", "sae_id")
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in arrays
    ) and all(getattr(one, name) == getattr(other, name) for name in values)


def through_safetensors(original):
    return from_safetensors(to_safetensors(original))


def through_a_shuffled_frame(original):
    frame = to_frame(original)
    return from_frame(frame.sample(fraction=1.0, shuffle=True, seed=1), original.header)


@pytest.mark.parametrize("kind", ["batch_topk", "topk", "l1"])
@pytest.mark.parametrize("way", [through_safetensors, through_a_shuffled_frame])
def test_kept_weights_are_the_same_and_encode_the_same_bits(way, kind):
    original = weights(kind=kind)
    again = way(original)
    rows = np.random.default_rng(3).standard_normal((20, 11)).astype(np.float32)
    before, after = encode(rows, original), encode(rows, again)

    assert same(original, again)
    assert before.data.tobytes() == after.data.tobytes()
    assert before.indices.tolist() == after.indices.tolist()


def test_equal_weights_give_equal_bytes_and_ids():
    assert to_safetensors(weights()) == to_safetensors(weights())
    assert weights().sae_id == weights().sae_id
    assert len(weights().sae_id) == 16


def test_the_id_notices_every_part():
    ids = {weights().sae_id, weights(seed=1).sae_id, weights(kind="topk").sae_id}
    for part in ("encoder", "encoder_bias", "decoder", "decoder_bias"):
        changed = weights()
        getattr(changed, part).flat[-1] += 1.0
        ids.add(changed.sae_id)

    assert len(ids) == 7


def test_the_frame_has_one_row_per_feature_in_the_stated_schema():
    frame = to_frame(weights())

    assert frame.schema == FRAME_SCHEMA
    assert frame["feature"].to_list() == list(range(30))
    assert frame["encoder"].bin.size().unique().to_list() == [4 * 11]


@pytest.mark.parametrize(
    "broken",
    [
        lambda frame: frame.slice(1),
        lambda frame: pl.concat([frame, frame.head(1)]),
        lambda frame: frame.clear(),
    ],
    ids=["missing", "double", "none"],
)
def test_a_frame_with_missing_or_double_features_is_refused(broken):
    with pytest.raises(ContractError, match="each once"):
        from_frame(broken(to_frame(weights())), weights().header)


def test_a_foreign_or_damaged_file_is_refused():
    content = bytearray(to_safetensors(weights()))
    content[-1] ^= 1

    with pytest.raises(ContractError, match="but the weights are"):
        from_safetensors(bytes(content))
    with pytest.raises(ContractError, match="not the safetensors"):
        from_safetensors(b"pickle")


def test_arrays_that_do_not_belong_together_are_refused():
    good = weights()
    with pytest.raises(ContractError, match="does not fit"):
        Weights(good.encoder, good.encoder_bias[1:], good.decoder, good.decoder_bias, 0.0, "l1", 0)
