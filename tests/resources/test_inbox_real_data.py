import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.resources.inbox_folders import scan

DATA = Path(__file__).parents[2] / "../shared/data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data are not here")


def test_photographs_with_captions_and_vectors_are_read_whole(tmp_path):
    folder = shutil.copytree(DATA / "flickr8k", tmp_path / "photos")
    shutil.copy(DATA / "flickr8k_mobilenetv2.parquet", folder / "embeddings.parquet")
    found = scan(folder)
    again = scan(folder, known=found.known)

    assert found.items.height == 1200
    assert found.rejects.is_empty()
    assert found.items.select("text", "embedding", "width").null_count().row(0) == (0, 0, 0)
    assert found.item("2309327462_82a24538d4.jpg")["text"].startswith("a dog chases another dog.")
    vectors = dict(pl.read_parquet(DATA / "flickr8k_mobilenetv2.parquet").iter_rows())
    for path, vector in found.items.select("path", "embedding").iter_rows():
        assert np.frombuffer(vector, "<f4").tolist() == vectors[path]
    assert again.items.is_empty()
    assert again.present.equals(found.present)


def test_posts_with_dates_and_groups_are_read_but_for_four_duplicates(tmp_path):
    shutil.copy(DATA / "newsgroups.jsonl.gz", tmp_path)
    found = scan(tmp_path, "text")

    assert found.items.height == 4996
    assert found.rejects["reason"].str.starts_with("duplicate of").sum() == 4
    assert found.items["group"].n_unique() == 20
    assert scan(tmp_path, "text", found.known).items.is_empty()
