"""The data dictionary and the table of stages, written from the contracts as Markdown."""

import json
from collections.abc import Iterable, Iterator, Mapping

import dagster as dg
from pydantic import BaseModel, JsonValue

from saetm.options import DatasetOptions
from saetm.presets import PRESETS
from saetm.tables import TABLES, Table


def data_dictionary() -> str:
    """Return one section per table: what a row is, key, and every column with its meaning."""
    head = (
        "# Tables\n\nGenerated from `saetm/tables` by `make golden`. Every table is a Delta "
        "table\nbelow `SAETM_HOME/lake`; what belongs to one dataset is partitioned by `dataset`."
        "\n"
    )
    return "\n".join([head, *(_section(table) for table in TABLES.values())])


def stage_table(stages: Iterable[dg.AssetsDefinition]) -> str:
    """Return the stages in order, with what they read and write."""
    lines = ["| asset | reads | tables written | one row is |", "|---|---|---|---|"]
    for stage in stages:
        key = stage.key
        name = key.to_user_string()
        reads = ", ".join(sorted(parent.to_user_string() for parent in stage.asset_deps[key]))
        tables = sorted(
            (table for table in TABLES.values() if table.asset == name),
            key=lambda table: table.name != name,  # the asset's own first
        )
        written = ", ".join(f"`{table.name}`" for table in tables)
        lines.append(f"| `{name}` | {reads or 'the folder'} | {written} | {tables[0].row} |")
    return "\n".join(lines)


def options_page() -> str:
    """Return every option of a dataset with its default and meaning."""
    head = (
        "# Options of a dataset\n\nGenerated from the models by `make golden`. In `dataset.toml` "
        "or with `--set key=value`.\n\n| option | default | meaning |\n|---|---|---|"
    )
    return "\n".join([head, *_options(DatasetOptions, ""), "", *_presets(), ""])


def _options(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from _options(type(field.default), f"{name}.")
        else:
            default = "chosen" if field.default is None else f"`{json.dumps(field.default)}`"
            yield f"| `{prefix}{name}` | {default} | {field.description} |"


def _presets() -> Iterator[str]:
    """Write out what each preset lays beneath the options of a dataset."""
    yield "## Presets\n"
    yield "`saetm add NAME FOLDER --preset PRESET`, or `preset` and `modality` in `dataset.toml`."
    yield "Options that are given as well win over those of the preset.\n"
    yield "| preset | items | option | value |\n|---|---|---|---|"
    for name, preset in PRESETS.items():
        for modality, options in preset.options.items():
            for option, value in _leaves(options, ""):
                yield f"| {name} | {modality} | `{option}` | `{json.dumps(value)}` |"


def _leaves(tree: Mapping[str, JsonValue], prefix: str) -> Iterator[tuple[str, JsonValue]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _section(table: Table) -> str:
    rows = [
        f"| `{column.name}` | {_type(str(column.dtype))}{' or null' * column.is_nullable} "
        f"| {column.meaning} |"
        for column in table.columns
    ]
    return "\n".join(
        [
            f"## {table.name}\n",
            f"One row is {table.row}. Written by {_writer(table)}; key: {_key(table)}.\n",
            "| column | type | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _key(table: Table) -> str:
    return ", ".join(f"`{name}`" for name in table.key)


def _type(name: str) -> str:
    return name.replace("Datetime(time_unit='us', time_zone='UTC')", "Datetime(UTC)")


def _writer(table: Table) -> str:
    return table.asset if " " in table.asset else f"`{table.asset}`"
