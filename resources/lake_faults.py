"""What can go wrong in a lake, as one sentence for a person."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from deltalake.exceptions import CommitFailedError, DeltaError

from saetm.errors import InputError, SaetmError

STORE_MESSAGE = re.compile(r"<Message>(.+?)</Message>")  # how object stores answer
CAUSE = re.compile(r"↳(.+)")  # how deltalake prints a chain of causes, the root of it last
ADORNMENT = re.compile(r"\x1b\[\d+m|Generic \w+ error:|Kernel error:")
SYSTEM_ERROR = "(os error"
# In a folder's name deltalake fails on these, and Polars takes key=value for a partition.
UNFIT = re.compile(r"[\x00-\x1f\x7f=\\\[\]\ud800-\udfff]|%[0-9A-Fa-f]{2}")
SCHEMES = {"s3", "s3a", "gs", "az", "abfs", "abfss"}
RACE_SIGNS = ("concurrent", "changed since last commit", "already exists")
LONGEST_REASON = 200  # characters


@contextmanager
def translated(verb: Literal["read", "written"], uri: str) -> Iterator[None]:
    """Turn the errors of deltalake and of the file system into a sentence that names the table.

    Raises:
        SaetmError: the disk is full, the folder read-only, the log damaged, the store away ...
    """
    try:
        yield
    except (DeltaError, OSError) as error:
        raise SaetmError(f"the table {uri} cannot be {verb}: {_reason(error)}") from error


def is_race(error: DeltaError | OSError) -> bool:
    """Say whether a commit lost against another writer, so that doing it again may help."""
    message = str(error).lower()
    return isinstance(error, CommitFailedError) or (
        isinstance(error, DeltaError) and any(sign in message for sign in RACE_SIGNS)
    )


def check_root(root: str) -> str:
    """Return the root of a lake; deltalake takes a table of an unknown scheme for an absent one.

    Raises:
        InputError: it is a folder in whose name readers would get lost, or an unknown store.
    """
    scheme, _, rest = root.partition("://")
    if rest and scheme not in SCHEMES:
        raise InputError(f"the lake cannot lie in {root!r}: use a folder, s3://, gs:// or az://")
    if unfit := UNFIT.search(rest or root):
        raise InputError(
            f"the lake cannot lie in {root!r}: Delta tables do not work below a folder with "
            f"{unfit[0]!r} in its name"
        )
    return root


def _reason(error: DeltaError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if is_race(error):
        return "other processes kept writing to it; run again"
    text = str(error)
    causes = STORE_MESSAGE.findall(text) or CAUSE.findall(text) or text.splitlines()
    cause = ADORNMENT.sub("", causes[-1] if CAUSE.search(text) else causes[0]).strip()
    if SYSTEM_ERROR in text:
        cause = cause.rpartition(": ")[2].partition(f" {SYSTEM_ERROR}")[0]
    return cause[:LONGEST_REASON] or type(error).__name__
