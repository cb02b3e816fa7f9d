"""What is recomputed when files, captions or settings change, and what is not."""

import json
from dataclasses import dataclass

import polars as pl
import pytest

from saetm_assets.cli.run import Outcome
from saetm_assets.demo.prints import paint_prints
from tests.line.homes import ROW_TABLES, ids_by_path, runs_of, snapshot, theme_files
from tests.resources.inbox_folders import put

FIRST, LATER = 40, 43
GONE, RECAPTIONED = "0007.jpg", "0011.jpg"
NEW = [f"{number:04d}.jpg" for number in range(FIRST, LATER)]
NAME = "prints"
ITEM_TABLES = (*ROW_TABLES, "item_map")


def describe(folder, captions):
    rows = [{"file_name": name, "caption": caption} for name, caption in captions.items()]
    (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Prints 0 to 39; those that arrive later lie aside."""
    folder = tmp_path_factory.mktemp("painted") / "prints"
    paint_prints(folder, count=LATER)
    for name in NEW:
        (folder / name).rename(folder.parent / name)
    return folder


@pytest.fixture(scope="module")
def captions(folder):
    lines = (folder / "metadata.jsonl").read_text().splitlines()
    return {row["file_name"]: row["caption"] for row in map(json.loads, lines)}


@dataclass(frozen=True)
class State:
    """What was there after a run."""

    run: Outcome
    ids: dict[str, str]  # item of each path
    tables: dict[str, pl.DataFrame]  # tables with a row per item
    autoencoder: pl.DataFrame


def taken_through(home):
    run = home.run(NAME)
    autoencoder = home.table("sae_checkpoints", NAME)
    places = home.table("item_map", NAME).sort("item_id")
    tables = {**snapshot(home, NAME), "item_map": places}
    return State(run, ids_by_path(home, NAME), tables, autoencoder)


@pytest.fixture(scope="module")
def before(home, folder, captions):
    """The first run."""
    first = {name: caption for name, caption in captions.items() if name not in NEW}
    describe(folder, first)
    home.add(NAME, folder, "topic_count=4", "topic_counts=[4]")
    return taken_through(home)


@pytest.fixture(scope="module")
def after(home, folder, captions, before):
    """The second run, after three prints came, one went and one caption was rewritten."""
    assert before.run.tables["items"] == FIRST
    for name in NEW:
        (folder.parent / name).rename(folder / name)
    (folder / GONE).unlink()
    describe(folder, {**captions, RECAPTIONED: "A heron waits among reeds in the evening snow."})
    return taken_through(home)


@pytest.mark.parametrize("table", ITEM_TABLES)
def test_a_new_file_gets_a_row_in_every_row_table_by_the_run_that_found_it(after, table):
    items = [after.ids[name] for name in NEW]

    assert runs_of(after.tables[table], items) == {after.run.run_id}


@pytest.mark.parametrize("table", ITEM_TABLES)
def test_rows_of_untouched_files_are_those_of_the_first_run(before, after, table):
    untouched = [item for name, item in before.ids.items() if name not in (GONE, RECAPTIONED)]

    old, new = (
        state.tables[table].filter(pl.col("item_id").is_in(untouched)) for state in (before, after)
    )

    assert old.height == FIRST - 2
    assert new.equals(old)


@pytest.mark.parametrize("table", ITEM_TABLES)
def test_a_removed_file_leaves_every_row_table(before, after, table):
    assert before.ids[GONE] not in after.tables[table]["item_id"].to_list()


@pytest.mark.usefixtures("after")
def test_a_removed_file_leaves_topics_and_mixtures(home, before):
    gone = before.ids[GONE]

    assert gone not in home.table("mixtures", NAME)["item_id"].to_list()
    assert gone not in home.table("topics", NAME).explode("items")["items"].to_list()


@pytest.mark.parametrize("table", ITEM_TABLES)
def test_a_changed_caption_is_renewed_with_what_is_made_from_it(after, table):
    assert runs_of(after.tables[table], [after.ids[RECAPTIONED]]) == {after.run.run_id}


def test_a_changed_caption_changes_bag_and_vector(before, after):
    item = before.ids[RECAPTIONED]
    for table, column in (("captions", "caption"), ("bags", "words"), ("embeddings", "vector")):
        old, new = (
            state.tables[table].filter(item_id=item)[column].to_list() for state in (before, after)
        )
        assert len(new) == 1
        assert list(old[0]) != list(new[0]), table
    bag = after.tables["bags"].filter(item_id=item)["words"].item().to_list()
    assert {"heron", "reed", "evening", "snow"} <= set(bag)


def test_only_what_is_owed_is_written(after):
    written = after.run.written

    for asset in ("captions", "bags", "embeddings", "activations", "item_map"):
        assert written[asset] == 3 + 1 + 1 + 1, asset  # new, changed: deleted and written, gone


def test_the_autoencoder_stays_bound_when_items_come_and_go(before, after):
    assert after.run.written["sae_checkpoints"] == 0
    assert after.autoencoder.equals(before.autoencoder)


def test_a_moved_file_is_the_same_item(home, tmp_path):
    folder = put(tmp_path, theme_files(4))
    home.add("moved", folder)
    home.run("moved", "items", "captions")
    before = ids_by_path(home, "moved")
    put(folder, {"deep/renamed.txt": (folder / "002.txt").read_text()})
    (folder / "002.txt").unlink()

    written = home.run("moved", "items", "captions").written

    assert ids_by_path(home, "moved")["deep/renamed.txt"] == before["002.txt"]
    assert home.table("items", "moved").height == 4
    assert written["captions"] == 0


UPSTREAM = {
    "vocabulary.size=30": {"items", "captions", "bags", "embeddings", "sae_checkpoints",
                           "activations", "item_map"},
    "topic_count=5": {"items", "captions", "bags", "embeddings", "sae_checkpoints", "activations",
                      "vocabulary", "word_vectors", "emission_matrix", "item_map"},
    "sae.active_features=4": {"items", "captions", "bags", "embeddings", "vocabulary",
                              "word_vectors", "item_map"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.usefixtures("after")
def test_a_changed_setting_recomputes_what_depends_on_it_and_nothing_upstream(home, folder):
    settings = ["topic_count=4", "topic_counts=[4]"]
    for setting, upstream in UPSTREAM.items():
        settings.append(setting)
        home.add(NAME, folder, *settings)

        written = home.run(NAME).written

        assert {asset for asset, rows in written.items() if not rows} == upstream, setting
