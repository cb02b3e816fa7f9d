"""Autoencoders as SAELens stores them: cfg.json and sae_weights.safetensors.

What the fields mean was read in sae-lens 6.54: activations are of (a - b_dec) @ W_enc + b_enc,
or of a itself where `apply_b_dec_to_input` is false.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from resources.dictionaries.descriptions import read_descriptions
from resources.dictionaries.files import Place, find_place, read_json, read_safetensors
from resources.dictionaries.gemma_scope import open_gemma_scope
from resources.dictionaries.published import Arrays, Form, Published, to_dictionary
from saetm.errors import InputError

READ: Final = ("standard", "topk", "jumprelu", "batchtopk", "matryoshka_batchtopk")
NAMES: Final = {"W_dec": "decoder", "b_enc": "encoder_bias", "b_dec": "decoder_bias"}
RESIDUAL: Final = re.compile(r"blocks\.(\d+)\.hook_resid_(pre|post)")


def open_saelens(name: str) -> Published:
    """Read an autoencoder of SAELens.

    Args:
        name: folder, OWNER/REPOSITORY/FOLDER on the hub, or RELEASE/ID where the package sae-lens
            is installed, whose list of releases says where they are.

    Raises:
        InputError: there is none, or it computes what cannot be computed here.
    """
    release = None if Path(name).expanduser().is_dir() else _release(name)
    if release is not None:
        return release
    return read_saelens(find_place(name))


def read_saelens(place: Place) -> Published:
    """Read the files of an autoencoder of SAELens.

    Raises:
        InputError: as `open_saelens`.
    """
    settings = _modern(read_json(place.file("cfg.json")))
    kind = settings["architecture"]
    _check(settings)
    weights = place.file("sae_weights.safetensors")
    arrays = read_safetensors(weights)
    if not np.all(arrays.get("finetuning_scaling_factor", np.ones(1)) == 1):
        raise InputError("it scales its activations after finetuning, which is not read")
    form = Form(
        is_centred=bool(settings.get("apply_b_dec_to_input", True)),
        active_features=int(settings["k"]) if kind == "topk" else 0,
        is_ranked_by_norm=bool(settings.get("rescale_acts_by_decoder_norm", False)),
    )
    dictionary = to_dictionary(_renamed(arrays, kind, form), form)
    about = {**settings, **settings.get("metadata", {})}
    return Published(
        dictionary,
        f"saelens {place.name}@{place.version(weights)}",
        _layer(str(about.get("hook_name", ""))),
        about.get("model_name"),
        read_descriptions(weights.parent),
    )


def _modern(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings as releases since 6.0 write them."""
    found = {"architecture": "standard", **settings}
    wanted = found.get("activation_fn_kwargs") or {}
    if found.get("activation_fn_str", found.get("activation_fn")) == "topk" and "k" in wanted:
        found |= {"architecture": "topk", "k": wanted["k"]}
    found.setdefault("hook_name", found.get("hook_point", ""))
    return found


def _check(settings: dict[str, Any]) -> None:
    kind = settings["architecture"]
    if kind not in READ:
        raise InputError(f"its architecture is {kind!r}, and only {', '.join(READ)} are read")
    normalised = settings.get("normalize_activations") or "none"
    if normalised != "none":
        raise InputError(
            f"it normalises states ({normalised!r}): fold that into its weights with SAELens first"
        )
    if "hook_z" in str(settings["hook_name"]) + str(settings.get("reshape_activations")):
        raise InputError("it reads heads of attention, and only outputs of blocks are read")


def _renamed(arrays: Arrays, kind: str, form: Form) -> Arrays:
    try:
        found = {ours: arrays[theirs] for theirs, ours in NAMES.items()}
        found["encoder"] = arrays["W_enc"].T
        if kind == "jumprelu":
            found["threshold"] = arrays["threshold"]
        if kind.endswith("batchtopk"):  # as training leaves it; an export is a jumprelu
            found["threshold"] = _batch_threshold(arrays, form)
    except KeyError as error:
        raise InputError(f"its weights lack {error}") from None
    return found


def _batch_threshold(arrays: Arrays, form: Form) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the threshold in the units of p, which may be p times the decoder row's norm."""
    threshold = arrays["topk_threshold"].reshape(-1)
    if not form.is_ranked_by_norm:
        return threshold
    norms = np.linalg.norm(arrays["W_dec"].astype(np.float64), axis=1)
    return (threshold / np.where(norms > 0, norms, 1.0)).astype(np.float32)


def _layer(hook: str) -> int | None:
    """Return the block whose output a hook of TransformerLens reads, -1 for what enters them.

    Raises:
        InputError: it reads something else than the output of a block.
    """
    if not hook:
        return None
    found = RESIDUAL.fullmatch(hook)
    if found is None:
        raise InputError(f"it reads {hook!r}, and only outputs of blocks are read")
    return int(found[1]) - (found[2] == "pre")


def _release(name: str) -> Published | None:
    """Look a release up in the list that comes with sae-lens.

    Raises:
        InputError: the release has no autoencoder of this id, or is stored in a format that is
            not read.
    """
    import yaml

    package = find_spec("sae_lens")
    folders = list(package.submodule_search_locations or ()) if package is not None else []
    release, _, number = name.partition("/")
    found = None
    if folders:
        listed = (Path(folders[0]) / "pretrained_saes.yaml").read_text(encoding="utf-8")
        found = yaml.load(listed, getattr(yaml, "CSafeLoader", yaml.SafeLoader)).get(release)  # noqa: S506 - both are safe
    if found is None:
        return None
    entry = next((each for each in found["saes"] if str(each["id"]) == number), None)
    if entry is None:
        raise InputError(f"the release {release!r} of SAELens has no {number!r}")
    place = Place(str(entry["path"]), found["repo_id"])
    form = found.get("conversion_func")
    if form == "gemma_2":
        return open_gemma_scope(f"{place.repository}/{place.folder}")
    if form is not None or "norm_scaling_factor" in entry:
        raise InputError(f"the release {release!r} of SAELens is stored in a format not read here")
    return read_saelens(place)
