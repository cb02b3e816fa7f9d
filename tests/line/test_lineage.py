"""A topic followed back to its files, as it is and as it was, on a line that really ran."""

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from resources.frames import Frames
from resources.history import rows_at
from resources.settings import load_settings
from saetm.cuts import tree_of
from saetm.errors import InputError
from saetm.queries.change import topic_change
from saetm.queries.explanation import explain_item
from saetm.queries.lineage import Lineage, topic_lineage
from saetm.queries.made_by import WAY
from saetm.queries.reason import reasons, what_happened, why
from saetm.tables import MATERIALISATIONS, TABLES
from saetm.topics.cut import cut_nodes
from saetm.topics.mixtures import item_mixtures, representative_items
from saetm.topics.words import top_words, word_scores
from saetm_assets.definitions import STAGES
from saetm_assets.home import open_instance
from saetm_assets.matrices import topic_material
from tests.line.homes import Home, refusal
from tests.line.themed import FEW, themed_rows, write_rows

NAME = "followed"
EVIL = "evil\x1b[2J\x1b]0;owned\x07.jsonl"
HOSTILE = "The [bold]oven[/bold] \x1b[31mglows\x1b[0m \u202eright to left\u202c \x9b5n. "
STORED = "topics.stored_words"


@dataclass(frozen=True)
class After:
    """What was there after a run."""

    run_id: str
    tables: dict[str, pl.DataFrame]
    lineages: dict[str, Lineage]  # by topic of the stored cuts


@pytest.fixture(scope="module")
def runs(home, tmp_path_factory):
    """Three runs: of 36 texts, after 12 more came, of which one is hostile, under an option."""
    folder = write_rows(tmp_path_factory.mktemp("texts") / "d", "a.jsonl", themed_rows(range(36)))
    home.add(NAME, folder, *FEW)
    first = taken(home)
    later = themed_rows(range(36, 48))
    later[0]["text"] = HOSTILE + later[0]["text"]
    write_rows(folder, EVIL, later)
    second = taken(home)
    home.add(NAME, folder, *FEW, f"{STORED}=4")
    return first, second, taken(home, *WAY[-2:])


def taken(home, *assets):
    run_id = home.run(NAME, *(assets or WAY)).run_id
    tables = {name: home.table(name, NAME) for name in TABLES}
    ids = tables["topics"]["topic_id"].unique()
    return After(run_id, tables, {each: topic_lineage(home.lake, NAME, each) for each in ids})


