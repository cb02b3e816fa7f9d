"""The door to autoencoders of token states that are there already."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from resources.dictionaries.gemma_scope import open_gemma_scope
from resources.dictionaries.published import Published
from resources.dictionaries.saelens import open_saelens
from resources.dictionaries.sparsify import open_sparsify
from saetm.errors import InputError, SaetmError
from saetm.prompts.wording import clean
from saetm.sae.weights import from_safetensors
from saetm.tokens.dictionary import from_weights


def open_dictionary(name: str) -> Published:
    """Read an autoencoder by its name, whatever format it is in.

    Args:
        name: format and place: `file:PATH` exported by saetm, `saelens:`, `sparsify:` or
            `gemma_scope:` with a folder, file or name on the hub.

    Raises:
        InputError: there is no such autoencoder, or it cannot be read; nothing that is pickled is.
    """
    kind, _, place = name.partition(":")
    if kind not in FORMATS or not place:
        raise InputError(
            f"The autoencoder {clean(name)!r} is none: name it as "
            f"{', '.join(f'{each}:PLACE' for each in FORMATS)}, or train."
        )
    try:
        return FORMATS[kind](place)
    except SaetmError as error:
        raise InputError(f"The autoencoder {clean(name)!r} cannot be used: {error}.") from error


def _open_own(name: str) -> Published:
    """Read an autoencoder that saetm exported."""
    path = Path(name).expanduser()
    try:
        weights = from_safetensors(path.read_bytes())
    except OSError:
        raise InputError("there is no such file") from None
    return Published(from_weights(weights), f"file {path.name}@{weights.sae_id}", None, None)


FORMATS: Final[dict[str, Callable[[str], Published]]] = {
    "file": _open_own,
    "saelens": open_saelens,
    "sparsify": open_sparsify,
    "gemma_scope": open_gemma_scope,
}
