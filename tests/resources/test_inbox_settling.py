"""Files that a process of its own writes slowly, while the folder is looked at and scanned."""

import json
import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from resources.inbox import Inbox
from sensors.new_items import Seen, judge
from tests.resources.inbox_folders import follow, image_bytes, known_of, put, scan

PIECES = 5
BEYOND_A_TICK = 0.02  # seconds; file systems stamp times by the tick of the kernel's clock
WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
TEXTS = [f"{first} {second}" for first in WORDS for second in WORDS]
CONTENTS = {
    "a.jpg": image_bytes(5, size=(300, 200)),
    "a.txt": " ".join(TEXTS),
    "a.csv": "text\n" + "".join(f"{text}\n" for text in TEXTS),
    "a.jsonl": "".join(json.dumps({"text": text}) + "\n" for text in TEXTS),
}


class Writer:
    def __init__(self, process):
        self.process = process

    def write(self):
        """Have one more piece written."""
        time.sleep(BEYOND_A_TICK)
        self.start(pieces=1)
        assert self.process.stdout.readline() == "written\n"

    def start(self, pieces):
        self.process.stdin.write("\n" * pieces)
        self.process.stdin.flush()

    def finish(self):
        """Have the rest written, and wait for the end."""
        self.start(PIECES)
        self.process.stdout.read()

    def is_writing(self):
        return self.process.poll() is None


@contextmanager
def writer(target, content, tmp_path, pause=0.0):
    """Start a process that copies the content to the target, piece by piece."""
    put(tmp_path, {"source": content})
    time.sleep(BEYOND_A_TICK)
    script = Path(__file__).with_name("slow_writer.py")
    arguments = [target, tmp_path / "source", PIECES, pause]
    with subprocess.Popen(
        [sys.executable, script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "open\n"
        yield Writer(process)


def modality_of(name):
    return "image" if name == "a.jpg" else "text"


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_is_taken_by_the_second_look_that_finds_it_whole(tmp_path, name):
    folder = put(tmp_path / "d", {"b.jpg": image_bytes(), "b.txt": "b"})
    inbox, seen = Inbox(""), Seen()
    with writer(folder / name, CONTENTS[name], tmp_path) as copy:
        for _ in range(PIECES):
            copy.write()
            seen, until = judge(inbox.look(str(folder)), seen)
            assert until is None
    seen, until = judge(inbox.look(str(folder)), seen)
    assert until is not None
    found = scan(folder, modality_of(name), settled_us=until)

    whole = scan(folder, modality_of(name))
    assert found.items.equals(whole.items)
    assert found.rejects.equals(whole.rejects)


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("pieces", [0, 2])
def test_of_a_folder_that_never_rests_what_rests_is_taken(tmp_path, name, is_known, pieces):
    modality, old = modality_of(name), {"a.jpg": image_bytes(7)}
    folder = put(tmp_path / "d", {"b.jpg": image_bytes(), "b.txt": "b"})
    if is_known:
        put(folder, {name: old.get(name, "text\nof old\n")})
    known = scan(folder, modality).known
    earlier = Inbox("").look(str(folder))
    with writer(folder / name, CONTENTS[name], tmp_path) as copy:
        for _ in range(pieces):
            copy.write()
        found = scan(folder, modality, known, settled_us=earlier.newest_us)
        copy.finish()

    assert found.items.is_empty()
    assert found.reasons(name) == ["is still being written"]
    assert set(found.present["item_id"]) == set(known["item_id"])


def test_files_that_landed_beside_one_that_is_written_are_taken(tmp_path):
    folder = put(tmp_path / "d", {"b.txt": "b"})
    with writer(folder / "a.txt", CONTENTS["a.txt"], tmp_path) as copy:
        copy.write()
        put(folder, {"c.txt": "c"})
        earlier = Inbox("").look(str(folder))
        copy.write()
        found = scan(folder, "text", settled_us=earlier.newest_us)
        copy.finish()

    assert found.items["path"].to_list() == ["b.txt", "c.txt"]


@pytest.mark.parametrize("name", ["metadata.csv", "b.txt"])
def test_captions_that_are_being_rewritten_leave_the_images_what_they_are(tmp_path, name):
    contents = {"metadata.csv": "file_name,caption\nb.jpg,a cat\n", "b.txt": "a cat"}
    folder = put(tmp_path / "d", {"b.jpg": image_bytes(), name: contents[name]})
    known = scan(folder).known
    earlier = Inbox("").look(str(folder))
    later = contents[name].replace("cat", "dog and a horse")
    with writer(folder / name, later, tmp_path) as copy:
        copy.write()
        found = scan(folder, known=known, settled_us=earlier.newest_us)
        copy.finish()

    assert found.items.is_empty()
    assert found.present.height == 1
    assert scan(folder, known=known).items["text"].to_list() == ["a dog and a horse"]


@pytest.mark.parametrize("name", CONTENTS)
def test_no_half_is_left_behind_by_scans_that_do_not_wait(tmp_path, name):
    modality = modality_of(name)
    folder = put(tmp_path / "d", {"b.jpg": image_bytes(), "b.txt": "b"})
    table = scan(folder, modality).items
    draw = random.Random(name)
    with writer(folder / name, CONTENTS[name], tmp_path, pause=0.03) as copy:
        copy.start(pieces=PIECES)
        while copy.is_writing():
            table = follow(table, scan(folder, modality, known_of(table)))
            time.sleep(draw.uniform(0, 0.02))
    table = follow(table, scan(folder, modality, known_of(table)))

    fresh = scan(folder, modality).items.sort("path")
    assert table.drop("modified_at").equals(fresh.drop("modified_at"))  # rows have no time


def test_a_file_from_the_future_is_taken_and_holds_up_none(tmp_path):
    folder = put(tmp_path / "d", {"a.txt": "a"})
    os.utime(folder / "a.txt", (2**33, 2**33))
    inbox, seen = Inbox(""), Seen()
    seen, until = judge(inbox.look(str(folder)), seen)
    seen, until = judge(inbox.look(str(folder)), seen)
    assert scan(folder, "text", settled_us=until).items["path"].to_list() == ["a.txt"]

    time.sleep(BEYOND_A_TICK)
    put(folder, {"b.txt": "b"})
    assert scan(folder, "text", settled_us=until).reasons("b.txt") == ["is still being written"]
    seen, until = judge(inbox.look(str(folder)), seen)
    assert until is None
    seen, until = judge(inbox.look(str(folder)), seen)
    assert scan(folder, "text", settled_us=until).items.height == 2
