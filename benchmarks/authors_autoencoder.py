"""The autoencoder of SAE-TM's authors: BatchTopK as dictionary_learning trains it.

Tied start, bias at the geometric median, Adam at 1e-3 with warm-up and no decay, gradients
clipped and kept along unit rows of a dense decoder, embeddings cast to float8, a threshold
that follows the least activation kept. Its loss for dead features is left out: it waits for
10 million items, so that here it never acts.
"""

from dataclasses import dataclass

import torch

ACTIVE, BATCH = 32, 1024
FOLLOW_FROM = 1000  # steps


@dataclass(frozen=True)
class Training:
    """What the authors leave to the user."""

    features: int
    steps: int


class Autoencoder:
    """Parameters, their optimiser and the running threshold."""

    def __init__(
        self, embeddings: torch.Tensor, training: Training, generator: torch.Generator
    ) -> None:
        rows = torch.randn(training.features, embeddings.shape[1], generator=generator)
        rows /= rows.norm(dim=1, keepdim=True)
        self.decoder, self.encoder = rows.clone().requires_grad_(), rows.requires_grad_()
        self.bias = torch.zeros(training.features, requires_grad=True)
        self.centre = geometric_median(embeddings[:BATCH]).requires_grad_()
        self.parameters = [self.decoder, self.encoder, self.bias, self.centre]
        self.optimiser = torch.optim.Adam(self.parameters, lr=1e-3)
        self.rate = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: min(1.0, (step + 1) / (training.steps // 10 + 1))
        )
        self.threshold = -1.0

    def step(self, rows: torch.Tensor) -> torch.Tensor:
        """Descend once and return the activations kept."""
        activations = self._activations(rows)
        least = activations.flatten().topk(ACTIVE * len(rows), sorted=False).values.min()
        kept = torch.where(activations >= least, activations, 0.0)
        loss = (rows - kept @ self.decoder - self.centre).square().sum(dim=1).mean()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type here
        self._descend()
        return kept.detach()

    @torch.no_grad()
    def _descend(self) -> None:
        gradient = self.decoder.grad
        if gradient is not None:
            gradient -= (gradient * self.decoder).sum(dim=1, keepdim=True) * self.decoder
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        self.rate.step()
        self.decoder /= self.decoder.norm(dim=1, keepdim=True)

    def follow(self, kept: torch.Tensor) -> None:
        """Move the threshold towards the least activation kept."""
        least = float(kept[kept > 0].min())
        self.threshold = least if self.threshold < 0 else 0.999 * self.threshold + 0.001 * least

    @torch.no_grad()
    def encode(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the (N, K) activations above the threshold."""
        activations = self._activations(rows)
        return torch.where(activations > self.threshold, activations, 0.0)

    def _activations(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.relu((rows - self.centre) @ self.encoder.T + self.bias)


def train(embeddings: torch.Tensor, training: Training, generator: torch.Generator) -> Autoencoder:
    """Train on (N, D) embeddings, in passes of an order of chance."""
    found = Autoencoder(embeddings, training, generator)
    rows = embeddings.to(torch.float8_e4m3fn).float()
    order = torch.empty(0, dtype=torch.long)
    for step in range(training.steps):
        if len(order) < BATCH:
            order = torch.cat([order, torch.randperm(len(rows), generator=generator)])
        kept = found.step(rows[order[:BATCH]])
        order = order[BATCH:]
        if step >= min(FOLLOW_FROM, training.steps - 50):
            found.follow(kept)
    return found


def geometric_median(rows: torch.Tensor) -> torch.Tensor:
    """Return the point with the least summed distance, by a hundred steps of Weiszfeld."""
    median = rows.mean(dim=0)
    for _ in range(100):
        closeness = 1 / (rows - median).norm(dim=1).clamp(min=1e-8)
        median = closeness @ rows / closeness.sum()
    return median
