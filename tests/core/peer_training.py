"""Train with all processes that torchrun starts; each writes what it holds in the end.

torchrun --nproc-per-node 2 -m tests.core.peer_training FOLDER KIND
"""

import json
import sys
from pathlib import Path

import numpy as np
from torch import distributed

from saetm.sae.config import SaeConfig
from saetm.sae.peers import ALONE, Group
from saetm.sae.train import train
from tests.core.planted_ctm import planted_ctm


def trained(kind, peers=ALONE):
    planted = planted_ctm(n_items=1500, n_topics=24, dimension=32, seed=1)
    config = SaeConfig(kind=kind, dictionary_size=64, active_features=3, epochs=6)
    return train(planted.embeddings, config, peers=peers)


def main():
    folder, kind = sys.argv[1:]
    distributed.init_process_group("gloo")
    try:
        training = trained(kind, Group())
        weights = training.weights
        arrays = {name: getattr(weights, name) for name in ("encoder", "decoder", "encoder_bias")}
        place = Path(folder) / str(distributed.get_rank())
        np.savez(place.with_suffix(".npz"), threshold=weights.threshold, **arrays)
        told = [training.variance_explained, training.l0, training.dead_share, weights.sae_id]
        place.with_suffix(".json").write_text(json.dumps(told))
    finally:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
