"""Checks as they run in the line: contracts stop it, poor quality warns."""

import dagster as dg
import polars as pl
import pytest

from resources.settings import load_settings
from saetm.tables import BAGS, SAE_CHECKPOINTS, TABLES, VOCABULARY
from saetm_assets.checks import SHARED
from saetm_assets.definitions import ASIDE
from saetm_assets.home import open_instance
from tests.line.homes import refusal, theme_files
from tests.resources.inbox_folders import put

NOTE = {"run_id": "a test"}
UP_TO_BAGS = ("items", "captions", "bags")


def evaluations(home, run_id):
    """Return what each check of a run found, by name."""
    with home.entered(), open_instance(load_settings()) as instance:
        events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    found = [event.dagster_event.asset_check_evaluation_data for event in events]
    return {each.check_name: each for each in found}


def newest_run(home):
    with home.entered(), open_instance(load_settings()) as instance:
        return instance.get_runs(limit=1)[0].run_id


@pytest.fixture
def small(home, tmp_path, request):
    """A dataset with bags, fresh for each test."""
    name = request.node.name
    home.add(name, put(tmp_path, theme_files(6)))
    home.run(name, *UP_TO_BAGS)
    return name


def test_every_table_of_an_asset_is_checked_and_keeps_its_contract(home, texts):
    ledger = home.table("materialisations", texts).sort("created_at")

    found = evaluations(home, ledger["run_id"][0])

    aside = {stage.key.to_user_string() for stage in ASIDE}
    contracts = {
        f"{name}_contract"
        for name, table in TABLES.items()
        if name not in SHARED and table.asset not in aside
    }
    assert contracts <= set(found)
    assert all(found[name].passed and found[name].blocking for name in contracts)


def test_a_key_that_stands_twice_stops_the_line_and_is_named(home, small):
    home.lake.append(BAGS, home.table("bags", small).head(1), note=NOTE)

    sentence = refusal(home.cli("run", small, "--select", "bags,vocabulary", "--json"))

    assert sentence == "table bags breaks its contract: duplicate keys"
    check = evaluations(home, newest_run(home))["bags_contract"]
    assert not check.passed
    assert check.blocking
    assert home.table("vocabulary", small).is_empty()


def test_a_null_where_none_may_be_stops_the_line_and_is_named(home, small):
    home.run(small, "vocabulary")
    words = home.table("vocabulary", small)
    spoilt = words.with_columns(word_count=pl.when(pl.col("word_id") > 0).then("word_count"))
    home.lake.replace(VOCABULARY, small, spoilt, note=NOTE)

    sentence = refusal(home.cli("run", small, "--select", "vocabulary,word_vectors", "--json"))

    assert sentence == "table vocabulary breaks its contract: nulls in word_count"
    assert home.table("word_vectors", small).is_empty()


def test_a_dead_autoencoder_is_a_warning_and_the_line_goes_on(home, texts):
    whole = home.table("sae_checkpoints", texts)
    dead = whole.with_columns(dead_share=pl.lit(0.9), variance_explained=pl.lit(0.01))
    home.lake.replace(SAE_CHECKPOINTS, texts, dead, note=NOTE)
    try:
        outcome = home.run(texts, "sae_checkpoints", "activations")
    finally:
        home.lake.replace(SAE_CHECKPOINTS, texts, whole, note=NOTE)

    found = evaluations(home, outcome.run_id)
    for name in ("dead_features", "variance_explained"):
        assert not found[name].passed, name
        assert found[name].severity == dg.AssetCheckSeverity.WARN
    assert "90%" in found["dead_features"].description
    assert found["sae_checkpoints_contract"].passed
    assert "activations" in outcome.written


def test_good_results_raise_no_warning(home, texts):
    ledger = home.table("materialisations", texts).sort("created_at")

    found = evaluations(home, ledger["run_id"][0])

    assert found["items_without_words"].passed
    assert found["empty_topics"].passed


def test_items_without_any_word_of_the_vocabulary_are_a_warning(home, tmp_path):
    empty = {f"empty{number}.txt": "and the of " * (number + 1) for number in range(8)}
    home.add("wordless", put(tmp_path, {**theme_files(12), **empty}))

    outcome = home.run("wordless", *UP_TO_BAGS, "vocabulary")

    check = evaluations(home, outcome.run_id)["items_without_words"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert check.metadata["value"].value == pytest.approx(8 / 20)
