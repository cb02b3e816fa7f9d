"""Where everything lives and how it runs: the one reader of the environment."""

import re
import reprlib
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from saetm.errors import InputError

WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/%\[\]-]+", re.ASCII)  # no query, no user


class Settings(BaseSettings):
    """Settings from environment variables with the prefix SAETM_; every one has a default.

    A variable that is set to nothing counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="SAETM_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    home: Path = Field(Path(".saetm"), description="folder that holds everything")
    lake: str | None = Field(None, description="URI of the Delta tables; default HOME/lake")
    inbox: str | None = Field(
        None, description="folder or URI below which each folder is a dataset; default HOME/inbox"
    )
    nltk_data: str | None = Field(None, description="extra folder to look for NLTK's data")
    lexicon: Literal["auto", "nltk", "simplemma"] = Field("auto", description="source of lemmas")
    nltk_download: bool = Field(default=False, description="download missing NLTK data")
    device: str = Field("auto", description="torch device: auto, cpu, cuda, cuda:1 ...")
    dtype: str = Field("auto", description="torch dtype of encoders: auto, float32, bfloat16")
    batch_size: int = Field(64, gt=0, description="rows per forward pass of an encoder")
    trust_remote_code: bool = Field(
        default=False, description="run the code that text encoders of the hub bring along"
    )
    executor: Literal["in_process", "multiprocess", "kubernetes"] = Field(
        "in_process", description="how the steps of a run are executed"
    )
    card_resource: str = Field(
        "nvidia.com/gpu", description="what a Kubernetes cluster calls its cards"
    )
    engine: Literal["local", "ray"] = Field(
        "local", description="where row work runs: in the step's process, or on a Ray cluster"
    )
    ray_address: str | None = Field(
        None, description="Ray cluster, HOST:PORT; default RAY_ADDRESS, else this machine's"
    )
    ray_workers: int | None = Field(
        None, gt=0, description="workers on it; default one per accelerator, else one per core"
    )
    look_seconds: int = Field(
        30, gt=0, description="seconds between two looks of a sensor at folders and changes"
    )
    notify_url: SecretStr | None = Field(
        None, description="web hook that is told of failed runs in place of the log"
    )
    keep_days: int = Field(
        30, ge=1, description="days for which maintenance keeps what was replaced or removed"
    )
    dagster_url: str = Field(
        "http://127.0.0.1:3000", description="where people reach the Dagster UI, for links to runs"
    )
    explorer_url: str = Field(
        "http://127.0.0.1:3001",
        description="where people reach the explorer, for links to topics; `saetm ui` serves it "
        "there where that is this machine",
    )
    explorer_token: SecretStr | None = Field(
        None, description="what the explorer asks for off loopback; default a new one each time"
    )
    openlineage_key: SecretStr | None = Field(
        None, description="key that a catalog wants of `saetm openlineage`, sent as a bearer token"
    )
    instance: Path | None = Field(
        None,
        description="folder of a deployment's own dagster.yaml; default HOME/dagster, kept by us",
    )
    api_url: str | None = Field(None, description="OpenAI-compatible server, with /v1")
    api_key: SecretStr | None = Field(None, description="its key, if it wants one")
    requests: int = Field(32, gt=0, description="requests to a model server under way at once")
    vllm_command: str = Field("vllm serve", description="how vLLM is run for vllm:MODEL")
    vllm_args: str = Field("", description="further arguments of it")
    vllm_memory: float = Field(0.9, gt=0, le=1, description="its share of the card's memory")
    vllm_length: int = Field(8192, gt=0, description="tokens of a question with its answer")
    vllm_dtype: str = Field("auto", description="number format of its weights")

    @field_validator("dagster_url", "explorer_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        """Take an address that can stand in a link as it is; no slash at its end."""
        try:
            AnyHttpUrl(value)
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"]) from None
        if not WEB_ADDRESS.fullmatch(value):
            raise ValueError("a web address holds letters, digits and -._~:/[]% only")
        return value.rstrip("/")

    @cached_property
    def root(self) -> Path:
        """The home folder as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def lake_uri(self) -> str:
        """Where the Delta tables lie: an absolute folder, or a URI."""
        return self._place(self.lake, default="lake")

    @property
    def inbox_uri(self) -> str:
        """Below what each folder is a dataset: an absolute folder, or a URI."""
        return self._place(self.inbox, default="inbox")

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME of this installation."""
        return self.instance.expanduser().resolve() if self.instance else self.root / "dagster"

    def _place(self, given: str | None, *, default: str) -> str:
        if given is not None and "://" in given:
            return given
        folder = Path(given).expanduser() if given is not None else self.root / default
        return str(folder.resolve())


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        InputError: a variable has a value that cannot be used; names the first one.
    """
    try:
        settings = Settings()
        _ = settings.root, settings.lake_uri, settings.inbox_uri, settings.dagster_home
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(["SAETM", *(str(part).upper() for part in first["loc"])])
        raise InputError(f"{name}: {first['msg']} (got {reprlib.repr(first['input'])})") from None
    except RuntimeError as error:
        raise InputError(
            f"SAETM_HOME, SAETM_LAKE, SAETM_INBOX or SAETM_INSTANCE: {error}"
        ) from None
    return settings


def now() -> datetime:
    """Return the present instant in UTC; the only clock of the project."""
    return datetime.now(UTC)  # noqa: TID251  the one place that may ask
