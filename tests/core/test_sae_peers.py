"""Processes that share every batch take the steps of one process."""

import json
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import numpy as np
import pytest
import torch

from saetm.errors import ContractError
from saetm.sae.compiled_learning import CompiledLearner
from saetm.sae.config import SaeConfig
from saetm.sae.feed import Feed
from saetm.sae.learning import TorchLearner
from saetm.sae.peers import ALONE
from saetm.sae.revival import Silence
from saetm.sae.start import initial_autoencoder
from saetm.sae.train import train
from tests.core.peer_training import trained

ROOT = Path(__file__).parents[2]
N_FEATURES = 40
ROWS = torch.from_numpy(np.random.default_rng(0).standard_normal((600, 20)).astype(np.float32) / 4)


class Seat:
    """One of some threads that stand for processes."""

    def __init__(self, rank, count, table, barrier):
        self.rank, self.count = rank, count
        self._table, self._barrier = table, barrier

    def add(self, share):
        share.copy_(torch.stack(self._all(share.clone())).sum(dim=0))
        return share

    def largest(self, share, count):
        return torch.cat([each.topk(min(count, len(each))).values for each in self._all(share)])

    def _all(self, share):
        self._table[self.rank] = share
        self._barrier.wait()
        every = [self._table[rank] for rank in range(self.count)]
        self._barrier.wait()
        return every


def together(work, count):
    """Do some work on as many threads, each at its seat, and return what each has found."""
    found, table, barrier = {}, {}, Barrier(count, timeout=60)

    def sit(rank):
        found[rank] = work(Seat(rank, count, table, barrier))

    threads = [Thread(target=sit, args=(rank,)) for rank in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[rank] for rank in range(count)]


def feed_of(peers):
    return Feed(ROWS.numpy(), np.random.default_rng(1).permutation(600), 1.0, "cpu", peers)


def learned(learner, kind, peers):
    """Take the steps of an epoch; return the parameters, and the losses."""
    config = SaeConfig(kind=kind, dictionary_size=N_FEATURES, active_features=3)
    model = initial_autoencoder(ROWS, config, config.sizes(*ROWS.shape))
    silence = Silence(N_FEATURES, patience=120, device=torch.device("cpu"), peers=peers)
    taught = learner(model, config, silence, peers)
    batches = feed_of(peers).epoch(50, torch.Generator().manual_seed(0))
    losses = [taught.step(rows, 1e-2) for rows in batches]
    return {name: each.detach() for name, each in model.state_dict().items()}, losses


@pytest.mark.parametrize("count", [2, 3])
def test_shares_of_a_batch_are_the_batch(count):
    whole = list(feed_of(ALONE).epoch(50, torch.Generator().manual_seed(0)))
    shares = together(
        lambda seat: list(feed_of(seat).epoch(50, torch.Generator().manual_seed(0))), count
    )

    for batch, *parts in zip(whole, *shares, strict=True):
        assert torch.equal(batch, torch.cat(parts))


@pytest.mark.parametrize(
    ("learner", "kind"),
    [
        (CompiledLearner, "batch_topk"),
        (CompiledLearner, "topk"),
        (TorchLearner, "batch_topk"),
        (TorchLearner, "l1"),
    ],
)
def test_steps_with_peers_are_steps_alone(learner, kind):
    expected, expected_losses = learned(learner, kind, ALONE)

    for actual, losses in together(lambda seat: learned(learner, kind, seat), 3):
        np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
        for name, value in expected.items():
            torch.testing.assert_close(actual[name], value, rtol=1e-3, atol=1e-5)


def test_batches_too_small_to_share_are_refused():
    with pytest.raises(ContractError, match="too few"):
        train(ROWS.numpy(), SaeConfig(batch_size=8), peers=Seat(0, 4, {}, None))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["batch_topk", "topk", "l1"])
def test_two_processes_train_what_one_does(kind, tmp_path):
    alone = trained(kind)
    command = [sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--nproc-per-node=2"]
    arguments = ["-m", "tests.core.peer_training", str(tmp_path), kind]
    subprocess.run([*command, *arguments], cwd=ROOT, check=True, capture_output=True)

    told = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    assert told[0] == told[1]
    assert told[0][0] == pytest.approx(alone.variance_explained, abs=5e-4)
    assert told[0][1] == pytest.approx(alone.l0, abs=0.01)
    arrays = np.load(tmp_path / "0.npz")
    for name in ("encoder", "decoder", "encoder_bias", "threshold"):
        np.testing.assert_allclose(arrays[name], getattr(alone.weights, name), atol=2e-3)
