"""Open object stores by URI, and say in one sentence what is wrong with one.

Keys come from the stores' own environment variables, as for the lake; a URI that carries one is
refused, and no sentence repeats an address that a store was asked at: it may be signed.
"""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from saetm.errors import InputError

if TYPE_CHECKING:  # obstore has these for type checkers only
    from obstore.store import RetryConfig

SCHEMES = ("s3", "s3a", "gs", "az")
STORE_ERRORS = (BaseError, OSError, ValueError)  # all that obstore is known to raise
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_QUERY = re.compile(r"\?[^/]*=")  # signatures come this way
_MESSAGE = re.compile(r"<Message>(.+?)</Message>")  # how stores answer
_ADDRESS = re.compile(r"\S*://\S*")
_LONGEST_REASON = 200  # characters
# A sensor waits for the answer: three tries, as the default of ten would hold up every dataset.
_PATIENCE: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=20)}


def is_uri(folder: str) -> bool:
    """Tell the URI of a store from a path."""
    return "://" in folder and not folder.startswith("file://")


def check_uri(uri: str) -> str:
    """Return a URI without slashes at the end.

    Raises:
        InputError: no store can be opened by it.
    """
    scheme, _, rest = uri.partition("://")
    if scheme not in SCHEMES:
        raise InputError(f"no folder can lie in {scheme}://: use a path, s3://, gs:// or az://")
    if not _BUCKET.fullmatch(rest.partition("/")[0]) or _QUERY.search(rest):
        raise InputError(
            f"a URI of {scheme}:// is {scheme}://BUCKET/FOLDER; keys do not belong into it but "
            "into the store's environment variables"
        )
    return uri.rstrip("/")


def open_store(uri: str) -> ObjectStore:
    """Open a store whose paths begin below the URI; nothing is asked yet.

    Raises:
        InputError: no store can be opened by it, or its environment variables are wrong.
    """
    scheme, _, rest = check_uri(uri).partition("://")
    bucket, _, prefix = rest.partition("/")
    try:
        if scheme == "gs":
            return GCSStore(bucket, prefix=prefix or None, retry_config=_PATIENCE)
        if scheme == "az":
            return AzureStore(bucket, prefix=prefix or None, retry_config=_PATIENCE)
        return S3Store(bucket, prefix=prefix or None, retry_config=_PATIENCE)
    except STORE_ERRORS as error:
        raise InputError(f"{uri!r} cannot be opened: {reason(error)}") from None


def reason(error: Exception) -> str:
    """Say in part of a sentence what a store objects to, without addresses."""
    text = str(error).partition("\n\nDebug source")[0]
    if answer := _MESSAGE.search(text):
        return answer[1].rstrip(".")[:_LONGEST_REASON]
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return "the store refuses the keys that it was given"
    cause = _ADDRESS.sub("", text.splitlines()[0].rpartition(" - ")[2] if text else "")
    return " ".join(cause.split())[:_LONGEST_REASON] or type(error).__name__
