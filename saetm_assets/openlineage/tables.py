"""Datasets of the standard: our tables, and the folder that a dataset is read from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from saetm.tables import TABLES, Table
from saetm.tables.origins import Origin, origins
from saetm_assets.openlineage.place import PRODUCER, Place, dataset_name
from saetm_assets.work_done import Read, Work, Written

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import DatasetFacet, column_lineage_dataset


def inputs(work: Work, place: Place) -> "Iterator[InputDataset]":
    """Yield what was read."""
    from openlineage.client.event_v2 import InputDataset

    folder = place.folders.get(work.dataset)
    if work.asset == "items" and folder:
        namespace, name = dataset_name(folder)
        yield InputDataset(namespace=namespace, name=name)
    for read in work.reads:
        yield _input(read, work, place)


def _input(read: Read, work: Work, place: Place) -> "InputDataset":
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import base_subset_dataset as subset

    namespace, name = place.table(read.table)
    part = subset.PartitionSubsetCondition([subset.Partition({"dataset": work.dataset})])
    return InputDataset(
        namespace=namespace,
        name=name,
        facets=_table_facets(read.table, read.version),
        inputFacets={"subset": subset.InputSubsetInputDatasetFacet(part, producer=PRODUCER)},
    )


def output(written: Written, work: Work, place: Place) -> "OutputDataset":
    """Describe a table that was written, with its rows and where its columns come from."""
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import base_subset_dataset as subset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    namespace, name = place.table(written.table)
    part = subset.PartitionSubsetCondition([subset.Partition({"dataset": work.dataset})])
    return OutputDataset(
        namespace=namespace,
        name=name,
        facets=_table_facets(written.table, written.version) | _columns(written.table, place),
        outputFacets={
            "subset": subset.OutputSubsetOutputDatasetFacet(part, producer=PRODUCER),
            "outputStatistics": statistics.OutputStatisticsOutputDatasetFacet(
                rowCount=written.rows_added, producer=PRODUCER
            ),
        },
    )


def _table_facets(table: Table, delta_version: int | None) -> "dict[str, DatasetFacet]":
    from openlineage.client.facet_v2 import (
        dataset_version_dataset,
        documentation_dataset,
        schema_dataset,
        storage_dataset,
    )

    fields = [
        schema_dataset.SchemaDatasetFacetFields(
            name=column.name, type=str(column.dtype), description=column.meaning
        )
        for column in table.columns
    ]
    facets: dict[str, DatasetFacet] = {
        "schema": schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER),
        "documentation": documentation_dataset.DocumentationDatasetFacet(
            description=f"One row is {table.row}.", producer=PRODUCER
        ),
        "storage": storage_dataset.StorageDatasetFacet("delta", "parquet", producer=PRODUCER),
    }
    if delta_version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
            str(delta_version), producer=PRODUCER
        )
    return facets


def _columns(table: Table, place: Place) -> "dict[str, DatasetFacet]":
    """Tell where the columns come from, as declared; nothing where that is not."""
    from openlineage.client.facet_v2 import column_lineage_dataset as lineage

    fields = {
        column: lineage.Fields([_field(origin, place) for origin in found])
        for column, found in origins(table).items()
    }
    if not fields:
        return {}
    return {"columnLineage": lineage.ColumnLineageDatasetFacet(fields, producer=PRODUCER)}


def _field(origin: Origin, place: Place) -> "column_lineage_dataset.InputField":
    from openlineage.client.facet_v2 import column_lineage_dataset as lineage

    namespace, name = place.table(TABLES[origin.table])
    how = "IDENTITY" if origin.is_same else "TRANSFORMATION"
    return lineage.InputField(
        namespace, name, origin.column, [lineage.Transformation("DIRECT", how)]
    )
