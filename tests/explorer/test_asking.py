"""What a sentence and a picture are about, by real models; and topics of k-means."""

import importlib.util
import json
from io import BytesIO

import pytest
from PIL import Image

from resources.settings import load_settings
from saetm_assets.explorer.asking import answer, by_picture, reads_pictures
from saetm_assets.explorer.library import Library
from saetm_assets.explorer.neighbours import place_of
from tests.line.homes import Home, theme_files, theme_text
from tests.line.themed import themed_rows
from tests.resources.inbox_folders import image_bytes, put
from tests.resources.tiny_models import make_clip

pytestmark = pytest.mark.slow
FEW = ("topic_count=3", "topic_counts=[2, 5]")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("asked"))


@pytest.fixture
def settings(home):
    with home.entered():
        yield load_settings()


def taken(home, name, folder, *options):
    home.add(name, folder, *FEW, *options)
    home.run(name)
    return Library(home.lake, home.registry).dataset(name)


def blank(width, height):
    file = BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


def test_a_sentence_is_about_the_topic_of_its_theme(home, settings, tmp_path):
    dataset = taken(home, "told", put(tmp_path, theme_files(90)))
    cut = dataset.cut(3)

    found = answer(dataset, cut, "a rocket on its way to the moon", "", settings)

    assert (found.kind, found.trouble) == ("sentence", "")
    (heaviest, *_) = sorted(found.shares, key=lambda topic: -found.shares[topic])
    assert "rocket" in cut.topics[cut.rank_of[heaviest]].words
    assert {int(item.path[:3]) % 3 for item in found.items[:5]} == {1}  # texts about space


@pytest.mark.skipif(
    importlib.util.find_spec("open_clip") is None, reason="the extra `image` is not installed"
)
def test_a_picture_finds_itself_and_is_kept_nowhere(home, settings, tmp_path, tmp_path_factory):
    name = make_clip(tmp_path_factory.mktemp("clip"))
    images = {f"{number:03d}.png": image_bytes(number, "PNG") for number in range(40)}
    captions = {f"{number:03d}.txt": theme_text(number) for number in range(40)}
    folder = put(tmp_path, images | captions)
    dataset = taken(home, "shown", folder, f"encoder={name}")
    files = {path: path.stat().st_mtime_ns for path in home.root.rglob("*")}

    found = by_picture(dataset, dataset.cut(3), images["007.png"], settings)

    assert (found.kind, found.trouble) == ("picture", "")
    assert found.items[0].path == "007.png"
    assert found.items[0].likeness == pytest.approx(1.0, abs=1e-5)
    assert reads_pictures(dataset)
    bomb = by_picture(dataset, dataset.cut(3), blank(40_001, 1000), settings)
    assert "too large" in bomb.trouble
    torn = by_picture(dataset, dataset.cut(3), images["007.png"][:90], settings)
    assert "image file is truncated" in torn.trouble
    assert {path: path.stat().st_mtime_ns for path in home.root.rglob("*")} == files


def test_topics_of_k_means_are_the_stored_ones(home, tmp_path):
    rows = "".join(f"{json.dumps(row)}\n" for row in themed_rows(range(60)))
    dataset = taken(home, "grouped", put(tmp_path, {"a.jsonl": rows}), "topics.method=kmeans")
    stored = home.table("topics", "grouped").sort("topic_count", "rank")

    assert not dataset.has_tree_cuts
    assert [dataset.clamped(count) for count in (1, 4, 99)] == [2, 3, 5]
    for count in (2, 3, 5):
        mine = stored.filter(topic_count=count)
        assert [topic.topic_id for topic in dataset.cut(count).topics] == mine["topic_id"].to_list()
        assert dataset.mixtures(count).sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        for row in mine.iter_rows(named=True):
            assert dataset.features_of(row["topic_id"], count).tolist() == sorted(row["features"])
            assert dataset.shares_of(row["topic_id"], count).mean() == pytest.approx(row["weight"])
            assert place_of(dataset, dataset.topic(row["topic_id"], count)) is None
