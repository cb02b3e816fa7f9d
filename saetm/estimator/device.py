"""The device that a model computes on."""

import torch

from saetm.errors import InputError


def present(device: str) -> str:
    """Return a device, as Torch names it, if it can be used.

    Raises:
        InputError: it is not there.
    """
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, TypeError) as error:  # as Torch's back ends say it
        raise InputError(f"the device {device!r} is not present: use 'cpu'") from error
    return device
