"""Where heavy work runs: the one place that names a device."""

import os
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.settings import Settings
from saetm.errors import InputError

if TYPE_CHECKING:
    import torch


class Compute(BaseModel):
    """Device, number type and batch size as settings; torch loads on the first question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|xpu|cuda(:\d+)?)$",
        description="auto takes the accelerator that is present, else the processor",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto",
        description="number type of a model's weights; auto leaves it to the model's door",
    )
    batch_size: int = Field(default=64, gt=0, description="items per forward pass")
    trust_remote_code: bool = Field(
        default=False, description="run the code that a text model brings along"
    )

    def resolve_device(self) -> str:
        """Name the device to use, as torch spells it.

        Raises:
            InputError: the device that was asked for is not present.
        """
        import torch

        present = torch.accelerator.current_accelerator(check_available=True)
        kind, _, index = self.device.partition(":")
        if kind == "auto":
            return "cpu" if present is None else present.type
        missing = present is None or present.type != kind
        if kind != "cpu" and (missing or int(index or 0) >= torch.accelerator.device_count()):
            raise InputError(f"The device {self.device!r} is not present; use 'auto' or 'cpu'.")
        return self.device

    def resolve_dtype(self, *, on_accelerator: str = "float32") -> "torch.dtype":
        """Return the number type to use.

        Args:
            on_accelerator: what "auto" means where there is an accelerator; on the processor
                it always means float32.
        """
        import torch

        return getattr(torch, self._dtype_name(on_accelerator))

    def narrow_dtype(self, *, on_accelerator: str = "float32") -> str:
        """Return what a producer adds about its number type: nothing where it is float32.

        Args:
            on_accelerator: as in `resolve_dtype`.
        """
        name = self._dtype_name(on_accelerator)
        return "" if name == "float32" else f", {name}"

    def _dtype_name(self, on_accelerator: str) -> str:
        if self.dtype != "auto":
            return self.dtype
        is_plain = on_accelerator == "float32" or self.resolve_device() == "cpu"
        return "float32" if is_plain else on_accelerator


def compute_of(settings: Settings) -> Compute:
    """Read from the settings where and how to run.

    Raises:
        InputError: a device or number type is none.
    """
    values = {name: getattr(settings, name) for name in Compute.model_fields}
    try:
        return Compute.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"SAETM_{str(first['loc'][0]).upper()}"
        raise InputError(f"{name}: {first['msg']} (got {first['input']!r})") from None


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
