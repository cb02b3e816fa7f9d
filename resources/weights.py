"""Weights of models: which exactly, by hash or commit, and loading them."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Final

from saetm.errors import InputError

HASH_LENGTH: Final = 16  # hexadecimal digits in a producer: 64 bits
HUB_SECONDS: Final = 10
MODEL_FILES: Final = (".safetensors", ".bin", ".json", ".txt", ".model")  # weights to tokenizer
TOKENIZERS: Final = ("tokenizer.json", "vocab.txt", "vocab.json")  # or sentencepiece's .model
WITNESSES: Final = (  # a model on the hub has one of them at its top, small ones first
    "modules.json",
    "config.json",
    "open_clip_config.json",
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.bin",
    "pytorch_model.bin",
)


def hash_file(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_folder(folder: Path) -> str:
    """Return the sha256 over names and contents of a text model's files.

    Raises:
        InputError: the folder holds no model, or one without its tokenizer, which transformers
            would replace by one that knows no words.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix in MODEL_FILES)
    if not (folder / "modules.json").is_file() and not (folder / "config.json").is_file():
        raise InputError(f"The folder {str(folder)!r} holds no model: no modules.json in it.")
    if not any(path.name in TOKENIZERS or path.suffix == ".model" for path in files):
        raise InputError(f"The model in {str(folder)!r} lacks its tokenizer.")
    names = [path.relative_to(folder).as_posix() for path in files]
    lines = [f"{hash_file(path)} {name}" for path, name in zip(files, names, strict=True)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def find_commit(repository: str, revision: str | None) -> str:
    """Find the commit of a model on the Hugging Face hub, on this machine first.

    A model that was downloaded once stays at its commit until the cache is emptied, with or
    without a network: one branch name means one set of weights to a process and to the next.

    Args:
        repository: "owner/name".
        revision: branch, tag or commit; none: the main branch.

    Raises:
        InputError: the hub does not know the model or revision, or cannot be reached.
    """
    from huggingface_hub import is_offline_mode

    wanted = repository if revision is None else f"{repository}@{revision}"
    try:
        cached = _cached_commit(repository, revision)
    except ValueError as error:
        raise InputError(f"{wanted!r} names no encoder and no folder.") from error
    if cached is not None:
        return cached
    if is_offline_mode():
        raise InputError(f"The model {wanted!r} is not on this machine, and the hub is offline.")
    return _hub_commit(repository, revision, wanted)


@contextmanager
def loading(model: str) -> Iterator[None]:
    """Load a model without progress bars, and turn what libraries raise into one sentence.

    Raises:
        InputError: the model could not be loaded.
    """
    from safetensors import SafetensorError
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call] # transformers' own
    try:
        yield
    except UnpicklingError as error:
        raise InputError(
            f"The model {model!r} cannot be loaded: its weights are pickled and could run code; "
            "only safetensors, or pickles of nothing but weights, are read."
        ) from error
    except (
        _network_failure(),
        OSError,
        ValueError,
        AssertionError,  # open_clip, of a checkpoint for another architecture
        TypeError,  # sentence-transformers, of a folder that lacks a configuration file
        LookupError,
        RuntimeError,
        SafetensorError,
    ) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"The model {model!r} cannot be loaded: {reason}") from error
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call] # transformers' own


def _cached_commit(repository: str, revision: str | None) -> str | None:
    from huggingface_hub import try_to_load_from_cache

    paths = (try_to_load_from_cache(repository, name, revision=revision) for name in WITNESSES)
    snapshot = next((Path(path) for path in paths if isinstance(path, str)), None)
    return None if snapshot is None else snapshot.parent.name


def _hub_commit(repository: str, revision: str | None, wanted: str) -> str:
    """Ask the hub, and fetch one small file under the branch's name.

    Only such a fetch makes the cache remember which commit the branch had.
    """
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        model = HfApi().model_info(repository, revision=revision, timeout=HUB_SECONDS)
        names = {file.rfilename for file in model.siblings or ()}
        witness = next((name for name in WITNESSES if name in names), None)
        if witness is None:
            raise InputError(f"The hub's repository {wanted!r} holds no model that can be read.")
        return Path(hf_hub_download(repository, witness, revision=revision)).parent.name
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise InputError(f"The hub has no model {wanted!r}, or it is not public.") from error
    except (_network_failure(), OSError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"The hub cannot be reached for the model {wanted!r}: {reason}") from error


def _network_failure() -> type[Exception]:
    """Return the error of the hub's HTTP client, whichever client its version uses."""
    from huggingface_hub import errors

    failure: type[Exception] = errors.HTTPError  # type: ignore[attr-defined] # imported there
    return failure
