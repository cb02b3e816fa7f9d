"""What this machine can run: probes that look and change nothing but an empty folder."""

import importlib.util
import os
import platform
import shlex
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from typing import Literal

from resources.compute import Compute, available_cores, compute_of
from resources.encoder import open_encoder
from resources.inbox import Inbox
from resources.lake import Lake
from resources.lexicon import SimplemmaLexicon, open_lexicon
from resources.served_model import ServedModel
from resources.settings import Settings
from saetm.errors import SaetmError
from saetm.presets import PRESETS, Preset
from saetm.prompts.wording import shorten
from saetm.tables import DATASETS

GIB = 1 << 30
SECONDS = 5.0  # patience with a server
LONGEST = 160  # characters of a foreign error

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    state: State  # missing: something optional is not there; broken: the line needs it
    said: str
    advice: str = ""  # what to do; empty where nothing is to be done

    def row(self) -> dict[str, str]:
        """Return the finding as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Card:
    """An accelerator."""

    name: str
    total_bytes: int
    free_bytes: int


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything that the line may need, one thing after the other."""
    cards = find_cards()
    yield _machine(settings)
    yield from _cards(cards)
    for subject, probe in _needs(settings).items():
        yield _attempt(subject, probe)
    yield _attempt("lexicon", partial(_lexicon, settings))
    yield from _extras()
    yield _vllm(settings)
    yield _server(settings)
    for name, preset in PRESETS.items():
        if preset.card_gib:
            yield _preset(name, preset, cards, settings)


def find_cards() -> list[Card]:
    """Return the accelerators that Torch can use."""
    import torch

    device = torch.accelerator.current_accelerator(check_available=True)
    if device is None:
        return []
    cards = []
    for index in range(torch.accelerator.device_count()):
        free, total = torch.accelerator.get_memory_info(index)
        name = torch.cuda.get_device_name(index) if device.type == "cuda" else device.type
        cards.append(Card(name, total, free))
    return cards


def _machine(settings: Settings) -> Finding:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    place = next(folder for folder in (settings.root, *settings.root.parents) if folder.exists())
    free = shutil.disk_usage(place).free / GIB
    said = (
        f"saetm {version('saetm')}, Python {platform.python_version()}, {available_cores()} cores, "
        f"{memory:.0f} GiB of memory, {free:.0f} GiB free for {settings.root}"
    )
    if free < 1:
        return Finding("machine", "broken", said, "free some disk space, or set SAETM_HOME")
    return Finding("machine", "ok", said)


def _cards(cards: list[Card]) -> Iterator[Finding]:
    for number, card in enumerate(cards):
        said = f"{card.name}, {card.free_bytes / GIB:.0f} of {card.total_bytes / GIB:.0f} GiB free"
        yield Finding(f"accelerator {number}", "ok", said)
    if not cards:
        advice = "nothing, unless you want the models of a preset"
        yield Finding("accelerator", "missing", "Torch finds none; all runs on processors", advice)


def _needs(settings: Settings) -> dict[str, Callable[[], str]]:
    """Return what the embedded defaults need; each probe says what it found, or raises."""
    compute = Compute(device="cpu")
    return {
        "tables": lambda: _tables(settings.lake_uri),
        "inbox": lambda: _inbox(settings.inbox_uri),
        "embedded encoder": lambda: open_encoder("minilm", compute).producer,
        "device": lambda: compute_of(settings).resolve_device(),
    }


def _tables(uri: str) -> str:
    count = Lake(uri).scan(DATASETS).select("dataset").collect().height
    return f"{count} datasets in {uri}"


def _inbox(uri: str) -> str:
    return f"{len(Inbox(uri).datasets())} folders in {uri}"


def _lexicon(settings: Settings) -> Finding:
    lexicon = open_lexicon(settings.lexicon, settings.nltk_data, download=False)
    if settings.lexicon == "auto" and isinstance(lexicon, SimplemmaLexicon):
        advice = "SAETM_NLTK_DATA says where it lies; SAETM_NLTK_DOWNLOAD=true fetches it"
        said = f"{lexicon.producer}, for NLTK's data is not here"
        return Finding("lexicon", "missing", said, advice)
    return Finding("lexicon", "ok", lexicon.producer)


