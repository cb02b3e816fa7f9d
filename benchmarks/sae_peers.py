"""Trainers of sparse autoencoders behind one face: a step, a whole training, and what it learned.

Each peer is called as its users call it. Learned weights become ours, so that one and the same
code encodes and judges all of them.
"""

import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, TensorDataset

from saetm.sae.config import Kind, SaeConfig
from saetm.sae.optimise import learner_for
from saetm.sae.start import initial_autoencoder
from saetm.sae.train import train
from saetm.sae.weights import Weights

PEERS = ("dictionary_learning", "sae-lens", "eai-sparsify")
SEED = 3  # of initial weights; the planted truth has another


@dataclass(frozen=True)
class Task:
    """What every trainer is asked for."""

    rows: NDArray[np.float32]  # (n, D) to learn from, of a total variance of about one
    n_features: int
    active: int
    batch_size: int
    passes: int
    learning_rate: float = 1e-3  # at its peak

    @property
    def dimension(self) -> int:
        """Length D of the rows."""
        return self.rows.shape[1]

    @property
    def n_steps(self) -> int:
        """Steps of a whole training."""
        return self.passes * (len(self.rows) // self.batch_size)


@dataclass(frozen=True)
class Trainer:
    """One trainer at one task."""

    step: Callable[[torch.Tensor], object]
    whole: Callable[[], Weights]


def ours(task: Task, kind: Kind) -> Trainer:
    """Train by saetm; as many rows as for the others, and 2,000 more to choose the best state."""
    config = SaeConfig(
        kind=kind,
        dictionary_size=task.n_features,
        active_features=task.active,
        epochs=task.passes,
        batch_size=task.batch_size,
        learning_rate=task.learning_rate,
        heldout_share=min(0.1, 2000 / len(task.rows)),
        seed=SEED,
    )
    sample = torch.from_numpy(task.rows[:4096])
    model = initial_autoencoder(sample, config, config.sizes(*task.rows.shape))
    learner = learner_for(model, config, len(task.rows))

    def step(rows: torch.Tensor) -> object:
        return learner.step(rows, config.learning_rate)

    return Trainer(step, lambda: train(task.rows, config).weights)


def dictionary_learning(task: Task) -> Trainer:
    """Train by the library of SAE-TM's authors, fed by Torch's shuffling loader."""
    from dictionary_learning.trainers import BatchTopKTrainer  # noqa: PLC0415 - a peer
    from dictionary_learning.training import trainSAE  # noqa: PLC0415

    settings = {
        "steps": task.n_steps,
        "activation_dim": task.dimension,
        "dict_size": task.n_features,
        "k": task.active,
        "layer": 0,
        "lm_name": "",
        "lr": task.learning_rate,
        "warmup_steps": max(1, task.n_steps // 20),
        "decay_start": int(0.7 * task.n_steps),
        "seed": SEED,
        "device": "cpu",
    }
    trainer = BatchTopKTrainer(**settings)
    count = iter(range(10**9))

    def whole() -> Weights:
        with tempfile.TemporaryDirectory() as folder, quiet():
            chosen = {**settings, "trainer": BatchTopKTrainer}
            batches = loaded(task)
            trainSAE(batches, [chosen], task.n_steps, save_dir=folder, device="cpu")
            state = torch.load(Path(folder) / "trainer_0" / "ae.pt")
        return from_arrays(
            task,
            encoder=state["encoder.weight"],
            encoder_bias=state["encoder.bias"],
            decoder=state["decoder.weight"].T,
            centre=state["b_dec"],
        )

    return Trainer(lambda rows: trainer.update(next(count), rows), whole)


def sae_lens(task: Task) -> Trainer:
    """Train by SAELens, fed by its mixing buffer."""
    from sae_lens import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig  # noqa: PLC0415 - a peer
    from sae_lens.config import SAETrainerConfig  # noqa: PLC0415
    from sae_lens.training.mixing_buffer import mixing_buffer  # noqa: PLC0415
    from sae_lens.training.sae_trainer import SAETrainer  # noqa: PLC0415

    def trainer() -> Any:  # noqa: ANN401 - a peer's class
        torch.random.manual_seed(SEED)
        chosen = BatchTopKTrainingSAEConfig(
            d_in=task.dimension, d_sae=task.n_features, k=task.active
        )
        settings = SAETrainerConfig(
            total_training_samples=task.n_steps * task.batch_size,
            train_batch_size_samples=task.batch_size,
            lr=task.learning_rate,
            lr_end=task.learning_rate / 10,
            lr_warm_up_steps=task.n_steps // 20,
            lr_decay_steps=int(0.3 * task.n_steps),
        )
        mixed = mixing_buffer(8 * task.batch_size, task.batch_size, loaded(task))
        return SAETrainer(settings, BatchTopKTrainingSAE(chosen), mixed)

    stepping = trainer()

    def whole() -> Weights:
        with quiet():
            learned = trainer().fit()
        norms = learned.W_dec.detach().norm(dim=1)
        return from_arrays(
            task,
            encoder=learned.W_enc.detach().T * norms[:, None],
            encoder_bias=learned.b_enc.detach() * norms,
            decoder=learned.W_dec.detach(),
            centre=learned.b_dec.detach(),
        )

    return Trainer(stepping.step, whole)


def sparsify(task: Task) -> Trainer:
    """Train by sparsify: its coder with the steps of its loop, fed by blocks of rows.

    Its own loop wants a language model in front; here rows come from memory at no cost.
    """
    with quiet():
        from sparsify import SparseCoder, SparseCoderConfig  # noqa: PLC0415 - a peer

    def start() -> Callable[[torch.Tensor], object]:
        torch.random.manual_seed(SEED)
        coder = SparseCoder(
            task.dimension, SparseCoderConfig(num_latents=task.n_features, k=task.active)
        )
        coder.b_dec.data = torch.from_numpy(task.rows[:4096]).mean(dim=0)
        adam = torch.optim.Adam(coder.parameters(), lr=task.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda done: rate(done, task.n_steps))
        fired = torch.zeros(task.n_features, dtype=torch.bool)

        def step(rows: torch.Tensor) -> object:
            coder.set_decoder_norm_to_unit_norm()
            found = coder(rows)
            fired[found.latent_indices.flatten()] = True
            found.fvu.backward()
            coder.remove_gradient_parallel_to_decoder_directions()
            adam.step()
            adam.zero_grad()
            schedule.step()
            return coder

        return step

    def whole() -> Weights:
        step = start()
        rows = torch.from_numpy(task.rows)
        for _ in range(task.passes):
            ids = torch.randperm(len(rows))
            for part in torch.split(
                ids[: len(ids) // task.batch_size * task.batch_size], task.batch_size
            ):
                coder = step(rows[part])
        coder.set_decoder_norm_to_unit_norm()
        return from_arrays(
            task,
            encoder=coder.encoder.weight.detach(),
            encoder_bias=coder.encoder.bias.detach(),
            decoder=coder.W_dec.detach(),
            centre=coder.b_dec.detach(),
            kind="topk",
        )

    return Trainer(start(), whole)


def rate(done: int, n_steps: int) -> float:
    """Rise over a twentieth of the steps and fall over the last three tenths."""
    return min(1.0, (done + 1) / max(1, n_steps // 20), (n_steps - done) / max(1, 0.3 * n_steps))


def loaded(task: Task) -> Iterator[torch.Tensor]:
    """Yield batches in a new order for each pass, by Torch's loader."""
    rows = TensorDataset(torch.from_numpy(task.rows))
    loader = DataLoader(rows, batch_size=task.batch_size, shuffle=True, drop_last=True)
    for _ in range(task.passes + 1):
        yield from (batch for (batch,) in loader)


def from_arrays(task: Task, *, kind: str = "batch_topk", **arrays: torch.Tensor) -> Weights:
    """Take a peer's arrays as our weights, with unit decoder rows and a settled threshold."""
    norms = arrays["decoder"].norm(dim=1, keepdim=True)
    encoder, bias = arrays["encoder"] * norms, arrays["encoder_bias"] * norms[:, 0]
    threshold = 0.0
    if kind == "batch_topk":
        sample = torch.from_numpy(task.rows[:4096])
        pre = (sample - arrays["centre"]) @ encoder.T + bias
        threshold = float(pre.flatten().topk(task.active * len(sample)).values[-1].clamp_min(0.0))
    return Weights(
        encoder=encoder.contiguous().numpy(),
        encoder_bias=bias.numpy(),
        decoder=(arrays["decoder"] / norms).contiguous().numpy(),
        decoder_bias=arrays["centre"].numpy(),
        threshold=threshold,
        kind=kind,
        active_features=task.active,
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let a peer print nothing."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


TRAINERS: dict[str, Callable[[Task], Trainer]] = {
    "saetm (TopK)": partial(ours, kind="topk"),
    "sparsify (TopK)": sparsify,
    "saetm (BatchTopK)": partial(ours, kind="batch_topk"),
    "dictionary_learning (BatchTopK)": dictionary_learning,
    "SAELens (BatchTopK)": sae_lens,
}