def as_json(home, *arguments):
    result = home.cli(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_way_is_that_of_the_stages():
    reads = {
        stage.key.to_user_string(): {each.to_user_string() for each in stage.asset_deps[stage.key]}
        for stage in STAGES
    }

    assert all(reads[name] <= set(WAY[:place]) for place, name in enumerate(WAY))
    assert set(WAY[:-1]) == set().union(*(reads[name] for name in WAY))


def test_every_name_in_the_json_is_in_the_tables(home, runs):
    known = runs[-1].tables
    items = dict(known["items"].select("item_id", "path").iter_rows())
    with home.entered(), open_instance(load_settings()) as instance:
        launched = {each.run_id for each in instance.get_runs()}
    for topic in known["topics"]["topic_id"].unique():
        told = as_json(home, "lineage", NAME, topic)

        assert told["topic"]["topic_id"] == topic
        assert {each["feature"] for each in told["features"]} <= set(told["topic"]["features"])
        assert set(told["topic"]["features"]) <= set(known["emission_matrix"]["feature"])
        assert told["autoencoder"]["sae_id"] == known["sae_checkpoints"]["sae_id"].item()
        assert told["autoencoder"]["training_set"]["dataset"] == NAME
        assert told["activations"] in known["activations"]["producer"].to_list()
        relatives = {told["node"]["parent"], *told["node"]["children"]} - {None}
        assert relatives <= set(known["topic_nodes"]["topic_id"])
        assert told["topic"]["name"]["question_id"] in set(known["replies"]["question_id"])
        assert 0 < len(told["items"]) <= 10
        for best in told["items"]:
            item = best["item"]
            assert items[item["item_id"]] == item["file"]["path"]
            assert item["caption"]["text"] in known["captions"]["caption"].to_list()
            assert set(item["runs"].values()) <= launched
        assert [step["asset"] for step in told["steps"]] == list(WAY)
        named = {step[by] for step in told["steps"] for by in ("made_by", "confirmed_by")}
        assert named <= launched


def test_each_step_names_the_run_that_wrote_it_and_the_one_that_confirmed_it(runs):
    first, second, third = runs
    lineage = next(iter(third.lineages.values()))
    made = {step.asset: step.made_by for step in lineage.steps}

    confirmed = {step.asset: step.confirmed_by for step in lineage.steps}
    assert {name for name in WAY if confirmed[name] == third.run_id} == set(WAY[-2:])
    assert {confirmed[name] for name in WAY[:-2]} == {second.run_id}
    assert made["sae_checkpoints"] == first.run_id
    assert {made[name] for name in ("items", "captions", "activations", "bags")} == {second.run_id}
    assert made["topics"] == third.run_id
    assert lineage.topic.run_id == third.run_id
    for best in lineage.items:
        came = second if best.item.file.path.startswith("evil") else first
        assert set(best.item.runs.values()) == {came.run_id}


def test_the_table_versions_of_every_entry_hold_what_the_tables_held(home, runs):
    for after in runs:
        mine = pl.col("run_id") == after.run_id
        ledger = home.lake.scan(MATERIALISATIONS, NAME).filter(mine).collect()
        done = ledger.filter(pl.col("input_version") != "")
        seen = 0
        for versions in done["table_versions"].to_list():
            for name, version in json.loads(versions).items():
                then = rows_at(home.lake, TABLES[name], version, NAME).collect()
                expected = after.tables[name]
                if name == "rejects":
                    continue  # written by three assets
                seen += 1
                assert order(then).equals(order(expected)), (name, version)
        assert seen >= (7 if after is runs[-1] else 15)
        assert (
            ledger.filter(pl.col("input_version") == "")["table_versions"].drop_nulls().len() == 0
        )


def order(frame):
    return frame.sort(frame.hash_rows(seed=0)) if frame.height else frame


def test_steps_tell_code_options_and_what_they_read(runs):
    steps = {step.asset: step for step in next(iter(runs[-1].lineages.values())).steps}
    codes = {stage.key.to_user_string(): stage.code_versions_by_key[stage.key] for stage in STAGES}

    assert {name: step.code_version for name, step in steps.items()} == {
        name: codes[name] for name in WAY
    }
    assert steps["topics"].options["topics"]["stored_words"] == 4
    assert steps["topics"].options["topic_count"] == 3
    assert steps["items"].upstream == {}
    for step in steps.values():
        for name, version in step.upstream.items():
            assert steps[name].data_version == version


def test_the_lineage_of_a_moment_is_what_it_was_at_that_moment(home, runs):
    frames = Frames(home.lake)
    for after in runs[:2]:
        then = frames.at(NAME, after.run_id[:8])
        for topic, lineage in after.lineages.items():
            assert topic_lineage(then, NAME, topic) == lineage
        for name in ("topics", "items", "mixtures", "datasets", "materialisations"):
            held = getattr(then, name)(NAME).collect()
            assert order(held).equals(order(after.tables[name])), name
    ended = runs[1].tables["materialisations"]["created_at"].max()
    assert frames.at(NAME, ended.isoformat()).items().collect().height == 48
    assert frames.at(NAME, ended - timedelta(seconds=1)).items().collect().height == 36
    with pytest.raises(InputError, match="only"):
        frames.at(NAME, runs[0].run_id).topics("another")


def test_added_files_are_named_as_the_cause(home, runs):
    first, second, _ = runs
    frames = Frames(home.lake)
    then, now = (frames.at(NAME, after.run_id) for after in (first, second))
    both = set(first.lineages) & set(second.lineages)
    assert both
    for topic in both:
        change = topic_change(then, now, NAME, topic)

        assert reasons(change) == ("12 items came to the dataset",)
        assert (change.files.came, change.files.went) == (12, 0)
        assert {path.split("#")[0] for path in change.files.first_came} == {EVIL}
        assert {each.what for each in change.differences} == {"rows", "data version"}


def test_a_changed_option_is_named_as_the_cause_with_its_values(home, runs):
    _, second, third = runs
    then = Frames(home.lake).at(NAME, second.run_id)
    topic = next(iter(third.lineages))
    change = topic_change(then, home.lake, NAME, topic)

    assert reasons(change) == (f"the option {STORED} of topics went from 50 to 4",)
    assert what_happened(change).endswith("6 top words went")
    before = [word.word for word in second.lineages[topic].topic.words]
    assert list(change.words.first_went) == before[4:10]
    told = as_json(home, "lineage", NAME, topic, "--since", second.run_id[:8])
    assert told["why"] == why(change)
    assert told["since"]["run_id"] == second.run_id
    shown = home.cli("lineage", NAME, topic, "--since", second.run_id[:8]).stdout
    assert f"the option {STORED} of topics went from 50 to 4" in " ".join(shown.split())
    same = topic_change(home.lake, home.lake, NAME, topic)
    assert why(same) == f"{topic} is what it was; nothing that it is made from has changed"


def test_a_topic_that_came_or_went_is_told(home, runs):
    first, _, third = runs
    then = Frames(home.lake).at(NAME, first.run_id)
    gone = set(first.tables["topic_nodes"]["topic_id"]) - set(
        third.tables["topic_nodes"]["topic_id"]
    )
    for topic in gone:
        assert what_happened(topic_change(then, home.lake, NAME, topic)).startswith(topic)
        assert what_happened(topic_change(home.lake, then, NAME, topic)).endswith("there then")
    with pytest.raises(InputError, match="had no topic"):
        topic_change(then, home.lake, NAME, "t0000000000")


def test_nodes_that_no_cut_stores_are_followed_as_the_topics_at_that_number_would_be(home, runs):
    material = topic_material(home.view(NAME))
    nodes = runs[-1].tables["topic_nodes"].sort("node")
    tree = tree_of(nodes, n_features=len(material.weights))
    spans = {}
    for node, topic in nodes.select("node", "topic_id").iter_rows():
        if node % 23 and node < nodes.height - 5:
            continue
        lineage = topic_lineage(home.lake, NAME, topic, n_items=5)
        spans[node] = (lineage.node.shows_from, lineage.node.shows_to)
        features = list(lineage.topic.features)
        assert lineage.topic.weight == pytest.approx(material.weights[features].sum(), rel=1e-6)
        labels = np.full(len(material.weights), -1)
        labels[features] = 0
        if not lineage.topic.cuts and material.weights[features].sum() > 0:
            scores = word_scores(material.emissions, material.weights, labels)
            best = [material.words[word] for word in top_words(scores, 5)[0]]
            assert [word.word for word in lineage.topic.words[:5]] == best
        mixtures = item_mixtures(material.shares, labels)
        rows = representative_items(mixtures, 0, 48)
        column = mixtures[:, [0]].toarray().ravel()
        best = {material.item_ids[row]: column[row] for row in rows}
        shares = [each.share for each in lineage.items]
        assert shares == pytest.approx(list(best.values())[: len(shares)], abs=1e-6)
        assert shares == pytest.approx([best[each.item.item_id] for each in lineage.items])
    for count in range(1, tree.n_leaves + 1):
        shown = set(cut_nodes(tree, count).tolist())
        assert all((node in shown) == (low <= count <= high) for node, (low, high) in spans.items())


def test_an_item_leads_to_its_features_and_topics(home, runs):
    known = runs[-1].tables
    (item_id, path), *_ = (
        known["items"]
        .filter(pl.col("path").str.starts_with("a."))
        .select("item_id", "path")
        .iter_rows()
    )
    told = as_json(home, "explain", NAME, path)

    assert told == as_json(home, "explain", NAME, item_id[:12])
    assert told["item"]["item_id"] == item_id
    active = known["activations"].filter(item_id=item_id)
    pairs = dict(zip(active["features"][0].to_list(), active["activations"][0], strict=True))
    strengths = [each["activation"] for each in told["features"]]
    assert strengths == sorted(pairs.values(), reverse=True)[: len(strengths)]
    assert all(pairs[each["feature"]["feature"]] == each["activation"] for each in told["features"])
    mixtures = known["mixtures"].filter(item_id=item_id).explode("topics", "shares")
    told_shares = {
        (each["topic_count"], each["topic_id"]): each["share"] for each in told["topics"]
    }
    assert told_shares == {
        (count, topic): share
        for count, topic, share in mixtures.select("topic_count", "topics", "shares").iter_rows()
    }
    labels = set(known["topic_summaries"]["label"])
    assert {each["label"] for each in told["topics"]} <= labels
    frame = explain_item(home.lake, NAME, path).frame()
    assert frame.height == len(told["topics"])


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (("lineage", NAME, "t0000000000"), "has no topic 't0000000000'"),
        (("lineage", NAME, "\x1b[31mred"), "has no topic"),
        (("lineage", "nobody", "t1"), "no dataset is called 'nobody'"),
        (("lineage", NAME, "t1", "--since", "1999-01-01"), "had no finished run then"),
        (("explain", NAME, "nix.txt"), "has no item 'nix.txt'"),
        (("explain", NAME, "\x1b]0;x\x07"), "has no item"),
    ],
)
def test_what_is_not_there_is_one_sentence(home, arguments, meant):
    told = refusal(home.cli(*arguments))

    assert meant in told
    assert "\x1b" not in told