def _attempt(subject: str, probe: Callable[[], str | Finding]) -> Finding:
    try:
        found = probe()
        return found if isinstance(found, Finding) else Finding(subject, "ok", found)
    except (SaetmError, OSError, ValueError) as error:
        return Finding(subject, "broken", shorten(str(error), LONGEST), "see the sentence before")


def _extras() -> Iterator[Finding]:
    modules = {"image": "open_clip", "ray": "ray", "postgres": "dagster_postgres"}
    for extra, module in modules.items():
        if importlib.util.find_spec(module) is None:
            advice = f'pip install "saetm[{extra}]"'
            yield Finding(f"extra {extra}", "missing", f"{module} is not installed", advice)
        else:
            yield Finding(f"extra {extra}", "ok", f"{module} is installed")


def _vllm(settings: Settings) -> Finding:
    if _has_vllm(settings):
        return Finding("vllm", "ok", f"{settings.vllm_command!r} serves vllm:MODEL")
    said = f"the command {settings.vllm_command!r} is not there"
    return Finding("vllm", "missing", said, 'pip install "saetm[vllm]", or set SAETM_VLLM_COMMAND')


def _has_vllm(settings: Settings) -> bool:
    """Tell whether vLLM can be run; it may lie in an environment of its own."""
    command = shlex.split(settings.vllm_command)
    return bool(command) and shutil.which(command[0]) is not None


def _server(settings: Settings) -> Finding:
    """Ask the model server which models it serves."""
    import openai

    if settings.api_url is None:
        advice = "set SAETM_API_URL to use openai:MODEL"
        return Finding("model server", "missing", "no address is set", advice)
    served = ServedModel(base_url=settings.api_url, model="any", api_key=settings.api_key)
    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    try:
        with openai.OpenAI(
            base_url=settings.api_url, api_key=key, timeout=SECONDS, max_retries=0
        ) as client:
            models = ", ".join(sorted(model.id for model in client.models.list()))
    except openai.OpenAIError as error:
        said = str(served.translated(error))  # which repeats no key, whatever the server does
        return Finding("model server", "broken", said, "start it, or correct SAETM_API_URL")
    return Finding("model server", "ok", f"serves {models or 'nothing'}")


def _preset(name: str, preset: Preset, cards: list[Card], settings: Settings) -> Finding:
    """Tell whether a machine has what a preset needs; weights may still have to be fetched."""
    largest = max((card.total_bytes for card in cards), default=0)
    lacking = [f"a card of {preset.card_gib} GiB"] * (largest < preset.card_gib * GIB)
    if importlib.util.find_spec("open_clip") is None:
        lacking.append('pip install "saetm[image]"')
    if not _has_vllm(settings):
        lacking.append('pip install "saetm[vllm]"')
    here = [model for model in _models(preset) if _is_here(model)]
    away = [model for model in _models(preset) if model not in here]
    if away and not _reaches_hub():
        lacking.append("a model hub that answers, or HF_HOME with " + ", ".join(away))
    said = f"{preset.meaning}; not on this machine as it is" if lacking else preset.meaning
    return Finding(
        f"preset {name}",
        "missing" if lacking else "ok",
        said,
        "it needs " + "; ".join(lacking) if lacking else "",
    )


def _models(preset: Preset) -> list[str]:
    """Return the names on the hub of a preset's models, once each."""
    names = {
        str(options[option]).removeprefix("vllm:")
        for options in preset.options.values()
        for option in ("captioner", "encoder", "chat")
        if option in options and "open_clip:" not in str(options[option])
    }
    return sorted(names)


def _is_here(model: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(model, "config.json"), str)


def _reaches_hub() -> bool:
    from urllib.parse import urlsplit

    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    address = urlsplit(constants.ENDPOINT)
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        with socket.create_connection((address.hostname or "", port), timeout=SECONDS):
            return True
    except OSError:
        return False
