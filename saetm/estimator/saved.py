"""A fitted topic model as a folder of safetensors, Parquet and JSON; no pickle, nothing to run."""

from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, ValidationError

from saetm.errors import ContractError, InputError
from saetm.estimator.fitted import Fitted, Quality
from saetm.estimator.folder import read_about, read_parts, write_folder
from saetm.estimator.parts import PARTS, pack, unpack
from saetm.estimator.settings import Settings


class About(BaseModel):
    """What `saetm.json` says of a model."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    settings: Settings
    quality: Quality
    parts: dict[str, str]  # SHA-256 of each of PARTS


def write(fitted: Fitted, path: str) -> None:
    """Write a model into a folder; equal models give equal files.

    Raises:
        InputError: as `write_folder`.
    """
    about = {
        "settings": fitted.settings.model_dump(mode="json"),
        "quality": asdict(fitted.quality),
    }
    write_folder(path, about, pack(fitted))


def read(path: str) -> Fitted:
    """Read what `write` wrote, bit for bit.

    Raises:
        InputError: the folder is missing, incomplete, damaged, of another version or no model.
    """
    about = _checked(path)
    parts = read_parts(path, about.parts)
    try:
        return unpack(parts, about.settings, about.quality)
    except ContractError as error:
        raise InputError(f"{path!r} is damaged: {error}") from error


def _checked(path: str) -> About:
    try:
        checked = About.model_validate(read_about(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"{path!r} is not in order: {place}: {first['msg']}") from error
    if sorted(checked.parts) != sorted(PARTS):
        raise InputError(f"{path!r} has other parts than {', '.join(PARTS)}")
    return checked
