"""Train the autoencoder of a dataset with several processes, one per device or core.

    torchrun --nproc-per-node 2 -m saetm_assets.cli.train_together NAME FILE
    saetm sae import FILE

Every process reads its share of each batch from a file of vectors, which one process of each
machine writes into SAETM_HOME from the lake, and removes. FILE is written by the first one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import distributed

from resources.compute import Compute
from resources.lake import Lake
from resources.registry import Registry
from resources.settings import Settings, load_settings
from resources.view import DatasetView
from saetm.errors import InputError, SaetmError
from saetm.rows import digest
from saetm.sae.exports import Provenance, export
from saetm.sae.optimise import Step
from saetm.sae.peers import Group
from saetm.sae.train import Training, train
from saetm_assets.vector_file import write_vectors


def main() -> None:
    """Train with all processes of torchrun, and write the file; trouble is one sentence."""
    if len(sys.argv) != 3:
        sys.exit("saetm: name a dataset and the file to write: train_together NAME FILE")
    try:
        train_together(sys.argv[1], Path(sys.argv[2]), load_settings())
    except SaetmError as error:
        sys.exit(f"saetm: {error}")


def train_together(name: str, path: Path, settings: Settings) -> None:
    """Train on the embeddings in service, and write the autoencoder with its provenance.

    Raises:
        InputError: the dataset is unknown, has no embeddings, or the file is there already.
    """
    if path.exists():
        raise InputError(f"{str(path)!r} is there already: name another file")
    lake = Lake(settings.lake_uri)
    view = DatasetView(lake, name)
    options = Registry(lake, settings.inbox_uri).find(name).options
    producer = view.ledger("embeddings").producer
    with _group(settings.device) as device, _vectors(view, settings.root) as vectors:
        training = train(vectors, options.sae, device=device, peers=Group(), on_step=_tell)
    if distributed.get_rank() == 0:
        settings_given = options.sae.model_dump_json(exclude_defaults=True)
        path.write_bytes(_exported(training, producer, settings_given))
    distributed.destroy_process_group()


@contextmanager
def _group(asked: str) -> Iterator[str]:
    """Join the processes that torchrun has started; yield this one's device."""
    device = Compute.model_validate({"device": asked}).resolve_device()
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    if device == "cuda":
        device = f"cuda:{distributed.get_node_local_rank()}"
        torch.cuda.set_device(device)
    yield device


@contextmanager
def _vectors(
    view: DatasetView, root: Path
) -> Iterator[np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """Yield the (N, D) embeddings in service, memory-mapped, by item_id."""
    path = root / f"{digest([view.dataset])}.vectors.npy"
    is_first = distributed.get_node_local_rank() == 0
    if is_first:
        write_vectors(view, path)
    distributed.barrier()
    try:
        yield np.load(path, mmap_mode="r")
    finally:
        if is_first:
            path.unlink()


def _exported(training: Training, producer: str, settings: str) -> bytes:
    known = Provenance(
        encoder=producer,
        training_item_count=training.n_training,
        variance_explained=training.variance_explained,
        settings=settings,
    )
    return export(training.weights, known)


def _tell(step: Step) -> None:
    if distributed.get_rank() == 0:
        print(
            f"step {step.number:,} of {step.n_steps:,}: {step.variance_explained:.1%} of the "
            "variance of held-out items",
            flush=True,
        )


if __name__ == "__main__":
    main()
