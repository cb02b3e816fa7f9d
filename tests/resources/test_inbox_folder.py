import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.inbox import Inbox
from saetm.errors import ContractError, InputError
from tests.resources.inbox_folders import (
    NOTHING_KNOWN,
    bound_by_permissions,
    collect,
    folder_for_all,
    image_bytes,
    put,
    scan,
)

LETTERS = st.characters(exclude_characters="/\0", exclude_categories=["Cs"])
NAMES = st.text(LETTERS, min_size=1, max_size=60).filter(lambda name: not name.startswith("."))


@pytest.fixture
def open_folder():
    with folder_for_all() as folder:
        yield folder


def test_datasets_are_the_visible_folders_of_the_inbox(tmp_path):
    put(tmp_path, {"b/x.jpg": b"", "a b/x.jpg": b"", ".cache/x.jpg": b"", "loose.jpg": b""})
    inbox = Inbox(str(tmp_path))

    assert inbox.datasets() == ["a b", "b"]
    assert inbox.find("a b") == str(tmp_path / "a b")


def test_an_inbox_that_is_not_there_yet_has_no_datasets(tmp_path):
    assert Inbox(str(tmp_path / "absent")).datasets() == []


def test_an_inbox_that_is_a_file_is_refused(tmp_path):
    put(tmp_path, {"inbox": b""})

    with pytest.raises(InputError, match="cannot be read"):
        Inbox(str(tmp_path / "inbox")).datasets()


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", ".hidden", "a\0"], ids=repr)
def test_a_name_that_is_none_is_refused(tmp_path, name):
    put(tmp_path, {"a/b/x.jpg": b"", ".hidden/x": b""})

    with pytest.raises(InputError):
        Inbox(str(tmp_path)).find(name)


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_name_of_no_folder_finds_none(tmp_path, name):
    put(tmp_path, {"file": b""})

    assert Inbox(str(tmp_path)).find(name) is None


@pytest.mark.parametrize(
    ("files", "modality"),
    [
        ({"a.jpg": b"", "a.txt": b""}, "image"),
        ({"deep/a.PNG": b"", "metadata.csv": b""}, "image"),
        ({"a.txt": b""}, "text"),
        ({"a.jsonl.gz": b""}, "text"),
    ],
)
def test_images_make_a_dataset_of_images(tmp_path, files, modality):
    assert Inbox("").modality(str(put(tmp_path, files))) == modality


@pytest.mark.parametrize("files", [{}, {".a.jpg": b""}, {"a.pdf": b""}, {"__MACOSX/a.jpg": b""}])
def test_a_folder_with_nothing_to_read_is_refused(tmp_path, files):
    put(tmp_path, files)

    with pytest.raises(InputError, match="holds no images and no texts"):
        Inbox("").modality(str(tmp_path))
    with pytest.raises(InputError, match="holds no images"):
        scan(tmp_path)
    with pytest.raises(InputError, match="holds no texts"):
        scan(tmp_path, "text")


@pytest.mark.parametrize("ask", [Inbox.modality, Inbox.look, lambda _, folder: scan(folder)])
@pytest.mark.parametrize("name", ["absent", "file"])
def test_what_is_not_a_folder_is_refused(tmp_path, name, ask):
    put(tmp_path, {"file": b""})

    with pytest.raises(InputError, match="does not exist or is not a folder"):
        ask(Inbox(""), str(tmp_path / name))


