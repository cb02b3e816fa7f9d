"""Published autoencoders come from the hub by name, at a commit that the origin tells."""

import subprocess
import sys

import numpy as np
import pytest

from tests.resources.hub_server import serve_hub
from tests.resources.tiny_models import COMMIT

WEIGHTS = {"W_enc": (4, 8), "b_enc": (8,), "W_dec": (8, 4), "b_dec": (4,), "threshold": (8,)}
LOOK = """
import sys
from resources.dictionaries import open_dictionary
from saetm.errors import InputError
for name in sys.argv[1:]:
    try:
        found = open_dictionary(name)
        print(found.origin, found.layer, found.dictionary.encoder.shape)
    except InputError as error:
        print(error)
"""


@pytest.mark.slow
def test_gemma_scope_by_name(tmp_path):
    folder = tmp_path / "served" / "layer_3" / "width_16k" / "average_l0_7"
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    np.savez(folder / "params.npz", **{name: draw.normal(size=s) for name, s in WEIGHTS.items()})
    inside = "layer_3/width_16k/average_l0_7"
    names = [f"gemma_scope:someone/scope-res/{inside}", "gemma_scope:someone/scope-res/layer_4"]

    with serve_hub({"someone/scope-res": tmp_path / "served"}, commit=COMMIT) as address:
        found = subprocess.run(
            [sys.executable, "-c", LOOK, *names],
            env={"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "cache"), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()

    assert found[0] == f"gemma_scope someone/scope-res/{inside}@{COMMIT} 3 (8, 4)"
    assert found[1].startswith("The autoencoder 'gemma_scope:someone/scope-res/layer_4' cannot be")
