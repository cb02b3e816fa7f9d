import pytest

from saetm.tables import TABLES
from saetm.tables.origins import ORIGINS, origins
from saetm_assets.definitions import STAGES

READS = {
    stage.key.to_user_string(): {parent.to_user_string() for parent in stage.asset_deps[stage.key]}
    for stage in STAGES
}


@pytest.mark.parametrize("name", ORIGINS)
def test_every_origin_is_a_column_of_a_table_that_the_stage_reads(name):
    table = TABLES[name]

    assert origins(table)
    for column, found in origins(table).items():
        assert column in table.schema
        for origin in found:
            source = TABLES[origin.table]
            assert origin.column in source.schema
            assert source.asset in READS[table.asset]


def test_every_stage_but_the_first_says_where_its_columns_come_from():
    assert {TABLES[name].asset for name in ORIGINS} == set(READS) - {"items"}


def test_only_keys_go_through_as_they_are():
    same = {
        (name, column)
        for name in ORIGINS
        for column, found in origins(TABLES[name]).items()
        if any(origin.is_same for origin in found)
    }

    assert ("captions", "item_id") in same
    assert ("topic_summaries", "topic_id") in same
    assert ("topic_summaries", "words") not in same
    assert all(column in TABLES[name].key for name, column in same)
