"""One round of questions to a model server: how many at once, and whether it still goes on."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, Semaphore, to_thread

from resources.served_model import ServedModel, UnavailableError
from saetm.errors import InputError, OutOfReachError, ReplyError
from saetm.prompts.questions import JSON

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

READERS = 4  # threads that prepare what is sent: images are read and packed beside the requests

Value = TypeVar("Value")


class Asking:
    """A connection in use; it belongs to one event loop."""

    def __init__(self, served: ServedModel, client: "AsyncOpenAI") -> None:
        self.failure: InputError | None = None  # why nothing is asked any more
        self._served = served
        self._client = client
        self._gate = Semaphore(served.concurrency)
        self._readers = CapacityLimiter(READERS)
        self._missing = 0  # answers in a row

    async def knock(self) -> None:
        """Ask for anything at all.

        Raises:
            InputError: nobody is there. A server that answers with an error is: the first
                request shows the rest.
        """
        import openai

        client = self._client.with_options(max_retries=min(self._served.retries, 1))
        failure: InputError | None = None
        try:
            await client.models.with_raw_response.list()
        except openai.APIStatusError:
            return
        except openai.APIConnectionError as error:
            failure = self._served.unreachable(error)
        if failure:
            raise failure

    async def beside(self, work: Callable[[], Value]) -> Value:
        """Do blocking work in one of a few threads, so that the requests go on."""
        return await to_thread.run_sync(work, limiter=self._readers)

    async def ask(self, content: JSON, schema: dict[str, JSON]) -> str:
        """Ask once and return the reply as it was written.

        Args:
            content: a prompt, or parts as the OpenAI API takes them, texts and images.
            schema: JSON schema of the reply.

        Raises:
            ReplyError: this request got no usable answer.
            InputError: no request will get one; this one was perhaps not sent.
        """
        async with self._gate:
            if self.failure:
                raise self.failure
            try:
                completion = await self._request(content, schema)
            except (InputError, ReplyError) as error:
                self._note(error)
                raise
        self._missing = 0
        return self._text(completion)

    async def _request(self, content: JSON, schema: dict[str, JSON]) -> "ChatCompletion":
        import openai
        from openai.types.chat import ChatCompletion

        try:
            # not chat.completions.create: its walk through the types of the body takes a fifth
            # of the processor's time
            completion = await self._client.post(
                "/chat/completions", cast_to=ChatCompletion, body=self._body(content, schema)
            )
        except openai.OpenAIError as error:
            failure: InputError | ReplyError = self._served.translated(error)
        except ValueError:  # the client parses the body without a guard
            failure = ReplyError("the server sent a broken answer")
        else:
            if isinstance(completion, ChatCompletion):
                return completion
            # the client passes other bodies through
            failure = InputError(f"{self._served.address} does not speak the OpenAI chat protocol")
        raise failure  # out here, so that it carries no foreign error: their texts may hold keys

    def _body(self, content: JSON, schema: dict[str, JSON]) -> dict[str, JSON]:
        return {
            "model": self._served.model,
            "messages": [{"role": "user", "content": content}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": schema, "strict": True},
            },
            "max_completion_tokens": self._served.max_tokens,
            "temperature": 0,
            "seed": self._served.seed,
        }

    def _note(self, error: InputError | ReplyError) -> None:
        """Count what the server owes; give up where it owes too much."""
        if isinstance(error, InputError):
            self.failure = self.failure or error
            return
        self._missing = self._missing + 1 if isinstance(error, UnavailableError) else 0
        if self._missing >= self._served.patience:
            self.failure = OutOfReachError(
                f"gave up on {self._served.address} after {self._missing} failures in a row: "
                f"{error}"
            )

    def _text(self, completion: "ChatCompletion") -> str:
        """Return the text of the one choice.

        Raises:
            ReplyError: there is none, or it was cut off.
        """
        choice = completion.choices[0] if completion.choices else None
        if choice is None or choice.message is None or not choice.message.content:
            raise ReplyError("the model gave no answer")
        if choice.finish_reason == "length":
            raise ReplyError(f"the answer was cut off at {self._served.max_tokens} tokens")
        return choice.message.content
