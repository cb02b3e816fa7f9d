"""A model behind an OpenAI-compatible API: where it is, how it is sampled, what its failures say.

No sentence made here holds the key or a password of the address: sentences are logged and stored.
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from saetm.errors import InputError, OutOfReachError, ReplyError
from saetm.prompts.wording import shorten

if TYPE_CHECKING:
    from openai import OpenAIError

_CAUSE = 200  # characters of a foreign error that ours repeats
_HIDDEN = "***"


class UnavailableError(ReplyError):
    """The server is there and could not answer this time, its retries used up."""


class ServedModel(BaseModel):
    """Where a model is served, how it is sampled, and how patiently it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="address of the API, with its /v1", repr=False)
    model: str = Field(description="name under which the model is served")
    api_key: SecretStr | None = Field(default=None, description="key, where the server wants one")
    revision: str | None = Field(default=None, description="revision of the weights, if known")
    seed: int = Field(default=0, description="seed of the sampling, which is greedy")
    max_tokens: int = Field(default=512, gt=0, description="longest answer, in tokens")
    timeout_seconds: float = Field(default=120.0, gt=0, description="wait for one answer")
    retries: int = Field(default=4, ge=0, description="further tries, with growing pauses")
    concurrency: int = Field(default=32, gt=0, description="requests under way at once")
    patience: int = Field(default=16, gt=0, description="answers missing in a row before giving up")

    @property
    def producer(self) -> str:
        """Model, revision and sampling, as a row records them."""
        return f"openai:{self._name} ({self._sampling})"

    @property
    def address(self) -> str:
        """The address as messages show it: without user and password."""
        parts = urlsplit(self.base_url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def _name(self) -> str:
        return f"{self.model}@{self.revision}" if self.revision else self.model

    @property
    def _sampling(self) -> str:
        return f"temperature 0, seed {self.seed}, at most {self.max_tokens} tokens"

    def translated(self, error: "OpenAIError") -> InputError | ReplyError:
        """Say a failure of the client in a sentence; tell those of one request from those of all.

        Returns:
            InputError where no request will get an answer, else ReplyError.
        """
        import openai

        match error:
            case openai.APITimeoutError():
                return UnavailableError(f"no answer within {self.timeout_seconds:g} seconds")
            case openai.APIConnectionError():
                return self.unreachable(error)
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return InputError(f"{self.address} refuses the API key: {self._cause(error)}")
            case openai.NotFoundError():
                return InputError(
                    f"{self.address} does not serve {self.model!r}: {self._cause(error)}"
                )
            case openai.RateLimitError() | openai.InternalServerError():
                return UnavailableError(
                    f"the server answered with status {error.status_code}: {self._cause(error)}"
                )
            case _:
                return ReplyError(f"the server refused the request: {self._cause(error)}")

    def unreachable(self, error: Exception) -> OutOfReachError:
        """Say that nobody answers at this address."""
        cause = self._cause(error.__cause__ or error)
        return OutOfReachError(
            f"no model server answers at {self.address} ({cause}); start it or correct the address"
        )

    def _cause(self, error: BaseException) -> str:
        """Repeat a foreign error, without what it may repeat itself: servers echo keys."""
        text = getattr(error, "message", str(error)).replace(self.base_url, self.address)
        parts = urlsplit(self.base_url)
        secrets = [self.api_key.get_secret_value() if self.api_key else None, parts.password]
        for secret in filter(None, secrets):
            text = text.replace(secret, _HIDDEN)
        return shorten(text, _CAUSE)
