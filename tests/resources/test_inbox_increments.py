import os
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.inbox import Inbox
from resources.inbox.batches import BATCH_ROWS
from tests.resources.inbox_folders import (
    NOTHING_KNOWN,
    bound_by_permissions,
    collect,
    folder_for_all,
    follow,
    image_bytes,
    known_of,
    put,
    scan,
)

CLOCK = count(10**9)  # two writes of one size within a tick of the file system look alike
IMAGES = [image_bytes(number) for number in range(3)]


def write(folder, name, content):
    put(folder, {name: content})
    moment = next(CLOCK)
    os.utime(folder / name, (moment, moment))


@pytest.fixture
def open_folder():
    with folder_for_all() as folder:
        yield folder


@pytest.fixture
def three_images(tmp_path):
    for number, name in enumerate(["a.jpg", "b.jpg", "x/c.jpg"]):
        write(tmp_path, name, IMAGES[number])
    return tmp_path


def test_an_unchanged_folder_yields_nothing_and_reports_everything_present(three_images):
    write(three_images, "a.txt", "a cat")
    first = scan(three_images)
    second = scan(three_images, known=first.known)

    assert second.items.is_empty()
    assert second.present.equals(first.present)
    assert second.present.columns == ["path", "item_id"]


def test_a_known_file_is_not_opened(open_folder):
    write(open_folder, "a.jpg", IMAGES[0])
    first = scan(open_folder)
    (open_folder / "a.jpg").chmod(0)
    with bound_by_permissions():
        second = scan(open_folder, known=first.known)

    assert second.rejects.is_empty()
    assert second.present.height == 1


def test_a_new_caption_for_an_unchanged_image_is_noticed(three_images):
    known = scan(three_images).known
    write(three_images, "metadata.csv", "file_name,caption\nb.jpg,a dog\n")
    found = scan(three_images, known=known)

    assert found.items.select("path", "text", "width").rows() == [("b.jpg", "a dog", 32)]
    assert found.present.height == 3


def test_a_changed_caption_file_is_noticed(three_images):
    write(three_images, "a.txt", "a cat")
    known = scan(three_images).known
    write(three_images, "a.txt", "a dog")

    assert scan(three_images, known=known).items.select("path", "text").rows() == [
        ("a.jpg", "a dog")
    ]


def test_a_moved_image_is_the_same_item_at_another_path(three_images):
    first = scan(three_images)
    (three_images / "a.jpg").rename(three_images / "z.jpg")
    found = scan(three_images, known=first.known)

    assert found.items.select("path", "item_id").rows() == [
        ("z.jpg", first.item("a.jpg")["item_id"])
    ]


def test_a_row_appended_to_a_table_leaves_the_others_alone(tmp_path):
    write(tmp_path, "t.csv", "text\none\ntwo\n")
    first = scan(tmp_path, "text")
    write(tmp_path, "t.csv", "text\none\ntwo\nthree\n")
    found = scan(tmp_path, "text", first.known)

    assert found.items["path"].to_list() == ["t.csv#3"]
    assert found.present["path"].to_list() == ["t.csv#1", "t.csv#2", "t.csv#3"]


@pytest.mark.parametrize(
    ("closed", "modality"), [("a.jpg", "image"), ("x", "image"), ("t.csv", "text"), ("x", "text")]
)
def test_what_cannot_be_read_just_now_is_not_gone(open_folder, closed, modality):
    for number, name in enumerate(["a.jpg", "b.jpg", "x/a.jpg", "x/y/b.jpg"]):
        write(open_folder, name, image_bytes(number))
    for name in ("t.csv", "u.csv", "x/t.csv"):
        write(open_folder, name, f"text\n{name} one\n{name} two\n")
    first = scan(open_folder, modality)
    os.utime(open_folder / closed)
    (open_folder / closed).chmod(0)
    with bound_by_permissions():
        found = scan(open_folder, modality, first.known)
    (open_folder / closed).chmod(0o755)

    assert closed in found.rejects["path"]
    assert set(found.present["item_id"]) == set(first.items["item_id"])
    assert found.items.is_empty()


