"""What all encoders have in common: what may be asked of them, and how batches fit a device."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from saetm.errors import ContractError, InputError

Reads = Literal["text", "image", "vector"]
Inputs = Sequence[str] | Sequence[bytes]
Kind = TypeVar("Kind", str, bytes)
Result = TypeVar("Result")


class Encoder(Protocol):
    """What the line may ask of a model that embeds."""

    @property
    def producer(self) -> str:
        """Who embeds, as every row records it.

        It is the model @ commit or hash of its weights, with preprocessing and number type.
        """
        ...

    @property
    def reads(self) -> Reads:
        """What `encode` takes: "text" str, "image" files' bytes, "vector" float32 bytes."""
        ...

    def encode(self, inputs: Inputs) -> NDArray[np.float32]:
        """Embed inputs.

        Returns:
            (n, D) finite vectors in the order given; of length one where a model made them.
            An input has the same vector alone and in any batch (within 1e-5 in float32).

        Raises:
            ContractError: inputs of another kind than `reads`.
            UnreadableError: some inputs cannot be read; the others can be asked for without them.
            InputError: the model cannot be read, or one input is more than the device can hold.
        """
        ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts that look for inputs: a query is near what it describes.

        Returns:
            (n, D) finite vectors of length one, in the space of `encode`.

        Raises:
            InputError: nobody here turns texts into vectors of this space.
        """
        ...


class UnreadableError(InputError):
    """Some inputs cannot be read."""

    def __init__(self, reasons: dict[int, str]) -> None:
        """Take why, by the position of each such input."""
        position, reason = next(iter(reasons.items()))
        super().__init__(f"Image {position} of the batch cannot be read: {reason}")
        self.reasons = reasons


@dataclass
class Room:
    """How many inputs a device holds at a time: fewer from the time on when it had no room."""

    size: int

    def attempt(self, run: Callable[[int], Result]) -> Result:
        """Run with the present size; where the device has no room for it, halve it and run again.

        Raises:
            InputError: the device has no room for a single input.
        """
        import torch

        while True:
            try:
                return run(self.size)
            except torch.OutOfMemoryError:
                if self.size == 1:
                    raise InputError(
                        "The device has no room for a single input: free its memory, or set "
                        "SAETM_DEVICE or SAETM_DTYPE."
                    ) from None
            self.size //= 2  # here the error is gone, and with it the tensors that it held
            if torch.accelerator.is_available():
                torch.accelerator.empty_cache()


def all_of(kind: type[Kind], inputs: Inputs) -> list[Kind]:
    """Return the inputs, which must all be of one kind.

    Raises:
        ContractError: some are not.
    """
    fitting = [each for each in inputs if isinstance(each, kind)]
    if len(fitting) != len(inputs):
        raise ContractError(f"inputs must all be {kind.__name__}, and some are not")
    return fitting


def finite(vectors: NDArray[np.floating], producer: str) -> NDArray[np.float32]:
    """Return (n, D) vectors as float32.

    Raises:
        ContractError: some values are not finite.
    """
    if not np.isfinite(vectors).all():
        raise ContractError(f"vectors of {producer!r} hold values that are not finite")
    return vectors.astype(np.float32)
