"""What is recomputed when files, captions or settings change, and what is not."""

import json

import pytest

from saetm_assets.demo.prints import paint_prints
from tests.line.homes import ROW_TABLES, ids_by_path, runs_of, snapshot

FIRST, LATER = 40, 43
GONE, RECAPTIONED = "0007.jpg", "0011.jpg"
NEW = [f"{number:04d}.jpg" for number in range(FIRST, LATER)]
NAME = "prints"


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


@pytest.fixture(scope="module")
def before(home, folder, captions):
    """The first run: its outcome, the item of each path, and the row tables."""
    describe(folder, captions)
    home.add(NAME, folder, "topic_count=4", "topic_counts=[4]")
    outcome = home.run(NAME)
    return outcome, ids_by_path(home, NAME), snapshot(home, NAME)


@pytest.fixture(scope="module")
def after(home, folder, captions, before):
    """The second run, after three prints came, one went and one caption was rewritten."""
    checkpoint = home.table("sae_checkpoints", NAME)
    for name in NEW:
        (folder.parent / name).rename(folder / name)
    (folder / GONE).unlink()
    describe(folder, {**captions, RECAPTIONED: "A heron waits among reeds in the evening snow."})
    outcome = home.run(NAME)
    assert home.table("sae_checkpoints", NAME).equals(checkpoint)  # it stays bound
    return outcome, ids_by_path(home, NAME), snapshot(home, NAME)


@pytest.mark.parametrize("table", ROW_TABLES)
def test_a_new_file_gets_a_row_in_every_row_table_by_the_run_that_found_it(after, table):
    outcome, ids, tables = after

    assert runs_of(tables[table], [ids[name] for name in NEW]) == {outcome.run_id}


@pytest.mark.parametrize("table", ROW_TABLES)
def test_rows_of_untouched_files_are_those_of_the_first_run(before, after, table):
    _, ids, _ = before
    untouched = [item for name, item in ids.items() if name not in (GONE, RECAPTIONED)]

    old, new = (
        each[2][table].filter(each[2][table]["item_id"].is_in(untouched))
        for each in (before, after)
    )

    assert old.height == FIRST - 2
    assert new.equals(old)


@pytest.mark.parametrize("table", [*ROW_TABLES, "mixtures"])
def test_a_removed_file_leaves_every_table(home, before, after, table):
    gone = before[1][GONE]

    assert gone not in home.table(table, NAME)["item_id"].to_list()


@pytest.mark.parametrize("table", ROW_TABLES)
def test_a_changed_caption_is_renewed_with_what_is_made_from_it(after, table):
    outcome, ids, tables = after

    assert runs_of(tables[table], [ids[RECAPTIONED]]) == {outcome.run_id}


def test_a_changed_caption_changes_bag_and_vector(before, after):
    item = before[1][RECAPTIONED]
    for table, column in (("captions", "caption"), ("bags", "words"), ("embeddings", "vector")):
        old, new = (
            each[2][table].filter(item_id=item)[column].to_list() for each in (before, after)
        )
        assert len(new) == 1
        assert list(old[0]) != list(new[0]), table
    bag = after[2]["bags"].filter(item_id=item)["words"].item().to_list()
    assert {"heron", "reed", "evening", "snow"} <= set(bag)


def test_only_what_is_owed_is_written(after):
    written = after[0].written

    for asset in ("captions", "bags", "embeddings", "activations"):
        assert written[asset] == 3 + 1 + 1 + 1, asset  # new, changed: deleted and written, gone
    assert written["sae_checkpoints"] == 0


def test_a_moved_file_is_the_same_item(home, folder, after):
    (folder / "deep").mkdir()
    (folder / NEW[0]).rename(folder / "deep" / "renamed.jpg")
    try:
        outcome = home.run(NAME, "items")
        ids = ids_by_path(home, NAME)
    finally:
        (folder / "deep" / "renamed.jpg").rename(folder / NEW[0])
        (folder / "deep").rmdir()

    assert ids["deep/renamed.jpg"] == after[1][NEW[0]]
    assert NEW[0] not in ids
    assert outcome.tables["captions"] == LATER - 1


UPSTREAM = {
    "vocabulary.size=30": {"items", "captions", "bags", "embeddings", "sae_checkpoints",
                           "activations"},
    "topic_count=5": {"items", "captions", "bags", "embeddings", "sae_checkpoints", "activations",
                      "vocabulary", "word_vectors", "emission_matrix"},
    "sae.active_features=4": {"items", "captions", "bags", "embeddings", "vocabulary",
                              "word_vectors"},
}  # fmt: skip


def test_a_changed_setting_recomputes_what_depends_on_it_and_nothing_upstream(home, folder, after):
    home.run(NAME)
    settings = ["topic_count=4", "topic_counts=[4]"]
    for setting, upstream in UPSTREAM.items():
        settings.append(setting)
        home.add(NAME, folder, *settings)

        written = home.run(NAME).written

        assert {asset for asset, rows in written.items() if not rows} == upstream, setting
