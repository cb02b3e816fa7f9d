"""The scenes in which a data product loses updates, or computes what nobody needs.

Sensors and conditions are evaluated as the daemon evaluates them, runs are real; the vectors come
with the texts, so that no encoder has to be loaded.
"""

import warnings

import dagster as dg
import pytest

from resources.settings import now
from saetm_assets import definitions
from saetm_assets.definitions import STAGES
from tests.automation.house import House, rows_of
from tests.line.homes import Home
from tests.resources.inbox_folders import put

EVERY = {stage.key.to_user_string() for stage in STAGES}
OPTIONS = "modality = 'text'\ntopic_count = 3\ntopic_counts = [2]\n"
ROW_WORK = {"items", "captions", "bags", "embeddings", "activations"}


@pytest.fixture
def house(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        house = House(Home(tmp_path / "home"), instance)
        house.conditions()  # the first look of all: a cold start
        yield house


def deliver(house, dataset, **files):
    names = {"dataset_toml": "dataset.toml"}
    contents = {names.get(name, f"{name}.jsonl"): text for name, text in files.items()}
    return put(house.home.root / "inbox" / dataset, contents)


@pytest.fixture
def posts(house):
    """A dataset that was taken through the line by itself."""
    folder = deliver(house, "posts", a=rows_of(range(30)), dataset_toml=OPTIONS)
    runs = house.settle()
    assert [assets for _, assets in runs] == [{"items"}, EVERY - {"items"}]
    return folder


def test_new_files_are_the_only_rows_computed(house, posts):
    before, autoencoder = now(), house.home.versions("posts")["sae_checkpoints"]

    put(posts, {"b.jsonl": rows_of(range(30, 33))})
    house.settle()

    written = house.written("posts", since=before)
    assert {asset: written[asset] for asset in ROW_WORK} == dict.fromkeys(ROW_WORK, 3)
    assert written["sae_checkpoints"] == 0
    assert house.home.versions("posts")["sae_checkpoints"] == autoencoder


@pytest.mark.slow
def test_new_files_of_a_dataset_let_others_rest(house, posts):
    """In small in `test_new_files_are_the_only_rows_computed`."""
    deliver(house, "others", a=rows_of(range(100, 120)), dataset_toml=OPTIONS)
    assert {dataset for dataset, _ in house.settle()} == {"others"}
    before = now()

    put(posts, {"b.jsonl": rows_of(range(30, 33))})
    runs = house.settle()

    assert {dataset for dataset, _ in runs} == {"posts"}
    assert house.written("others", since=before) == {}


@pytest.mark.slow
@pytest.mark.usefixtures("posts")
def test_nothing_new_runs_nothing_and_so_does_a_run_that_changes_nothing(house):
    assert house.settle() == []
    assert house.launch("posts", {"items"})
    assert house.settle() == []
    assert house.launch("posts", EVERY)
    assert house.settle() == []


@pytest.mark.slow
def test_a_removed_file_leaves_by_itself_with_all_that_was_made_of_it(house, posts):
    put(posts, {"b.jsonl": rows_of(range(30, 36))})
    house.settle()
    (posts / "b.jsonl").unlink()

    house.settle()

    for table in ("items", "captions", "embeddings", "activations", "bags"):
        assert house.home.table(table, "posts").height == 30, table
    mixtures = house.home.table("mixtures", "posts")
    assert mixtures["item_id"].n_unique() == 30


@pytest.mark.slow
def test_an_update_between_two_looks_is_not_lost(house, posts):
    """The captions are made, and more items come before anybody looks: `eager()` loses those."""
    put(posts, {"b.jsonl": rows_of(range(30, 32))})
    house.launch("posts", {"items"})
    house.launch("posts", {"captions"})
    put(posts, {"c.jsonl": rows_of(range(32, 34))})
    house.launch("posts", {"items"})

    house.settle()

    for table in ("captions", "embeddings", "activations", "bags"):
        assert house.home.table(table, "posts").height == 34, table


@pytest.mark.slow
def test_datasets_that_were_there_before_the_first_look_are_completed(house):
    deliver(house, "posts", a=rows_of(range(30)), dataset_toml=OPTIONS)
    house.instance.add_dynamic_partitions("datasets", ["posts"])
    house.launch("posts", {"items", "captions"})
    house.condition_cursor = None  # a daemon that has never looked

    house.settle()

    assert set(house.home.versions("posts")) == EVERY


@pytest.mark.slow
def test_a_failed_stage_waits_for_a_person_and_the_rest_follows_its_repair(house):
    folder = deliver(house, "posts", a=rows_of(range(30)), dataset_toml="encoder = 'no/such'\n")

    house.settle()
    assert "embeddings" not in house.home.versions("posts")
    tries = [assets for _, assets in house.launched if "embeddings" in assets]
    assert house.settle() == []

    put(folder, {"dataset.toml": OPTIONS})
    house.settle()

    assert len(tries) == 1
    assert set(house.home.versions("posts")) == EVERY


@pytest.mark.slow
def test_what_a_failure_left_undone_is_found_when_a_person_repairs_only_the_stage(house, posts):
    """The chain was asked for once and broke; a repair to the same data announces nothing."""
    put(posts, {"dataset.toml": OPTIONS + "encoder = 'no/such'\n", "b.jsonl": rows_of([30, 31])})
    house.settle()
    put(posts, {"dataset.toml": OPTIONS})
    house.launch("posts", {"items"})
    house.launch("posts", {"embeddings"})

    house.settle()

    for table in ("embeddings", "activations"):
        assert house.home.table(table, "posts").height == 32, table
    assert house.home.table("mixtures", "posts")["item_id"].n_unique() == 32


def below(house, *roots):
    """Return these assets and all that depends on them."""
    graph = house.definitions.resolve_asset_graph()
    found = {dg.AssetKey(root) for root in roots}
    while wider := set().union(*(graph.get(key).child_keys for key in found)) - found:
        found |= wider
    return {key.to_user_string() for key in found}


@pytest.mark.parametrize(
    ("setting", "root"),
    [
        ("topic_count = 2", "topics"),
        ("vocabulary.size = 20", "vocabulary"),
    ],
)
@pytest.mark.slow
def test_a_changed_setting_makes_exactly_its_downstream_run(house, posts, setting, root):
    put(posts, {"dataset.toml": setting + "\ntopic_counts = [2]\n"})

    stages = [assets for _, assets in house.settle() if assets != {"items"}]

    assert stages[0] == {root}
    ran = set().union(*stages)
    assert ran <= below(house, root)
    assert {"topics", "scores", "report"} <= ran


@pytest.mark.slow
@pytest.mark.usefixtures("posts")
def test_new_code_of_a_stage_runs_it_and_its_downstream_which_computes_nothing(house, monkeypatch):
    def newer(spec):
        is_meant = spec.key == dg.AssetKey("captions")
        return spec.replace_attributes(code_version="2") if is_meant else spec

    monkeypatch.setattr(definitions, "STAGES", [stage.map_asset_specs(newer) for stage in STAGES])
    before = now()
    house.restart()

    runs = house.settle()

    assert [assets for _, assets in runs] == [below(house, "captions")]
    assert set(house.written("posts", since=before).values()) == {0}


@pytest.mark.slow
def test_an_autoencoder_retrained_to_equal_weights_changes_nothing_and_another_does(house, posts):
    config = {"ops": {"sae_checkpoints": {"config": {"retrain": True}}}}
    assert posts.is_dir()
    assert house.launch("posts", {"sae_checkpoints"}, config=config)
    assert house.settle() == []

    put(posts, {"dataset.toml": OPTIONS + "sae.seed = 1\n"})
    runs = house.settle()

    ran = set().union(*(assets for _, assets in runs))
    assert {"sae_checkpoints", "activations", "emission_matrix", "topics"} <= ran
    assert not {"captions", "embeddings", "bags", "vocabulary"} & ran


def test_two_hundred_datasets_are_looked_at_in_one_tick(house):
    for number in range(200):
        deliver(house, f"set {number}", a=rows_of([number]))

    house.look("new_items")
    tick = house.look("new_items")

    assert len(tick.run_requests) == 200
    assert len(house.instance.get_dynamic_partitions("datasets")) == 200
