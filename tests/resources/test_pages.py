import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.pages import Pages
from saetm.errors import InputError
from saetm.options import check_name
from tests.strategies import ABSURD_NAMES


def test_a_page_is_found_under_its_name_and_nothing_else_is_left(tmp_path):
    path = Pages(tmp_path / "reports").publish("sea views", "<p>été</p>")

    assert path.read_text(encoding="utf-8") == "<p>été</p>"
    assert list((tmp_path / "reports").iterdir()) == [path]
    assert path.name == "sea%20views.html"


def test_publishing_again_replaces_the_page(tmp_path):
    pages = Pages(tmp_path)
    pages.publish("d", "one, and much longer")
    path = pages.publish("d", "two")

    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", [*ABSURD_NAMES, "../up", "/etc/x", "a/../../b", ".", "x.part"])
def test_no_name_leaves_the_folder(tmp_path, name):
    root = tmp_path / "reports"
    path = Pages(root).publish(name, name)

    assert path.parent == root
    assert path.read_text(encoding="utf-8") == name
    assert [entry.name for entry in tmp_path.iterdir()] == ["reports"]


def test_absurd_names_have_pages_of_their_own(tmp_path):
    pages = Pages(tmp_path)
    paths = {name: pages.publish(name, name) for name in ABSURD_NAMES}

    assert {name: path.read_text(encoding="utf-8") for name, path in paths.items()} == {
        name: name for name in ABSURD_NAMES
    }


@given(name=st.text(min_size=1, max_size=100))
def test_every_lawful_name_of_a_dataset_can_be_published(tmp_path_factory, name):
    try:
        check_name(name)
    except InputError:
        return

    assert Pages(tmp_path_factory.mktemp("pages")).publish(name, "x").read_text() == "x"


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path):
    pages = Pages(tmp_path)
    path = pages.publish("d", "old")
    with pytest.raises(UnicodeEncodeError):
        pages.publish("d", "new \udcff")

    assert path.read_text() == "old"
