"""Hooks on one block of a language model, which are gone when their context ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


@contextmanager
def steering(block: "nn.Module", direction: "Tensor", magnitudes: "Tensor") -> Iterator[None]:
    """Steer the last position of every forward pass, as long as the context is open.

    With a cache of keys and values each pass but the first holds the newest token alone, and the
    first one the prompt, padded on its left: so each position from which a token is generated is
    steered, and the positions of the prompt before it are not. However the context ends, the hook
    is gone.

    Args:
        block: whose output is steered: (B, L, H), or a tuple that begins with it.
        direction: (H,) unit vector.
        magnitudes: (B,) component that each row of a batch gets, in the units of the states; a
            row whose magnitude is NaN is left as it is.
    """
    is_steered = ~magnitudes.isnan().unsqueeze(-1)

    def steer(_block: "nn.Module", _inputs: object, output: Any) -> Any:  # noqa: ANN401  as it came
        from torch import cat, where

        from saetm.steering.intervention import set_component

        states = output[0] if isinstance(output, tuple) else output
        last = states[:, -1]
        pushed = where(is_steered, set_component(last, direction, magnitudes), last)
        steered = cat([states[:, :-1], pushed.unsqueeze(1)], dim=1)
        return (steered, *output[1:]) if isinstance(output, tuple) else steered

    handle = block.register_forward_hook(steer)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def watching(block: "nn.Module") -> Iterator[list["Tensor"]]:
    """Collect what a block puts out, (B, L, H) for each forward pass while the context is open."""
    outputs: list[Tensor] = []

    def keep(_block: "nn.Module", _inputs: object, output: Any) -> None:  # noqa: ANN401  as it came
        outputs.append(output[0] if isinstance(output, tuple) else output)

    handle = block.register_forward_hook(keep)
    try:
        yield outputs
    finally:
        handle.remove()
