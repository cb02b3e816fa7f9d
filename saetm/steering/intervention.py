"""What steering does to a state of the model: its component along a direction is set."""

import torch


def set_component(
    states: torch.Tensor, direction: torch.Tensor, magnitude: torch.Tensor
) -> torch.Tensor:
    """Return a' = a - (a . s) s + lambda s: the component along s is lambda, all else as it was.

    Mechanistic topic models (arXiv 2507.23220, section 4.3). A magnitude of 0 takes the component
    out; it does not leave the state as it is. The sum is formed in float32 at least, and rounded
    once to the type of the states.

    Args:
        states: (..., H) states a.
        direction: (H,) unit vector s, in float32 or float64.
        magnitude: lambda in the units of the states; of a shape that broadcasts to (...).
    """
    wide = states.to(torch.promote_types(states.dtype, direction.dtype))
    missing = magnitude.to(wide.dtype) - wide @ direction.to(wide.dtype)
    return (wide + missing.unsqueeze(-1) * direction.to(wide.dtype)).to(states.dtype)
