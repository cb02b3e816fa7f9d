import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from saetm_assets.demo.eras import ERAS
from saetm_assets.demo.phrases import PHRASES
from saetm_assets.demo.prints import paint_prints

COUNT = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    painted = tmp_path_factory.mktemp("demo") / "prints"
    paint_prints(painted, count=COUNT)
    return painted


def rows_of(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "metadata.jsonl").read_text().splitlines()]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def times_of(folder: Path) -> dict[str, int]:
    paths = [*folder.iterdir(), *folder.parent.iterdir()]
    return {str(path): path.stat().st_mtime_ns for path in paths}


def test_folder_holds_the_pictures_and_their_metadata_only(folder):
    expected = {f"{number:04d}.jpg" for number in range(COUNT)} | {"metadata.jsonl"}

    assert {path.name for path in folder.iterdir()} == expected
    assert [row["file_name"] for row in rows_of(folder)] == sorted(expected)[:COUNT]


def test_pictures_are_square_jpegs_with_many_tones(folder):
    for path in folder.glob("*.jpg"):
        with Image.open(path) as image:
            image.load()
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (256, 256))
            assert np.asarray(image).std() > 20


def test_no_two_pictures_are_alike(folder):
    assert len({path.read_bytes() for path in folder.glob("*.jpg")}) == COUNT


def test_every_date_lies_in_its_era(folder):
    spans = {era.name: (era.first_year, era.last_year) for era in ERAS}
    for row in rows_of(folder):
        first, last = spans[row["group"]]
        assert first <= date.fromisoformat(row["timestamp"]).year <= last


def test_planted_motifs_are_the_ones_that_the_captions_name(folder):
    planted = pl.read_parquet(folder.with_name("prints.planted.parquet"))
    truth = dict(planted.iter_rows())
    for row in rows_of(folder):
        caption = row["caption"].lower()
        named = {
            motif
            for motif, phrases in PHRASES.items()
            if any(name.lower() in caption for name in phrases.names)
        }
        assert named == set(truth[row["file_name"]])


def test_same_seed_paints_the_same_bytes(folder, tmp_path):
    again = tmp_path / "prints"
    paint_prints(again, count=COUNT)

    assert bytes_of(again) == bytes_of(folder)
    for suffix in (".planted.parquet", ".stamp.json"):
        name = f"prints{suffix}"
        assert again.with_name(name).read_bytes() == folder.with_name(name).read_bytes()


def test_another_seed_paints_other_pictures(folder, tmp_path):
    other = tmp_path / "prints"
    paint_prints(other, count=3, seed=1)

    for name, content in bytes_of(other).items():
        assert content != bytes_of(folder)[name]


def test_painting_twice_writes_nothing_the_second_time(tmp_path):
    folder = tmp_path / "prints"
    paint_prints(folder, count=4)
    before = times_of(folder)
    paint_prints(folder, count=4)

    assert times_of(folder) == before


def test_interrupted_painting_is_completed_without_repainting(folder, tmp_path):
    def stop_at_third(_: int) -> None:
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt

    steps: list[int] = []
    broken = tmp_path / "prints"
    with pytest.raises(KeyboardInterrupt):
        paint_prints(broken, count=6, on_step=stop_at_third)
    first_three = [broken / f"{number:04d}.jpg" for number in range(3)]
    before = [path.stat().st_mtime_ns for path in first_three]
    assert len(list(broken.glob("*.jpg"))) == 3

    paint_prints(broken, count=6)

    assert [path.stat().st_mtime_ns for path in first_three] == before
    pictures = {name: content for name, content in bytes_of(broken).items() if "jpg" in name}
    assert pictures == {name: bytes_of(folder)[name] for name in sorted(pictures)}
    assert len(pictures) == 6


def test_larger_count_keeps_the_earlier_pictures(folder, tmp_path):
    growing = tmp_path / "prints"
    paint_prints(growing, count=2)
    paint_prints(growing, count=5)

    assert len(rows_of(growing)) == 5
    for name, content in bytes_of(growing).items():
        if name.endswith(".jpg"):
            assert content == bytes_of(folder)[name]


def test_smaller_count_leaves_no_picture_without_a_row(tmp_path):
    shrinking = tmp_path / "prints"
    paint_prints(shrinking, count=5)
    paint_prints(shrinking, count=2)

    assert sorted(path.name for path in shrinking.glob("*.jpg")) == ["0000.jpg", "0001.jpg"]


def test_files_of_others_survive_a_new_recipe(tmp_path):
    folder = tmp_path / "prints"
    paint_prints(folder, count=2)
    (folder / "dataset.toml").write_text("")
    paint_prints(folder, count=2, seed=1)

    assert (folder / "dataset.toml").exists()


def test_every_picture_is_reported_once(tmp_path):
    steps: list[int] = []
    paint_prints(tmp_path / "prints", count=4, on_step=steps.append)

    assert steps == [1, 1, 1, 1]