def test_litter_is_passed_over_and_strange_endings_are_named(tmp_path):
    names = (".DS_Store", "Thumbs.db", "x/desktop.ini", ".git/a.jpg", "._a.jpg")
    litter = dict.fromkeys(names, b"x")
    files = {"a.jpg": image_bytes(), "dataset.toml": "", "film.mp4": b"", "x/dataset.toml": ""}
    found = scan(put(tmp_path, files | litter))

    assert found.items["path"].to_list() == ["a.jpg"]
    assert found.rejects.rows() == [
        ("film.mp4", "has an ending that is not read"),
        ("x/dataset.toml", "has an ending that is not read"),
    ]


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_any_name_a_file_system_allows_is_reported_as_it_is(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("names")
    stems = [f"{number}/{name}" for number, name in enumerate(names)]
    for stem in stems:
        files = {f"{stem}.jpg": image_bytes(int(stem[0])), f"{stem}.txt": f"text {stem[0]}"}
        put(folder, files | {f"{stem}.csv": f"text\nrow {stem[0]}\n"})
    images, texts = scan(folder, "image"), scan(folder, "text")

    assert set(images.items["path"]) == {f"{stem}.jpg" for stem in stems}
    assert images.items["text"].to_list() == [f"text {path[0]}" for path in images.items["path"]]
    assert set(texts.items["path"]) == {stem + end for stem in stems for end in (".txt", ".csv#1")}
    for path in images.items["path"]:
        assert Inbox("").read(str(folder), path) == (folder / path).read_bytes()


def test_a_name_that_is_not_unicode_is_refused_and_the_rest_goes_on(tmp_path):
    put(tmp_path, {"b.jpg": image_bytes()})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.jpg")).write_bytes(image_bytes(2))
    found = scan(tmp_path)

    assert found.items["path"].to_list() == ["b.jpg"]
    assert found.reasons(r"a\xff.jpg") == ["has a name that is not valid Unicode; rename it"]


def test_links_are_followed_to_files_of_the_folder_only(tmp_path):
    put(tmp_path, {"outside/o.jpg": image_bytes(1), "in/x/a.jpg": image_bytes(2), ".h/b.jpg": b""})
    folder = tmp_path / "in"
    for name, target in {
        "copy.jpg": "x/a.jpg",
        "broken.jpg": "absent.jpg",
        "self.jpg": "self.jpg",
        "out.jpg": "../outside/o.jpg",
        "out": "../outside",
        "loop": ".",
        "x/up": "..",
    }.items():
        (folder / name).symlink_to(target)
    found = scan(folder)

    assert found.items["path"].to_list() == ["copy.jpg"]
    assert dict(found.rejects.rows()) == {
        "broken.jpg": "is a symbolic link that leads nowhere",
        "self.jpg": "is a symbolic link that leads nowhere",
        "out.jpg": "is a symbolic link that leaves the folder",
        "out": "is a symbolic link that leaves the folder",
        "loop": "is a symbolic link to a folder, which is not followed",
        "x/up": "is a symbolic link to a folder, which is not followed",
        "x/a.jpg": "duplicate of 'copy.jpg'",
    }


def test_a_dataset_may_itself_be_a_link(tmp_path):
    put(tmp_path, {"elsewhere/a.jpg": image_bytes(), "inbox/x/a.jpg": b""})
    (tmp_path / "inbox" / "linked").symlink_to("../elsewhere")
    inbox = Inbox(str(tmp_path / "inbox"))

    assert inbox.datasets() == ["linked", "x"]
    assert scan(inbox.find("linked")).items["path"].to_list() == ["a.jpg"]


def test_a_pipe_named_jpg_is_refused_and_never_opened(tmp_path):
    put(tmp_path, {"a.jpg": image_bytes()})
    os.mkfifo(tmp_path / "pipe.jpg")

    assert scan(tmp_path).reasons("pipe.jpg") == ["is neither a file nor a folder"]
    with pytest.raises(InputError, match="is not a file"):
        Inbox("").read(str(tmp_path), "pipe.jpg")


def test_what_may_not_be_read_is_refused_and_the_rest_goes_on(open_folder):
    names = ("a.jpg", "b.jpg", "closed/c.jpg", "metadata.csv")
    put(open_folder, {name: image_bytes(number) for number, name in enumerate(names)})
    for name in ("a.jpg", "closed", "metadata.csv"):
        (open_folder / name).chmod(0)
    with bound_by_permissions():
        found = scan(open_folder)
    (open_folder / "closed").chmod(0o755)

    assert found.items["path"].to_list() == ["b.jpg"]
    assert found.rejects.rows() == [
        (name, "cannot be read: Permission denied") for name in ("closed", "metadata.csv", "a.jpg")
    ]


def test_a_folder_that_may_not_be_read_is_refused(open_folder):
    put(open_folder, {"closed/a.jpg": b""})
    (open_folder / "closed").chmod(0)
    with bound_by_permissions(), pytest.raises(InputError, match="Permission denied"):
        Inbox("").modality(str(open_folder / "closed"))
    (open_folder / "closed").chmod(0o755)


@pytest.mark.parametrize("name", ["a.jpg", "t.jsonl", "t.parquet"])
def test_a_file_that_is_still_being_written_waits_for_the_next_scan(tmp_path, name):
    modality = "image" if name == "a.jpg" else "text"
    put(tmp_path, {name: '{"text": "one"}\n', "b.jpg": image_bytes(), "b.txt": "fine"})
    batches = Inbox("").scan(str(tmp_path), modality, NOTHING_KNOWN)
    with (tmp_path / name).open("a") as upload:
        upload.write("more")
    found = collect(batches)

    assert found.reasons(name) == ["is still being written"]
    assert found.items["path"].to_list() == ["b.jpg" if modality == "image" else "b.txt"]


def test_a_file_that_vanishes_under_the_reader_is_named(tmp_path):
    put(tmp_path, {"a.jpg": image_bytes(1), "b.jpg": image_bytes(2)})
    batches = Inbox("").scan(str(tmp_path), "image", NOTHING_KNOWN)
    (tmp_path / "a.jpg").unlink()

    assert collect(batches).reasons("a.jpg") == ["vanished while the folder was read"]


def test_files_are_read_back_byte_by_byte(tmp_path):
    put(tmp_path, {"x/a.jpg": b"abc"})

    assert Inbox("").read(str(tmp_path), "x/a.jpg") == b"abc"


@pytest.mark.parametrize(
    "path",
    ["../secret", "x/../../secret", "/etc/passwd", "link", "absent", "x", "", "\0", "a" * 999],
    ids=lambda path: repr(path)[:20],
)
def test_a_path_that_escapes_or_is_no_file_is_not_read(tmp_path, path):
    put(tmp_path, {"in/x/a.jpg": b"abc", "secret": b"s"})
    (tmp_path / "in" / "link").symlink_to("../secret")

    with pytest.raises(InputError):
        Inbox("").read(str(tmp_path / "in"), path)


def test_options_are_a_tree_and_none_is_an_empty_one(tmp_path):
    inbox = Inbox("")

    assert inbox.read_options(str(tmp_path)) == {}
    put(tmp_path, {"dataset.toml": "\ufeffmodality = 'text'\n[sae]\nk = 8\n"})
    assert inbox.read_options(str(tmp_path)) == {"modality": "text", "sae": {"k": 8}}


@pytest.mark.parametrize(
    "content", [b"modality = text", b"a = 1\na = 2", b"\xff\xfe", b"since = 2024-01-31", b"[[["]
)
def test_malformed_options_are_refused_in_one_sentence(tmp_path, content):
    put(tmp_path, {"dataset.toml": content})

    with pytest.raises(InputError, match=r"dataset\.toml") as caught:
        Inbox("").read_options(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_known_without_its_columns_is_refused(tmp_path):
    put(tmp_path, {"a.jpg": image_bytes()})

    with pytest.raises(ContractError, match="metadata_hash"):
        scan(tmp_path, known=NOTHING_KNOWN.drop("metadata_hash"))