def test_metadata_that_cannot_be_read_just_now_change_nothing(open_folder):
    write(open_folder, "a.jpg", IMAGES[0])
    write(open_folder, "metadata.csv", "file_name,caption\na.jpg,a cat\n")
    known = scan(open_folder).known
    (open_folder / "metadata.csv").chmod(0)
    with bound_by_permissions():
        found = scan(open_folder, known=known)

    assert found.items.is_empty()
    assert found.reasons("metadata.csv") == ["cannot be read: Permission denied"]


def test_a_table_that_grows_under_the_reader_keeps_its_known_rows(tmp_path):
    write(tmp_path, "t.jsonl", '{"text": "one"}\n{"text": "two"}\n')
    first = scan(tmp_path, "text")
    batches = Inbox("").scan(str(tmp_path), "text", first.known)
    with (tmp_path / "t.jsonl").open("a") as upload:
        upload.write('{"text": "thr')
    found = collect(batches)

    assert set(found.present["item_id"]) == set(first.items["item_id"])


def test_batches_are_bounded_and_hold_every_item_once(tmp_path):
    for number in range(BATCH_ROWS + 10):
        write(tmp_path, f"{number}.txt", f"text {number}")
    batches = list(Inbox("").scan(str(tmp_path), "text", NOTHING_KNOWN))

    assert [batch.items.height for batch in batches] == [BATCH_ROWS, 10]
    assert collect(batches).items["item_id"].n_unique() == BATCH_ROWS + 10


@pytest.mark.parametrize("change", ["write", "touch", "remove", "rename"])
def test_the_fingerprint_notices_every_change_and_only_changes(three_images, change):
    inbox, folder = Inbox(""), str(three_images)
    before = inbox.look(folder).fingerprint

    assert inbox.look(folder).fingerprint == before
    (three_images / ".hidden").write_bytes(b"")
    assert inbox.look(folder).fingerprint == before
    {
        "write": lambda path: write(three_images, path.name, b"longer" * 999),
        "touch": os.utime,
        "remove": Path.unlink,
        "rename": lambda path: path.rename(path.with_name("z.jpg")),
    }[change](three_images / "a.jpg")
    assert inbox.look(folder).fingerprint != before


NAMES = st.sampled_from(["a", "b", "x/a"])
WORDS = st.sampled_from(["one", "two", "three", ""])
EDITS = st.one_of(
    st.tuples(NAMES.map("{}.jpg".format), st.sampled_from([*IMAGES, b"damaged", None])),
    st.tuples(NAMES.map("{}.txt".format), st.one_of(WORDS, st.none())),
    st.tuples(
        st.sampled_from(["m.csv", "x/n.csv"]),
        st.lists(st.tuples(st.sampled_from(["a.jpg", "b.jpg", "a.txt"]), WORDS), max_size=3).map(
            lambda rows: "file_name,group\n" + "".join(f"{name},{word}\n" for name, word in rows)
        ),
    ),
    st.tuples(
        st.just("rows.csv"),
        st.lists(st.tuples(WORDS, WORDS), max_size=3).map(
            lambda rows: "text,group\n" + "".join(f"{text},{word}\n" for text, word in rows)
        ),
    ),
)


@settings(max_examples=60, deadline=None)
@given(modality=st.sampled_from(["image", "text"]), edits=st.lists(EDITS, max_size=12))
def test_following_the_changes_ends_where_a_fresh_scan_does(tmp_path_factory, modality, edits):
    folder = tmp_path_factory.mktemp("d")
    write(folder, "z.jpg", image_bytes(9))
    write(folder, "z.txt", "always here")
    table = scan(folder, modality).items
    for name, content in edits:
        if content is None:
            (folder / name).unlink(missing_ok=True)
        else:
            write(folder, name, content)
        table = follow(table, scan(folder, modality, known_of(table)))

        fresh = scan(folder, modality).items.sort("path")
        assert table.drop("modified_at").rows() == fresh.drop("modified_at").rows()
        files = ~pl.col("path").str.contains("#")
        assert table.filter(files).equals(fresh.filter(files))
