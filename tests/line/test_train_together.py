"""The autoencoder of a dataset trained by two processes, and put in service."""

import pytest

from saetm.tables import SAE_CHECKPOINTS
from tests.line.homes import Home, way_to
from tests.line.themed import FEW, themed_rows, write_rows

pytestmark = pytest.mark.slow
NAME = "posts"


def torchrun(home, *arguments):
    command = ["-W", "ignore", "-m", "torch.distributed.run", "--nproc-per-node=2"]
    module = ["-m", "saetm_assets.cli.train_together"]
    with home.process(*command, *module, *map(str, arguments)) as process:
        return *process.communicate(), process.returncode


def test_two_processes_train_an_autoencoder_that_is_imported(tmp_path):
    home, file = Home(tmp_path / "home"), tmp_path / "sae.safetensors"
    folder = write_rows(tmp_path / NAME, "a.jsonl", themed_rows(range(300)))
    home.add(NAME, folder, *FEW)
    home.run(NAME, *way_to("sae_checkpoints"))
    alone = home.lake.scan(SAE_CHECKPOINTS, NAME).collect().row(0, named=True)

    said, trouble, status = torchrun(home, NAME, file)
    assert status == 0, trouble
    assert said.count("variance of held-out items") >= 1  # of one process
    assert not list(home.root.glob("*.npy"))
    assert home.cli("sae", "import", str(file)).exit_code == 0

    home.add(NAME, folder, *FEW, "autoencoder=foundation")
    home.run(NAME, *way_to("sae_checkpoints"))
    bound = home.lake.scan(SAE_CHECKPOINTS, NAME).collect().row(0, named=True)
    assert bound["origin"].startswith("foundation")
    assert bound["dictionary_size"] == alone["dictionary_size"]
    assert bound["variance_explained"] == pytest.approx(alone["variance_explained"], abs=0.05)

    _, trouble, status = torchrun(home, NAME, file)
    assert status != 0
    assert "is there already: name another file" in trouble
