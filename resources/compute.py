"""Where heavy work runs: the one place that names a device."""

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

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

        name: str = self.dtype
        if name == "auto":
            name = "float32" if self.resolve_device() == "cpu" else on_accelerator
        return getattr(torch, name)
