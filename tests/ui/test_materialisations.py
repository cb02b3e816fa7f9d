"""What Dagster shows of every asset: what it is, and what each materialisation made."""

import dagster as dg
import pytest

from resources.settings import load_settings
from saetm.tables.origins import ORIGINS
from saetm.tables.owners import tables_of
from saetm_assets.definitions import STAGES
from saetm_assets.home import open_instance

NAMES = [stage.key.to_user_string() for stage in STAGES]
OF_TOKENS = {"token_autoencoder", "feature_counts", "feature_descriptions"}
LINKED = {
    "items": "map",
    "item_map": "map",
    "topics": "topics",
    "topic_summaries": "topics",
    "report": "report",
}


@pytest.fixture(scope="module")
def newest(home):
    """The newest materialisation of each asset of `tiles`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAETM_HOME", str(home))
        with open_instance(load_settings()) as instance:
            wanted = {
                name: dg.AssetRecordsFilter(dg.AssetKey(name), asset_partitions=["tiles"])
                for name in NAMES
            }
            return {
                name: instance.fetch_materializations(query, limit=1).records[0]
                for name, query in wanted.items()
            }


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_an_asset_says_what_a_row_is_who_owns_it_and_which_code_makes_it(stage):
    key = stage.key

    assert stage.descriptions_by_key[key].startswith("One row is ")
    assert stage.owners_by_key[key]
    assert stage.code_versions_by_key[key]
    assert "deltalake" in stage.specs_by_key[key].kinds
    assert stage.specs_by_key[key].group_name


@pytest.mark.parametrize("name", NAMES)
def test_a_materialisation_shows_schema_rows_origins_and_data_version(newest, name):
    made = newest[name].asset_materialization
    table = tables_of(name)[0]

    schema = made.metadata["dagster/column_schema"].schema
    assert [column.name for column in schema.columns] == table.schema.names()
    assert all(column.description for column in schema.columns)
    is_idle = name in OF_TOKENS  # no language model reads these items
    assert bool(made.metadata["preview"].records) != is_idle
    assert (made.metadata["dagster/partition_row_count"].value == 0) == is_idle
    assert made.tags["dagster/data_version"]
    lineage = made.metadata["dagster/column_lineage"].lineage
    assert set(lineage.deps_by_column) == set(ORIGINS.get(table.name, {}))


@pytest.mark.parametrize(("name", "page"), LINKED.items())
def test_a_materialisation_leads_to_the_explorer(newest, name, page):
    link = newest[name].asset_materialization.metadata["explorer"]

    assert link.url == f"http://127.0.0.1:3001/d/tiles/{page}"
