"""Files of published autoencoders: on this machine or on the hub, and none that is pickled."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resources.weights import HASH_LENGTH, hash_file
from saetm.errors import InputError


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with the files of one autoencoder, here or in a repository of the hub."""

    folder: str  # on this machine, or within the repository
    repository: str = ""  # owner/name; empty on this machine
    revision: str | None = None

    @property
    def name(self) -> str:
        """What a person would call it."""
        return f"{self.repository}/{self.folder}".strip("/") if self.repository else self.folder

    def file(self, name: str) -> Path:
        """Return the path of a file, which is downloaded where it is not here yet.

        Raises:
            InputError: there is none.
        """
        if self.repository:
            return _download(self, name)
        path = Path(self.folder) / name
        if not path.is_file():
            raise InputError(f"there is no {name!r} in {self.folder!r}")
        return path

    def version(self, file: Path) -> str:
        """Return the commit of a file on the hub, or the hash of one on this machine."""
        if self.repository:  # the cache's folder: .../snapshots/COMMIT/PATH
            parts = file.parts
            return parts[parts.index("snapshots") + 1]
        return hash_file(file)[:HASH_LENGTH]


def find_place(name: str) -> Place:
    """Tell what a name means: a folder of this machine, or OWNER/REPOSITORY[/FOLDER][@REVISION].

    Raises:
        InputError: it is neither.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Place(str(folder))
    path, _, revision = name.partition("@")
    owner, _, rest = path.partition("/")
    repository, _, inside = rest.partition("/")
    if not owner or not repository or path.startswith(("~", ".")):
        raise InputError(f"there is no folder {name!r}, and no OWNER/REPOSITORY/FOLDER is named so")
    return Place(inside, f"{owner}/{repository}", revision or None)


def read_json(path: Path) -> dict[str, Any]:
    """Read a configuration.

    Raises:
        InputError: it is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path.name!r} holds no JSON") from error
    if not isinstance(found, dict):
        raise InputError(f"{path.name!r} holds no settings")
    return found


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read arrays of any number type as float32.

    Raises:
        InputError: the file is no safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # knows bfloat16

    try:
        return {name: array.float().numpy() for name, array in load_file(path).items()}
    except (SafetensorError, OSError, ValueError) as error:
        raise InputError(f"{path.name!r} holds no safetensors: {error}") from error


def read_npz(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read arrays of NumPy, and no objects, which could run code.

    Raises:
        InputError: the file holds none, or objects.
    """
    from zipfile import BadZipFile

    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: np.asarray(found[name], dtype=np.float32) for name in found.files}
    except (BadZipFile, OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path.name!r} holds no arrays of NumPy: {error}") from error


def _download(place: Place, name: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    inside = f"{place.folder}/{name}" if place.folder else name
    try:
        return Path(hf_hub_download(place.repository, inside, revision=place.revision))
    except (HfHubHTTPError, OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"the hub gives no {inside!r} of {place.repository!r}: {reason}"
        ) from error
