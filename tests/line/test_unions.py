"""A union has the rows of its members and topics of its own, and follows what they become."""

import json

import polars as pl
import pytest

from resources.frames import Frames
from saetm.errors import InputError, SaetmError
from saetm.queries.source import in_service
from saetm.tables import ACTIVATIONS, BAGS, CAPTIONS, EMBEDDINGS, ITEMS, MIXTURES, TABLES
from saetm_assets.cli.union import ensure_union
from tests.line.homes import refusal, way_to
from tests.line.themed import FEW, themed_rows, write_rows

LEFT, RIGHT = "left", "right"
SHARED = 3  # texts of both members
STAGES = way_to("topic_summaries")
PASSED_ON = way_to("bags", "activations")
OPTIONS = ("--set", "topic_count=3", "--set", "topic_counts=[2]")
WORK = (CAPTIONS, BAGS, EMBEDDINGS, ACTIVATIONS)


@pytest.fixture(scope="module")
def members(home, tmp_path_factory):
    """Two datasets that share an autoencoder and three texts."""
    root = tmp_path_factory.mktemp("members")
    for name, numbers in ((LEFT, range(45)), (RIGHT, range(45 - SHARED, 90))):
        home.add(name, write_rows(root / name, "rows.jsonl", themed_rows(numbers)), *FEW)
        home.run(name, *PASSED_ON)
        home.cli("sae", "promote", LEFT)
    return root


@pytest.fixture(scope="module")
def strange(home, members):
    """A dataset with an autoencoder of its own."""
    rows = write_rows(members / "strange", "rows.jsonl", themed_rows(range(60)))
    home.add("strange", rows, *FEW, "autoencoder=train")
    home.run("strange", *PASSED_ON)
    return "strange"


@pytest.fixture(scope="module")
def both(home, members):
    assert members.is_dir()
    result = home.cli("union", "both", LEFT, RIGHT, *OPTIONS)
    assert result.exit_code == 0, result.output
    home.run("both", *STAGES)
    return "both"


def stored(home, dataset):
    """Return the tables that hold rows under this very name."""
    lake = home.lake
    return {
        table.name
        for table in TABLES.values()
        if "dataset" in table.schema and lake.stored(table, dataset).head(1).collect().height
    }


def test_an_item_of_both_is_in_both_sets_and_is_fitted_once(home, both):
    view = home.view(both)
    items = view.scan(ITEMS).collect()

    assert dict(items["dataset"].value_counts().iter_rows()) == {LEFT: 45, RIGHT: 48}
    assert items["item_id"].n_unique() == 90
    for table in WORK:
        rows = view.in_service(table).collect()
        assert rows.height == rows["item_id"].n_unique() == 90, table.name
        assert dict(rows["dataset"].value_counts().iter_rows()) == {LEFT: 45, RIGHT: 45}
    mixtures = view.scan(MIXTURES).filter(pl.col("topic_count") == 2).collect()
    assert mixtures.height == 90


def test_a_union_holds_no_copy_of_a_row_of_its_members(home, both):
    assert stored(home, both).isdisjoint({"items", "rejects", *(table.name for table in WORK)})
    assert {"vocabulary", "emission_matrix", "topics", "mixtures"} <= stored(home, both)


def test_queries_see_the_same_rows_as_the_line(home, both):
    frames = Frames(home.lake)

    assert frames.items(both).select(pl.len()).collect().item() == 93
    for table in WORK:
        found = in_service(frames, table, both).collect()
        assert found.height == 90
        assert set(found["item_id"]) == set(home.view(both).in_service(table).collect()["item_id"])
    then = frames.at(both, str(home.table("materialisations", both)["run_id"][-1]))
    assert then.items(both).select(pl.len()).collect().item() == 93
    assert then.bags(both).select(pl.len()).collect().item() == 90


