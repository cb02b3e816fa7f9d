"""The door to a catalog: events of OpenLineage as lines of JSON, or posted to a server."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from saetm.errors import InputError, OutOfReachError

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent
    from openlineage.client.transport.http import HttpTransport

SECONDS = 30.0  # that a server may take to answer
PATIENCE = {"total": 3, "connect": 2, "read": 2, "backoff_factor": 0.2}  # a second in all


class Catalog(Protocol):
    """Takes events of OpenLineage."""

    def take(self, events: "Iterable[RunEvent]") -> int:
        """Take events in their order, and return how many there were.

        Raises:
            SaetmError: the catalog cannot be reached, or refuses one.
        """
        ...


class FileCatalog:
    """A file with one event per line, which is written anew."""

    def __init__(self, path: Path) -> None:
        """Write to this file."""
        self._path = path

    def take(self, events: "Iterable[RunEvent]") -> int:
        """Write the events."""
        lines = [as_json(event) for event in events]
        try:
            self._path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            raise InputError(f"{self._path} cannot be written: {error.strerror}") from error
        return len(lines)


class HttpCatalog:
    """A server that takes events at /api/v1/lineage, such as Marquez or DataHub."""

    def __init__(self, url: str, key: SecretStr | None) -> None:
        """Post to this server.

        Args:
            url: its address; what comes after the host is left out.
            key: sent as a bearer token, if it wants one.
        """
        self._url, self._key = url, key

    def take(self, events: "Iterable[RunEvent]") -> int:
        """Post the events one by one; a refusal ends it."""
        from requests import RequestException

        sent = 0
        transport = self._transport()
        try:
            for event in events:
                transport.emit(event)
                sent += 1
        except RequestException as error:
            host = urlsplit(self._url).hostname
            raise OutOfReachError(f"{host} took {sent} events, then: {error}") from error
        finally:
            transport.close()
        return sent

    def _transport(self) -> "HttpTransport":
        from openlineage.client.transport.http import (
            ApiKeyTokenProvider,
            HttpConfig,
            HttpTransport,
            TokenProvider,
        )
        from openlineage.client.transport.http_common import DEFAULT_RETRY_CONFIG

        key = self._key.get_secret_value() if self._key else None
        auth = ApiKeyTokenProvider({"apiKey": key}) if key else TokenProvider({})
        return HttpTransport(
            HttpConfig(self._url, timeout=SECONDS, auth=auth, retry=DEFAULT_RETRY_CONFIG | PATIENCE)
        )


def open_catalog(to: str, key: SecretStr | None) -> Catalog:
    """Open what an address or a path names.

    Raises:
        InputError: the extra is not installed, or no host is named.
    """
    if find_spec("openlineage") is None:
        raise InputError("openlineage-python is not installed: pip install saetm[openlineage]")
    if not to.startswith(("http://", "https://")):
        return FileCatalog(Path(to))
    if not urlsplit(to).hostname:
        raise InputError(f"{to!r} names no host")
    return HttpCatalog(to, key)


def as_json(event: "RunEvent") -> str:
    """Write an event as one line of JSON."""
    from openlineage.client.serde import Serde

    return Serde.to_json(event)
