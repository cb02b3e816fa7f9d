"""Cards: an accelerator of this machine is one process's at a time, and left empty behind it."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from filelock import FileLock

from resources.encoder import open_encoder


@contextmanager
def card(device: str, locks: Path | None = None) -> Iterator[None]:
    """Have a device to oneself, and release what was loaded onto it.

    Pools of Dagster keep steps of one instance apart. This holds for all processes of a user on
    a machine, such as a served model beside an encoder; the kernel lets go of the lock of a
    process that was killed. Locks lie in the temporary folder and not in the home folder, which
    machines may share, and each of them calls its first card `cuda:0`.

    Args:
        device: as Torch names it; the processor belongs to all.
        locks: folder of the locks, made where it is not there; None for the machine's own.
    """
    if device == "cpu":
        yield
        return
    kind, _, index = device.partition(":")
    folder = locks or Path(gettempdir()) / f"saetm-cards-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{kind}-{index or 0}.lock"):
        try:
            yield
        finally:
            _release()


def _release() -> None:
    import torch

    open_encoder.cache_clear()  # encoders hold their models
    gc.collect()
    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()
