"""Options and fixtures of the whole suite."""

from pathlib import Path

import pytest
from hypothesis import settings

from resources.torchvision_ops import declare_missing_operators

declare_missing_operators()  # tests import transformers, which imports torchvision
settings.register_profile("untimed", deadline=None)  # a busy machine breaks no law
settings.load_profile("untimed")

pytest_plugins = ["tests.ui.fixtures"]  # a home folder that several folders of tests look at

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption("--golden", action="store_true", help="rewrite the golden files")


@pytest.fixture(scope="session")
def shared_data():
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data folder is not beside the repository")
    return SHARED_DATA