def test_a_topic_of_a_union_leads_to_the_files_of_its_members(home, both):
    rows = json.loads(home.cli("topics", both, "--json").stdout)
    topic = rows[0]["id"] if "id" in rows[0] else next(iter(rows[0].values()))

    result = home.cli("lineage", both, topic, "--json")

    assert result.exit_code == 0, result.output
    assert "rows.jsonl#" in result.stdout
    items = json.loads(home.cli("items", both, "--topic", topic, "--json", "--limit", "90").stdout)
    paths = [each["item_id"] for each in items]
    assert len(paths) == len(set(paths))


@pytest.mark.slow
def test_nothing_is_owed_twice_and_news_of_a_member_reach_the_union(home, both, members):
    assert home.run(both, *STAGES).is_nothing_new
    before = home.versions(both)
    write_rows(members / RIGHT, "more.jsonl", themed_rows(range(90, 96)))
    home.run(RIGHT, *PASSED_ON)

    home.run(both, *STAGES)

    after = home.versions(both)
    changed = {asset for asset in STAGES if before[asset] != after[asset]}
    assert changed >= {"items", "captions", "bags", "embeddings", "activations", "topics"}
    assert "sae_checkpoints" not in changed
    assert home.view(both).in_service(BAGS).select(pl.len()).collect().item() == 96


def test_the_union_of_some_datasets_is_found_again(home, both):
    with home.entered(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("saetm_assets.cli.union.run_dataset", lambda *_, **__: None)
        assert ensure_union([RIGHT, LEFT]) == both


@pytest.mark.usefixtures("members")
def test_retiring_a_union_leaves_its_members_as_they_are(home):
    counts = {name: home.view(name).count(BAGS) for name in (LEFT, RIGHT)}
    result = home.cli("union", "brief", LEFT, RIGHT)
    assert result.exit_code == 0, result.output

    assert home.cli("remove", "brief", "--yes").exit_code == 0

    assert {name: home.view(name).count(BAGS) for name in counts} == counts
    assert "retired" in refusal(home.cli("run", "brief"))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "names no dataset"),
        ((LEFT, LEFT), "twice"),
        ((LEFT, "new"), "names itself"),
        ((LEFT, "absent"), "no dataset is called 'absent'"),
        ((LEFT, "both"), "a union itself: name the datasets that it consists of ('left', 'right')"),
    ],
)
@pytest.mark.usefixtures("both")
def test_what_is_no_union_is_refused_in_a_sentence(home, names, told):
    assert told in refusal(home.cli("union", "new", *names))
    assert "new" not in home.registry.names()


@pytest.mark.slow
def test_other_autoencoders_are_refused_with_what_to_do(home, strange):
    assert home.cli("union", "mixed", LEFT, strange).exit_code == 0

    with pytest.raises(SaetmError, match="autoencoder=train") as refused:
        home.run("mixed", *STAGES)

    assert "'left' and 'strange' have different autoencoders" in str(refused.value)
    assert stored(home, "mixed") <= {"datasets", "materialisations"}
    with home.entered(), pytest.raises(InputError, match="different autoencoders"):
        ensure_union([RIGHT, strange])
    assert not [name for name in home.registry.names() if "+" in name]


@pytest.mark.slow
def test_a_union_may_train_an_autoencoder_of_its_own(home, strange):
    result = home.cli("union", "trained", LEFT, strange, *OPTIONS, "--set", "autoencoder=train")
    assert result.exit_code == 0, result.output

    home.run("trained", *STAGES)

    view = home.view("trained")
    assert {"activations", "sae_checkpoints"} <= stored(home, "trained")
    activations = view.in_service(ACTIVATIONS).collect()
    assert set(activations["dataset"]) == {"trained"}
    assert activations.height == view.in_service(EMBEDDINGS).collect().height == 60


@pytest.mark.usefixtures("members")
def test_the_name_of_a_dataset_with_files_is_no_name_of_a_union(home):
    assert "files of its own" in refusal(home.cli("union", LEFT, RIGHT, "other"))
