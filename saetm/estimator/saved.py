"""A fitted topic model as one safetensors file: arrays, and the rest as JSON; no pickle."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
import safetensors
import safetensors.numpy
from numpy.typing import NDArray
from scipy import sparse

from saetm.cuts import Material
from saetm.emission.emissions import Emissions
from saetm.errors import InputError
from saetm.estimator.fitted import Fitted, Quality
from saetm.estimator.settings import Settings
from saetm.sae.weights import from_safetensors, to_safetensors
from saetm.topics.tree import Tree

VERSION = 1
_METADATA = "saetm topic model"

Arrays = dict[str, NDArray[np.generic]]


def write(fitted: Fitted, path: str) -> None:
    """Write a model; equal models give equal bytes.

    Raises:
        InputError: the file cannot be written.
    """
    arrays = _arrays(fitted)
    about = {
        "version": VERSION,
        "settings": fitted.settings.model_dump(mode="json"),
        "quality": asdict(fitted.quality),
        "words": fitted.vocabulary["word"].to_list(),
    }
    # One entry, since safetensors keeps metadata in no fixed order.
    metadata = {_METADATA: json.dumps(about | {"digest": _digest(about, arrays)})}
    try:
        safetensors.numpy.save_file(arrays, path, metadata)
    except (safetensors.SafetensorError, OSError) as error:
        raise InputError(f"{path!r} cannot be written: {error}") from error


def read(path: str) -> Fitted:
    """Read what `write` wrote, bit for bit.

    Raises:
        InputError: the file is missing, cut off, damaged, of another version or no model.
    """
    try:
        with safetensors.safe_open(path, framework="np") as file:
            about = json.loads((file.metadata() or {}).get(_METADATA, "{}"))
            arrays: Arrays = {name: file.get_tensor(name) for name in file.offset_keys()}
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path!r} cannot be read as a topic model: {error}") from error
    if "version" not in about:
        raise InputError(f"{path!r} is not a topic model that saetm saved")
    if about["version"] != VERSION:
        raise InputError(
            f"{path!r} has format version {about['version']}, but this saetm reads {VERSION}: "
            "fit the model again, or load it with the release that saved it"
        )
    if about.pop("digest", None) != _digest(about, arrays):
        raise InputError(f"{path!r} is damaged: its content is not what was saved")
    return _fitted(about, arrays)


def _arrays(fitted: Fitted) -> Arrays:
    material, tree = fitted.material, fitted.tree
    return {
        "autoencoder": np.frombuffer(to_safetensors(fitted.autoencoder), dtype=np.uint8),
        "rows": fitted.rows,
        "weights": material.weights,
        "item_counts": material.item_counts,
        "document_frequency": fitted.vocabulary["document_frequency"].to_numpy(),
        "word_count": fitted.vocabulary["word_count"].to_numpy(),
        **_parts("shares", material.shares),
        **_parts("emissions", material.emissions.words),
        "prior_share": material.emissions.prior_share,
        "unigram": material.emissions.unigram,
        "vectors": fitted.vectors,
        "leaf_of": tree.leaf_of,
        "merges": tree.merges,
        "heights": tree.heights,
        "node_weights": tree.weights,
    }


def _fitted(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Fitted:
    autoencoder = from_safetensors(arrays["autoencoder"].tobytes())
    n_features, words = autoencoder.dictionary_size, about["words"]
    material = Material(
        sae_id=autoencoder.sae_id,
        item_ids=[str(row) for row in arrays["rows"]],
        shares=_joined("shares", arrays, n_features),
        weights=arrays["weights"],
        item_counts=arrays["item_counts"],
        emissions=Emissions(
            _joined("emissions", arrays, len(words)), arrays["prior_share"], arrays["unigram"]
        ),
        words=words,
    )
    return Fitted(
        settings=Settings.model_validate_json(json.dumps(about["settings"])),
        autoencoder=autoencoder,
        quality=Quality(**about["quality"]),
        vocabulary=_vocabulary(words, arrays),
        material=material,
        vectors=arrays["vectors"],
        tree=Tree(
            arrays["leaf_of"], arrays["merges"], arrays["heights"], weights=arrays["node_weights"]
        ),
    )


def _vocabulary(words: list[str], arrays: Mapping[str, NDArray[Any]]) -> pl.DataFrame:
    columns = {
        "word_id": np.arange(len(words), dtype=np.int32),
        "word": pl.Series(words, dtype=pl.String),
        "document_frequency": arrays["document_frequency"],
        "word_count": arrays["word_count"],
    }
    return pl.DataFrame(columns)


def _parts(name: str, matrix: "sparse.csr_array[np.float32]") -> Arrays:
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices,
        f"{name}.indptr": matrix.indptr,
    }


def _joined(
    name: str, arrays: Mapping[str, NDArray[Any]], n_columns: int
) -> "sparse.csr_array[np.float32]":
    parts = tuple(arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return sparse.csr_array(parts, shape=(len(parts[2]) - 1, n_columns))


def _digest(about: Mapping[str, Any], arrays: Arrays) -> str:
    """Hash all but the digest itself."""
    state = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        state.update(f"{name} {array.dtype.str} {array.shape}".encode())
        state.update(np.ascontiguousarray(array).data)
    return state.hexdigest()
