"""One OpenAI-compatible model server: many requests at once, each with a form for its answer.

Shared by the doors that ask models (`resources.chat`, `resources.captioner`). What is asked and
how an answer is read is theirs; here is the stream of requests, which has no gaps: the next one
starts when one has ended, whatever the caller does with the answers meanwhile.
"""

from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from resources.asking import Asking
from resources.in_flight import in_flight
from resources.served_model import ServedModel
from saetm.errors import InputError, ReplyError

if TYPE_CHECKING:
    from httpx2 import AsyncHTTPTransport
    from openai import AsyncOpenAI

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class ModelServer(ServedModel):
    """A model that somebody serves, asked about one item after the other."""

    def each(
        self, items: Iterable[Item], about: Callable[[Asking, Item], Awaitable[Answer]]
    ) -> Generator[tuple[Item, Answer | ReplyError], None, None]:
        """Ask about every item and yield each result as soon as it is there.

        At most `concurrency` requests are under way, and as many more items are being prepared or
        wait to be taken. Items are read in the caller's thread as there is room for them; nothing
        starts before the first result is asked for, and without items nobody is asked.

        A question that raises ReplyError has failed alone: the error is its result. When the
        server is gone, what is under way is still yielded, then the error is raised.

        Args:
            items: what is asked about.
            about: asks about one item, by `Asking.ask`.

        Yields:
            An item and its result, in order of completion.

        Raises:
            InputError: the server cannot be reached, refuses the key, does not have the model, or
                left `patience` questions in a row without an answer.
        """
        waiting = iter(items)
        first = list(islice(waiting, 1))
        if not first:
            return
        with start_blocking_portal() as portal, self._asking(portal) as asking:
            wanted = takewhile(lambda _: asking.failure is None, chain(first, waiting))
            work = partial(about, asking)
            with closing(in_flight(portal, work, wanted, at_once=2 * self.concurrency)) as done:
                for item, future in done:
                    result = _result(future)
                    if isinstance(result, InputError):
                        asking.failure = asking.failure or result
                    else:
                        yield item, result
            if asking.failure:
                raise asking.failure

    @contextmanager
    def _asking(self, portal: BlockingPortal) -> Iterator[Asking]:
        """Open a connection, once the server has answered anything at all."""
        with self._connected(portal) as asking:
            portal.call(asking.knock)
            yield asking

    @contextmanager
    def _connected(
        self, portal: BlockingPortal, transport: "AsyncHTTPTransport | None" = None
    ) -> Iterator[Asking]:
        with portal.wrap_async_context_manager(self._client(transport)) as client:
            yield Asking(self, client)

    def _client(self, transport: "AsyncHTTPTransport | None") -> "AsyncOpenAI":
        from httpx2 import Limits
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        limits = Limits(
            max_connections=self.concurrency + 1, max_keepalive_connections=self.concurrency + 1
        )
        return AsyncOpenAI(
            base_url=self.base_url,
            api_key=self.api_key.get_secret_value() if self.api_key else "none",
            timeout=self.timeout_seconds,
            max_retries=self.retries,
            http_client=DefaultAsyncHttpxClient(limits=limits, transport=transport),
        )


def _result(future: Future[Answer]) -> Answer | ReplyError | InputError:
    try:
        return future.result()
    except (ReplyError, InputError) as error:
        return error
