import pytest

from tests.line.homes import Home, theme_files
from tests.resources.inbox_folders import put


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def texts(home, tmp_path_factory):
    """A dataset of 90 texts of three themes, taken through the line once."""
    folder = put(tmp_path_factory.mktemp("texts"), theme_files(90))
    home.add("texts", folder, "topic_count=3", "topic_counts=[2, 6]")
    home.run("texts")
    return "texts"
