"""NLTK's data: where it lies on this machine, and how it gets there."""

import subprocess
import sys
from typing import TYPE_CHECKING, Final, Literal

from saetm.errors import InputError

if TYPE_CHECKING:
    from nltk.data import PathPointer

Package = Literal["wordnet", "stopwords", "punkt_tab", "averaged_perceptron_tagger_eng"]

PLACES: Final[dict[Package, str]] = {
    "wordnet": "corpora/wordnet",
    "stopwords": "corpora/stopwords",
    "punkt_tab": "tokenizers/punkt_tab/english",
    "averaged_perceptron_tagger_eng": "taggers/averaged_perceptron_tagger_eng",
}
DOWNLOAD_SECONDS: Final = 90  # 15 MB in all; more than that and the network is not there


def find(package: Package, data_path: str | None) -> "PathPointer":
    """Find the folder of a package, unpacked or in its zip.

    Args:
        package: the package's name.
        data_path: a folder to search before NLTK's own. NLTK reads no files outside its
            search path, so the folder is appended to it, for this process.

    Raises:
        InputError: the package is nowhere.
    """
    import nltk.data

    if data_path is not None and data_path not in nltk.data.path:
        nltk.data.path.append(data_path)
    own = [] if data_path is None else [data_path]
    try:
        return nltk.data.find(f"{PLACES[package]}/", own + nltk.data.path)
    except LookupError as error:
        raise InputError(
            f"NLTK's package {package!r} was not found; run `python -m nltk.downloader {package}`"
            " or give the folder that holds it."
        ) from error


def download(data_path: str | None) -> None:
    """Fetch the packages that are missing, with NLTK's own downloader, as far as it gets.

    It runs in a process of its own, since only that can be ended for certain when a server
    neither answers nor closes. Whether a package came is for `find` to tell.

    Args:
        data_path: folder to fill; none: NLTK's own.
    """
    missing = [package for package in PLACES if not _is_there(package, data_path)]
    if not missing:
        return
    target = [] if data_path is None else ["--dir", data_path]
    command = [sys.executable, "-m", "nltk.downloader", "--quiet", *target, *missing]
    try:
        subprocess.run(  # noqa: S603 (no shell, and no word of the command is from outside)
            command,
            timeout=DOWNLOAD_SECONDS,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return


def _is_there(package: Package, data_path: str | None) -> bool:
    try:
        find(package, data_path)
    except InputError:
        return False
    return True
