"""Looks at many files: as a naive walk finds them, fast, and without reading one."""

import os
import random
from pathlib import Path

import pytest

from resources.inbox import Inbox
from resources.inbox.local import LocalFolder
from tests.resources.inbox_folders import put

NAMES = ["a", "b.jpg", "ü.txt", ".hidden", "c.part", "Thumbs.db", "d e", "x.tmp", "__MACOSX"]


def naive(folder):
    """List as one would by hand: every path below, one by one."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") or part in ("Thumbs.db", "__MACOSX") for part in parts):
            continue
        if path.is_file() and path.suffix not in (".part", ".tmp"):
            status = path.stat()
            times = (status.st_mtime_ns // 1000, status.st_ctime_ns // 1000)
            found.append(("/".join(parts), status.st_size, *times, ""))
    return sorted(found)


@pytest.mark.parametrize("seed", range(5))
def test_the_walk_finds_what_a_naive_one_does(tmp_path, seed):
    draw = random.Random(seed)
    for number in range(60):
        parts = [f"{draw.choice(NAMES)}" for _ in range(draw.randint(0, 3))]
        path = tmp_path.joinpath(*[f"{part}.d" for part in parts], f"{number}{draw.choice(NAMES)}")
        put(path.parent, {path.name: b"x" * draw.randint(0, 9)})
    put(tmp_path, dict.fromkeys([*NAMES[1:6], "q/.git/config", "q/r/__MACOSX/s"], b"x"))
    (tmp_path / "link.jpg").symlink_to("b.jpg")

    listing = LocalFolder(str(tmp_path)).list()
    assert [tuple(file) for file in listing.files] == naive(tmp_path)
    assert listing.rejects == ()


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the kernel keeps no account")
def test_a_look_reads_no_file(tmp_path):
    put(tmp_path, {f"{number % 7}/{number}.jsonl": b"x" * 10_000 for number in range(200)})
    inbox = Inbox("")
    inbox.look(str(tmp_path))

    before = bytes_read()
    assert inbox.look(str(tmp_path)).files == 200
    assert bytes_read() - before < 10_000  # less than one of them


def bytes_read():
    return int(Path("/proc/self/io").read_text().partition("rchar: ")[2].split()[0])


def test_a_look_opens_no_file(tmp_path):
    """Whoever opens a pipe without a writer waits for one for ever."""
    put(tmp_path, {"a.jpg": b"1"})
    os.mkfifo(tmp_path / "b.jpg")

    assert Inbox("").look(str(tmp_path)).files == 1
