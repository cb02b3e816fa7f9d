"""The notify door: who is told when something went wrong while nobody looked."""

import logging
from dataclasses import asdict, dataclass
from typing import Protocol

from saetm.errors import SaetmError

TIMEOUT_SECONDS = 10.0
LOGGER = logging.getLogger("saetm")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person should know."""

    text: str  # one sentence or a few
    dataset: str
    run_id: str
    failures: dict[str, str]  # step to its reason


class Notifier(Protocol):
    """Tells somebody."""

    def tell(self, notice: Notice) -> None:
        """Pass a notice on.

        Raises:
            SaetmError: it could not be passed on.
        """
        ...


class LogNotifier:
    """Writes notices to the log, where the daemon's other output goes."""

    def tell(self, notice: Notice) -> None:
        """Log the text as an error."""
        LOGGER.error("%s", notice.text)


class WebhookNotifier:
    """Posts notices as JSON: `text`, which chat services show, and the parts beside it."""

    def __init__(self, url: str) -> None:
        """Post to this address."""
        self._url = url

    def tell(self, notice: Notice) -> None:
        """Post the notice once.

        Raises:
            SaetmError: nobody answers, or the answer is an error. The address is not named: a
                web hook's is its key.
        """
        import httpx2

        try:
            answer = httpx2.post(self._url, json=asdict(notice), timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
        except httpx2.HTTPStatusError as error:
            status = error.response.status_code
            raise SaetmError(f"the web hook answered {status}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SaetmError(f"the web hook cannot be reached: {type(error).__name__}") from None


def open_notifier(url: str | None) -> Notifier:
    """Open the web hook of this address, or the log where there is none."""
    return LogNotifier() if url is None else WebhookNotifier(url)