def test_hostile_texts_reach_no_terminal_as_they_are(home, runs):
    items = runs[-1].tables["items"]
    path = items.filter(pl.col("text").str.contains("glows", literal=True))["path"].item()
    lineages = (home.cli("lineage", NAME, topic) for topic in runs[-1].lineages)
    change = home.cli("lineage", NAME, next(iter(runs[-1].lineages)), "--since", runs[0].run_id)
    explained = home.cli("explain", NAME, path)
    for result in (*lineages, change, explained):
        assert result.exit_code == 0, result.output
        seen = set(result.output)
        assert not seen & {"\x1b", "\x07", "\x9b", "\u202e", "\u202c"}
    assert "[bold]oven[/bold]" in " ".join(explained.stdout.replace("│", "").split())
    assert "evil[2J]0;owned.jsonl" in explained.stdout


@pytest.mark.slow
def test_topics_of_kmeans_have_a_lineage_of_their_own(home, runs, tmp_path):
    home = Home(Path(shutil.copytree(home.root, tmp_path / "home")))
    folder = home.registry.find(NAME).folder
    home.add(NAME, folder, *FEW, "topics.method=kmeans")
    home.run(NAME, "topics")
    topics = home.table("topics", NAME)
    for topic in topics.filter(topic_count=3)["topic_id"]:
        lineage = topic_lineage(home.lake, NAME, topic)

        assert lineage.topic.method == "kmeans"
        assert lineage.items
        assert lineage.frame()["part"].unique().len() >= 6
    then = Frames(home.lake).at(NAME, runs[-1].run_id)
    told = why(topic_change(then, home.lake, NAME, next(iter(runs[-1].lineages))))
    assert "the option topics.method of topics went from tree to kmeans" in told
