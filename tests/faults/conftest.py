import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from resources.lake import Lake


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def open_folder():
    """A folder that every user can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def small_disk(open_folder):
    with _disk(open_folder, "300k"):
        yield open_folder


@pytest.fixture
def large_disk(open_folder):
    with _disk(open_folder, "4m"):
        yield open_folder


@contextmanager
def _disk(folder, size):
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs more rights")
    yield
    subprocess.run(["umount", str(folder)], check=True)
