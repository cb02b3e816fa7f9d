"""AdamW on a dense softmax, as the authors of SAE-TM fit word emissions; it can be interrupted."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from emission_task import BACKGROUND_SHARE, CLAMP, Task, judge

BATCH = 1024


@dataclass(frozen=True)
class Epoch:
    """What an epoch took, and how AdamW stood after it."""

    number: int
    seconds: float
    cpu_seconds: float  # of all threads
    heldout: float


class AdamW:
    """Learning rate 1e-2, starting values N(0, 0.01^2), batches of 1,024 items in random order."""

    def __init__(self, task: Task) -> None:
        """Draw the starting values."""
        generator = torch.Generator().manual_seed(0)
        shape = (task.theta.shape[1], task.seen.shape[1])
        self.task = task
        self.logits = (0.01 * torch.randn(shape, generator=generator)).requires_grad_()
        self.optimiser = torch.optim.AdamW([self.logits], lr=1e-2, weight_decay=0.0)
        self.background = BACKGROUND_SHARE * torch.tensor(task.unigram, dtype=torch.float32)
        self.epochs: list[Epoch] = []

    def step(self) -> Epoch:
        """See all items once, in seconds, and be judged, outside of them."""
        number = len(self.epochs) + 1
        began, cpu_began = time.perf_counter(), time.process_time()
        order = np.random.default_rng(number).permutation(self.task.theta.shape[0])
        for items in np.split(order, range(BATCH, len(order), BATCH)):
            self._descend(items)
        took = time.perf_counter() - began, time.process_time() - cpu_began
        emissions = torch.softmax(self.logits, dim=1).detach().numpy()
        self.epochs.append(Epoch(number, *took, judge(self.task, emissions)))
        return self.epochs[-1]

    def _descend(self, items: "np.typing.NDArray[np.int64]") -> None:
        theta = torch.from_numpy(self.task.theta[items].toarray())
        seen = self.task.seen[items].toarray() * self.task.weights
        words = torch.from_numpy(seen.astype(np.float32))
        softmax = torch.softmax(self.logits, dim=1)
        q = (1 - BACKGROUND_SHARE) * theta @ softmax + self.background
        loss = -(words * torch.log(q.clamp(min=CLAMP))).sum()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type here
        self.optimiser.step()

    def keep(self, file: Path) -> None:
        """Write everything that `resume` needs."""
        epochs = [asdict(epoch) for epoch in self.epochs]
        kept = {"logits": self.logits.data, "optimiser": self.optimiser.state_dict()}
        torch.save({**kept, "epochs": epochs}, file)

    def resume(self, file: Path) -> None:
        """Go on where `keep` was called."""
        kept = torch.load(file, weights_only=True)
        self.logits.data = kept["logits"]
        self.optimiser.load_state_dict(kept["optimiser"])
        self.epochs = [Epoch(**epoch) for epoch in kept["epochs"]]
