"""One OpenAI-compatible model server: many requests at once, each with a form for its answer.

Shared by the doors that ask models (`resources.chat`, `resources.captioner`). What is asked and
how an answer is read is theirs; here are the connection, its patience and its failures.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from itertools import islice, takewhile
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from saetm.errors import InputError, OutOfReachError, ReplyError
from saetm.prompts.questions import JSON
from saetm.prompts.wording import shorten

if TYPE_CHECKING:
    from openai import OpenAI, OpenAIError
    from openai.types.chat import ChatCompletion, ChatCompletionContentPartParam

Answer = TypeVar("Answer")
Job = Callable[["OpenAI"], Answer]

_CAUSE = 200  # characters of a foreign error that ours repeats


class UnavailableError(ReplyError):
    """The server is there and could not answer this time, its retries used up."""


class ModelServer(BaseModel):
    """Where a model is served, how it is sampled, and how patiently it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="address of the API, with its /v1")
    model: str = Field(description="name under which the model is served")
    api_key: SecretStr | None = Field(default=None, description="key, where the server wants one")
    revision: str | None = Field(default=None, description="revision of the weights, if known")
    seed: int = Field(default=0, description="seed of the sampling, which is greedy")
    max_tokens: int = Field(default=512, gt=0, description="longest answer, in tokens")
    timeout_seconds: float = Field(default=120.0, gt=0, description="wait for one answer")
    retries: int = Field(default=4, ge=0, description="further tries, with growing pauses")
    concurrency: int = Field(default=8, gt=0, description="requests under way at once")
    patience: int = Field(default=16, gt=0, description="answers missing in a row before giving up")

    @property
    def producer(self) -> str:
        """Model, revision and sampling, as a row records them."""
        revision = f"@{self.revision}" if self.revision else ""
        sampling = f"temperature 0, seed {self.seed}, at most {self.max_tokens} tokens"
        return f"openai:{self.model}{revision} ({sampling})"

    def each(self, jobs: Sequence[Job[Answer]]) -> Iterator[tuple[int, Answer | ReplyError]]:
        """Do the jobs, `concurrency` at a time, and yield each result as soon as it is there.

        A job that raises ReplyError has failed alone: the error is its result. When the server
        is gone, what is under way is still yielded, then the error is raised. Nothing starts
        before the first result is asked for.

        Yields:
            The position of the job and its result, in order of completion.

        Raises:
            InputError: the server cannot be reached, refuses the key, does not have the model, or
                left `patience` jobs in a row without an answer.
        """
        failure: InputError | None = None
        missing = 0
        wanted = takewhile(lambda _: failure is None, enumerate(jobs))
        with (
            self._connect() as client,
            closing(_completed(wanted, client, at_once=self.concurrency)) as completed,
        ):
            for index, future in completed:
                try:
                    result = _result(future)
                except InputError as error:
                    failure = error
                    continue
                missing = missing + 1 if isinstance(result, UnavailableError) else 0
                if missing >= self.patience:
                    failure = OutOfReachError(
                        f"gave up on {self.base_url} after {missing} failures in a row: {result}"
                    )
                yield index, result
        if failure:
            raise failure

    def ask(
        self,
        client: "OpenAI",
        content: "str | list[ChatCompletionContentPartParam]",
        schema: dict[str, JSON],
    ) -> str:
        """Ask once and return the reply as it was written; a job of `each` calls this.

        Raises:
            ReplyError: this request got no usable answer.
            InputError: no request will get one.
        """
        import openai
        from openai.types.chat import ChatCompletion

        try:
            completion = client.chat.completions.create(
                model=self.model,
                messages=[{"role": "user", "content": content}],
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "answer", "schema": dict(schema), "strict": True},
                },
                max_completion_tokens=self.max_tokens,
                temperature=0,
                seed=self.seed,
            )
        except openai.OpenAIError as error:
            raise self._translated(error) from error
        except ValueError as error:  # the client parses the body without a guard
            raise ReplyError("the server sent a broken answer") from error
        if not isinstance(completion, ChatCompletion):  # the client passes other bodies through
            raise InputError(f"{self.base_url} does not speak the OpenAI chat protocol")
        return self._text(completion)

    @contextmanager
    def _connect(self) -> Iterator["OpenAI"]:
        """Open a client, once the server has answered anything at all."""
        import openai

        with openai.OpenAI(
            base_url=self.base_url,
            api_key=self.api_key.get_secret_value() if self.api_key else "none",
            timeout=self.timeout_seconds,
            max_retries=self.retries,
        ) as client:
            knock = client.with_options(max_retries=min(self.retries, 1)).models.with_raw_response
            try:
                # A server that answers with an error is there: the first request shows the rest.
                with suppress(openai.APIStatusError):
                    knock.list()
            except openai.APIConnectionError as error:
                raise self._unreachable(error) from error
            yield client

    def _translated(self, error: "OpenAIError") -> InputError | ReplyError:
        """Tell failures of one request from those of all."""
        import openai

        cause = shorten(getattr(error, "message", str(error)), _CAUSE)
        match error:
            case openai.APITimeoutError():
                return UnavailableError(f"no answer within {self.timeout_seconds:g} seconds")
            case openai.APIConnectionError():
                return self._unreachable(error)
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return InputError(f"{self.base_url} refuses the API key: {cause}")
            case openai.NotFoundError():
                return InputError(f"{self.base_url} does not serve {self.model!r}: {cause}")
            case openai.RateLimitError() | openai.InternalServerError():
                return UnavailableError(
                    f"the server answered with status {error.status_code}: {cause}"
                )
            case _:
                return ReplyError(f"the server refused the request: {cause}")

    def _unreachable(self, error: Exception) -> InputError:
        cause = shorten(str(error.__cause__ or error), _CAUSE)
        return OutOfReachError(
            f"no model server answers at {self.base_url} ({cause}); start it or correct the address"
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
            raise ReplyError(f"the answer was cut off at {self.max_tokens} tokens")
        return choice.message.content


def _completed(
    jobs: Iterable[tuple[int, Job[Answer]]], client: "OpenAI", *, at_once: int
) -> Generator[tuple[int, Future[Answer]], None, None]:
    """Yield the finished jobs, taking a new one only where one has ended."""
    waiting = iter(jobs)
    running: dict[Future[Answer], int] = {}
    with ThreadPoolExecutor(at_once) as pool:
        while True:
            for index, job in islice(waiting, at_once - len(running)):
                running[pool.submit(job, client)] = index
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future


def _result(future: Future[Answer]) -> Answer | ReplyError:
    try:
        return future.result()
    except ReplyError as error:
        return error
