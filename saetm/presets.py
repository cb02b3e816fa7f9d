"""Presets: options by one name, for a machine of a certain size; light to import."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import JsonValue

from saetm.errors import InputError

Modality = Literal["image", "text"]
PresetName = Literal["embedded", "small-gpu", "paper", "paper-mechanistic"]
Options = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Preset:
    """Options for datasets of either modality, and what a machine needs for them."""

    meaning: str
    options: Mapping[Modality, Options]
    card_gib: int
    """Memory of an accelerator that its largest model needs, GiB; 0: none."""


_PAPER: dict[str, JsonValue] = {
    "chat": "vllm:microsoft/phi-4",
    "topics": {
        "method": "kmeans",
        "direction_share": 0.0,
        "evenness": 0.0,
        "word_order": "probability",
    },
    "topic_counts": [50, 100, 200, 300, 500],
    "topic_count": 100,
}

_MECHANISTIC: dict[str, JsonValue] = {
    "model": "mlda",
    "tokens": {
        "model": "google/gemma-2-9b",
        "layer": 10,
        "autoencoder": "gemma_scope:google/gemma-scope-9b-pt-res/layer_10/width_16k/average_l0_113",
    },
    "topic_counts": [50, 100],
    "topic_count": 50,
}

PRESETS: Mapping[PresetName, Preset] = {
    "embedded": Preset(
        "models that come with the package; no network, no accelerator",
        {"image": {}, "text": {}},
        card_gib=0,
    ),
    "small-gpu": Preset(
        "models of one to four billion parameters, on one card",
        {
            "image": {
                "captioner": "vllm:OpenGVLab/InternVL3_5-2B-HF",
                "encoder": "open_clip:ViT-B-16-SigLIP/webli",
                "chat": "vllm:OpenGVLab/InternVL3_5-2B-HF",
            },
            "text": {
                "encoder": "ibm-granite/granite-embedding-small-english-r2",
                "chat": "vllm:microsoft/Phi-4-mini-instruct",
            },
        },
        card_gib=12,
    ),
    "paper": Preset(
        "models and parameters of SAE-TM (arXiv 2511.16309), for many items",
        {
            "image": {
                "captioner": "vllm:OpenGVLab/InternVL3_5-14B-HF",
                "caption_prompt": "dense",
                "encoder": "open_clip:ViT-B-16-SigLIP/webli",
                "sae": {"dictionary_size": 24_576, "active_features": 32, "batch_size": 20_000},
                **_PAPER,
            },
            "text": {
                "encoder": "ibm-granite/granite-embedding-english-r2",
                "sae": {"dictionary_size": 49_152, "active_features": 32, "batch_size": 4096},
                **_PAPER,
            },
        },
        card_gib=40,
    ),
    "paper-mechanistic": Preset(
        "language model, layer and features of mechanistic topic models (arXiv 2507.23220)",
        {"image": _MECHANISTIC, "text": _MECHANISTIC},
        card_gib=16,
    ),
}


def preset_options(name: JsonValue, modality: JsonValue) -> Options:
    """Return the options of a preset for what the items are.

    Args:
        name: a preset's name.
        modality: "image" or "text".

    Raises:
        InputError: there is no preset of this name, or the modality is not said.
    """
    preset = next((preset for known, preset in PRESETS.items() if known == name), None)
    if preset is None:
        known = ", ".join(get_args(PresetName))
        raise InputError(f"there is no preset {name!r}; there are: {known}")
    for known, options in preset.options.items():
        if known == modality:
            return options
    raise InputError("option preset: say what the items are as well, by modality: image or text")
