"""Token states kept on disk between readings, so that the language model reads a text once."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from resources.token_model import TokenStates

LIMIT = 8 * 2**30  # bytes of states; of more, the language model reads the texts again
PLACES = ("texts", "starts", "ends", "offsets")  # arrays of TokenStates

Reading = Callable[[], Iterator[TokenStates]]


@contextmanager
def spooled(reading: Reading, *, limit: int = LIMIT) -> Iterator[Reading]:
    """Yield what reads the same states, from a temporary folder where they are there.

    The first reading that comes to its end fills the folder. Where states are more than the
    limit, it is emptied, and every reading is one by the language model.

    Args:
        reading: begins a reading by the language model; the same at every call.
        limit: bytes of states on disk.
    """
    with TemporaryDirectory() as folder:
        yield _Spool(reading, Path(folder) / "states", limit).read


class _Spool:
    def __init__(self, reading: Reading, folder: Path, limit: int) -> None:
        self._reading = reading
        self._folder = folder
        self._limit = limit
        self._count: int | None = None  # batches on disk, once all are there

    def read(self) -> Iterator[TokenStates]:
        """Begin a reading."""
        if self._count is not None:
            return self._kept(self._count)
        return self._reading() if self._limit == 0 else self._keeping()

    def _keeping(self) -> Iterator[TokenStates]:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        room, number = self._limit, 0
        for number, each in enumerate(self._reading(), start=1):
            room -= each.states.nbytes
            if room >= 0:
                self._keep(number, each)
            elif self._limit:
                shutil.rmtree(self._folder)
                self._limit = 0
            yield each
        if self._limit:
            self._count = number

    def _keep(self, number: int, batch: TokenStates) -> None:
        np.save(self._folder / f"{number}.npy", batch.states.cpu().numpy())
        places = {name: getattr(batch, name) for name in PLACES}
        np.savez(self._folder / f"{number}.npz", first=batch.first, **places)
        sources = self._folder / f"{batch.first}.json"
        if not sources.exists():
            sources.write_text(json.dumps(list(batch.sources)), encoding="ascii")

    def _kept(self, count: int) -> Iterator[TokenStates]:
        import torch

        first, sources = -1, []
        for number in range(1, count + 1):
            states = torch.from_numpy(np.load(self._folder / f"{number}.npy"))
            with np.load(self._folder / f"{number}.npz") as places:
                if first != int(places["first"]):
                    first = int(places["first"])
                    sources = json.loads((self._folder / f"{first}.json").read_text("ascii"))
                known: dict[str, Any] = {name: places[name] for name in PLACES}
                yield TokenStates(states=states, first=first, sources=sources, **known)
