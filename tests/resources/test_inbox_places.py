"""What holds of a dataset's folder wherever it lies: on this machine or in an object store."""

import gzip
import io
import json
import time
from contextlib import closing

import polars as pl
import pytest

from resources.inbox.listing import UnsettledError
from saetm.errors import InputError
from saetm.items import content_id
from tests.resources.inbox_folders import image_bytes
from tests.resources.inbox_places import LocalPlace, StorePlace, files_as_objects
from tests.resources.object_server import make_bucket, point_at, running_store

STRANGE = "x/a file (1) & ünï #7 50%.jpg"


@pytest.fixture(scope="module")
def server():
    with running_store() as address:
        yield address


@pytest.fixture(params=["local", "objects", pytest.param("s3", marks=pytest.mark.slow)])
def place(request, tmp_path, monkeypatch):
    if request.param == "local":
        return LocalPlace(tmp_path)
    if request.param == "objects":
        return StorePlace("s3://bucket/an inbox", files_as_objects(tmp_path))
    server = request.getfixturevalue("server")
    point_at(server, monkeypatch)
    return StorePlace(f"s3://{make_bucket(server, request)}/an inbox")


def parquet_bytes(**columns):
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


def test_files_are_listed_by_path_with_their_sizes_and_litter_is_not(place):
    files = {"b.jpg": b"12", STRANGE: b"123", "x/y/c.txt": b"1", "dataset.toml": b"", "z": b"1"}
    litter = [".a.jpg", "x/.h/a.jpg", "Thumbs.db", "a.jpg.part", "a.jpg.crdownload", "x/a.TMP"]
    before = time.time() - 2  # stores round to seconds
    place.put_all(files | dict.fromkeys(litter, b"1"))
    listing = place.open().list()

    assert [file.path for file in listing.files] == sorted(files)
    assert {file.path: file.bytes for file in listing.files} == {
        path: len(content) for path, content in files.items()
    }
    for file in listing.files:
        assert before < file.changed_us / 1e6 < time.time() + 2
    assert listing.rejects == ()


def test_a_folder_without_files_is_absent_and_never_empty(place):
    place.put("a.jpg", b"1")

    assert place.open().exists()
    assert place.inbox.find("absent") is None
    with pytest.raises(InputError, match="does not exist"):
        place.inbox.look(place.inbox.place("other"))


def test_the_folders_of_the_inbox_are_its_datasets(place):
    place.put("x/a.jpg", b"1")

    assert place.inbox.datasets() == ["d"]
    assert place.inbox.find("d") == place.folder
    assert place.inbox.locate(place.folder + "/") == place.folder


def test_a_listed_file_is_read_and_copied_whole(place):
    content = bytes(range(256)) * 100
    place.put("x/t.csv", content)
    file = place.listed("x/t.csv")

    with closing(place.open()) as folder:
        assert folder.read(file) == content
        with folder.local(file) as path:
            assert path.name.endswith(".csv")
            assert path.read_bytes() == content
    assert path.exists() == isinstance(place, LocalPlace)


@pytest.mark.parametrize("content", [b"other, and longer", b"alike"])
def test_a_file_that_changed_since_it_was_listed_is_not_read(place, content):
    place.put("t.csv", b"first")
    file = place.listed("t.csv")
    time.sleep(0.02)  # beyond a tick of the file system
    place.put("t.csv", content)

    with closing(place.open()) as folder:
        with pytest.raises(UnsettledError, match="is still being written"):
            folder.read(file)
        with pytest.raises(UnsettledError, match="is still being written"), folder.local(file):
            pass


def test_a_file_that_is_gone_since_it_was_listed_vanished(place):
    place.put("t.csv", b"first")
    file = place.listed("t.csv")
    place.remove("t.csv")

    with closing(place.open()) as folder:
        with pytest.raises(InputError, match="vanished"):
            folder.read(file)
        with pytest.raises(InputError, match="vanished"), folder.local(file):
            pass


def test_files_are_fetched_by_path_and_nothing_leaves_the_folder(place):
    place.put(STRANGE, b"abc")

    assert place.inbox.read(place.folder, STRANGE) == b"abc"
    for path in ("absent", "../other/a", "x/../../other/a", "/etc/passwd", "", "x", "\0"):
        with pytest.raises(InputError):
            place.inbox.read(place.folder, path)


def test_options_are_read_and_may_be_absent(place):
    place.put("a.txt", b"a")
    assert place.inbox.read_options(place.folder) == {}

    place.put("dataset.toml", b"[sae]\nk = 8\n")
    assert place.inbox.read_options(place.folder) == {"sae": {"k": 8}}


def test_images_with_captions_and_tables_are_items(place):
    place.put_all({name: image_bytes(number) for number, name in enumerate(["a.jpg", STRANGE])})
    place.put("a.txt", b"a cat")
    row = {"file_name": STRANGE.removeprefix("x/"), "caption": "a dog", "group": "dogs"}
    place.put("x/metadata.jsonl.gz", gzip.compress(json.dumps(row).encode()))
    found = place.scan()

    assert found.rejects.is_empty()
    assert found.items.select("path", "item_id", "text", "group").rows() == [
        ("a.jpg", content_id(image_bytes(0)), "a cat", None),
        (STRANGE, content_id(image_bytes(1)), "a dog", "dogs"),
    ]


def test_texts_of_every_form_are_items(place):
    place.put_all({"a.txt": "one", "b.csv": "text\ntwo\n", "c.jsonl": '{"text": "three"}\nnone\n'})
    place.put("d.parquet", parquet_bytes(text=["four"], embedding=[[1.0, 2.0]]))
    place.put("e.parquet", b"no parquet")
    found = place.scan("text")

    assert found.items["text"].to_list() == ["one", "two", "three", "four"]
    assert found.items["path"].to_list() == ["a.txt", "b.csv#1", "c.jsonl#1", "d.parquet#1"]
    assert found.reasons("c.jsonl#2") == ["is not valid JSON"]
    assert found.reasons("e.parquet")


def test_only_what_changed_is_reported_again(place):
    place.put_all({f"{number}.jpg": image_bytes(number) for number in range(4)})
    first = place.scan()
    assert place.scan(known=first.known).items.is_empty()

    time.sleep(0.02)
    place.put("1.jpg", image_bytes(11))
    place.remove("2.jpg")
    place.put("9.jpg", image_bytes(9))
    found = place.scan(known=first.known)

    assert found.items["path"].to_list() == ["1.jpg", "9.jpg"]
    assert found.present["path"].to_list() == ["0.jpg", "1.jpg", "3.jpg", "9.jpg"]


def test_content_of_equal_size_is_noticed_however_soon_it_follows(place):
    place.put("a.txt", b"one")
    known = place.scan("text").known
    if isinstance(place, LocalPlace):
        time.sleep(0.02)  # files have no versions
    place.put("a.txt", b"two")

    assert place.scan("text", known).items["text"].to_list() == ["two"]


def test_a_look_is_the_same_until_something_changes(place):
    place.put_all({"a.txt": "one", "x/b.txt": "two"})
    look = place.inbox.look(place.folder)
    again = place.inbox.look(place.folder)
    assert (look, look.files) == (again, 2)

    time.sleep(0.02)
    place.put("x/b.txt.part", b"thr")
    assert place.inbox.look(place.folder) == look
    place.put("c.txt", b"three")
    later = place.inbox.look(place.folder)
    assert later.fingerprint != look.fingerprint
    assert (later.files, later.newest_us >= look.newest_us) == (3, True)
    place.remove("c.txt")
    assert place.inbox.look(place.folder).fingerprint == look.fingerprint
