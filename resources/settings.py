"""Where everything lives and how it runs: the one reader of the environment."""

import reprlib
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from saetm.errors import InputError


class Settings(BaseSettings):
    """Settings from environment variables with the prefix SAETM_; every one has a default.

    A variable that is set to nothing counts as not set.
    """

    model_config = SettingsConfigDict(
        env_prefix="SAETM_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    home: Path = Field(Path(".saetm"), description="folder that holds everything")
    lake: str | None = Field(None, description="URI of the Delta tables; default HOME/lake")
    nltk_data: str | None = Field(None, description="extra folder to look for NLTK's data")
    lexicon: Literal["auto", "nltk", "simplemma"] = Field("auto", description="source of lemmas")
    nltk_download: bool = Field(default=False, description="download missing NLTK data")
    device: str = Field("auto", description="torch device: auto, cpu, cuda, cuda:1 ...")
    dtype: str = Field("auto", description="torch dtype of encoders: auto, float32, bfloat16")
    batch_size: int = Field(64, gt=0, description="rows per forward pass of an encoder")
    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process", description="how the steps of a run are executed"
    )
    look_seconds: int = Field(
        30, gt=0, description="seconds between two looks of a sensor at folders and changes"
    )
    notify_url: str | None = Field(
        None, description="web hook that is told of failed runs; the log is told anyway"
    )
    keep_days: int = Field(
        30, ge=1, description="days for which maintenance keeps what was replaced or removed"
    )
    api_url: str | None = Field(None, description="OpenAI-compatible server, with /v1")
    api_key: SecretStr | None = Field(None, description="its key, if it wants one")

    @cached_property
    def root(self) -> Path:
        """The home folder as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def lake_uri(self) -> str:
        """Where the Delta tables lie: an absolute folder, or a URI."""
        if self.lake is not None and "://" in self.lake:
            return self.lake
        folder = Path(self.lake).expanduser() if self.lake is not None else self.root / "lake"
        return str(folder.resolve())

    @property
    def inbox(self) -> Path:
        """Folder below which each folder is a dataset."""
        return self.root / "inbox"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME of this installation."""
        return self.root / "dagster"


def load_settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        InputError: a variable has a value that cannot be used; names the first one.
    """
    try:
        settings = Settings()
        _ = settings.root, settings.lake_uri
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(["SAETM", *(str(part).upper() for part in first["loc"])])
        raise InputError(f"{name}: {first['msg']} (got {reprlib.repr(first['input'])})") from None
    except RuntimeError as error:
        raise InputError(f"SAETM_HOME or SAETM_LAKE: {error}") from None
    return settings


def now() -> datetime:
    """Return the present instant in UTC; the only clock of the project."""
    return datetime.now(UTC)  # noqa: TID251  the one place that may ask
