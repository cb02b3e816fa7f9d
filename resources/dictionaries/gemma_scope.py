"""Autoencoders as Gemma Scope (arXiv 2408.05147) stores them: params.npz, JumpReLU."""

import re
from pathlib import Path
from typing import Final

from resources.dictionaries.descriptions import read_descriptions
from resources.dictionaries.files import Place, find_place, read_npz
from resources.dictionaries.published import Form, Published, to_dictionary
from saetm.errors import InputError

NAMES: Final = {
    "W_dec": "decoder",
    "b_enc": "encoder_bias",
    "b_dec": "decoder_bias",
    "threshold": "threshold",
}
LAYER: Final = re.compile(r"layer_(\d+)")
ELSEWHERE: Final = ("-att", "-mlp", "-transcoders", "embedding")


def open_gemma_scope(name: str) -> Published:
    """Read an autoencoder of Gemma Scope.

    Args:
        name: file, folder, or on the hub OWNER/REPOSITORY/layer_10/width_16k/average_l0_77.

    Raises:
        InputError: there is none, or it reads something else than the output of a block.
    """
    own = Path(name).expanduser()
    place = (
        Place(str(own.parent)) if own.is_file() else find_place(name.removesuffix("/params.npz"))
    )
    if place.repository and any(part in place.name for part in ELSEWHERE):
        raise InputError("it reads a part of a block, and only outputs of blocks are read")
    file = own if own.is_file() else place.file("params.npz")
    arrays = read_npz(file)
    missing = [theirs for theirs in ("W_enc", *NAMES) if theirs not in arrays]
    if missing:
        raise InputError(f"its arrays lack {missing[0]!r}")
    ours = {ours: arrays[theirs] for theirs, ours in NAMES.items()}
    layers = LAYER.findall(str(file) if own.is_file() else place.folder)
    return Published(
        to_dictionary({**ours, "encoder": arrays["W_enc"].T}, Form(is_centred=False)),
        f"gemma_scope {place.name}@{place.version(file)}",
        int(layers[-1]) if layers else None,
        None,
        read_descriptions(file.parent),
    )
