"""Autoencoders as EleutherAI's sparsify stores them: cfg.json and sae.safetensors.

What the fields mean was read in eai-sparsify 1.3: the k largest of
relu((a - b_dec) @ encoder.weight.T + encoder.bias).
"""

import re
from pathlib import Path
from typing import Final

from resources.dictionaries.descriptions import read_descriptions
from resources.dictionaries.files import Place, find_place, read_json, read_safetensors
from resources.dictionaries.published import Form, Published, to_dictionary
from saetm.errors import InputError

NAMES: Final = {
    "encoder.weight": "encoder",
    "encoder.bias": "encoder_bias",
    "W_dec": "decoder",
    "b_dec": "decoder_bias",
}
BLOCK: Final = re.compile(r"(?:.*\.)?(?:layers|layer|h|blocks)\.(\d+)(\..*)?")


def open_sparsify(name: str) -> Published:
    """Read an autoencoder of sparsify.

    Args:
        name: folder of one hookpoint, or OWNER/REPOSITORY/HOOKPOINT on the hub.

    Raises:
        InputError: there is none, or it computes what cannot be computed here.
    """
    place = find_place(name)
    settings = read_json(place.file("cfg.json"))
    if settings.get("transcode") or settings.get("skip_connection"):
        raise InputError("it is a transcoder, and only autoencoders are read")
    if settings.get("activation", "topk") != "topk":
        raise InputError(f"its activation is {settings['activation']!r}, and only topk is read")
    weights = place.file("sae.safetensors")
    arrays = read_safetensors(weights)
    missing = [theirs for theirs in NAMES if theirs not in arrays]
    if missing:
        raise InputError(f"its weights lack {missing[0]!r}")
    form = Form(is_centred=True, active_features=int(settings.get("k", 32)))
    return Published(
        to_dictionary({ours: arrays[theirs] for theirs, ours in NAMES.items()}, form),
        f"sparsify {place.name}@{place.version(weights)}",
        _layer(place),
        None,
        read_descriptions(weights.parent),
    )


def _layer(place: Place) -> int | None:
    """Return the block that the folder is named after.

    Raises:
        InputError: it is named after a part of a block.
    """
    hookpoint = Path(place.folder).name
    found = BLOCK.fullmatch(hookpoint)
    if found is None:
        return None
    if found[2]:
        raise InputError(f"it reads {hookpoint!r}, and only outputs of blocks are read")
    return int(found[1])
