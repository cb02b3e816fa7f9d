"""Lineage in a terminal: lines that hold untrusted text, and the table of who made what."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from resources.timeline import SHORT_ID, shown
from saetm.options import DatasetOptions
from saetm.prompts.wording import clean, shorten
from saetm.queries.causes import flat
from saetm.queries.made_by import Step

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

UNKNOWN = "not recorded"
LONGEST = 160  # characters of a caption
HEADINGS = (
    "asset",
    "made by",
    "at",
    "s",
    "confirmed",
    "rows",
    "code",
    "Delta versions",
    "producer and settings",
)


def branch(under: Tree, title: str, *lines: str) -> Tree:
    """Add a part with its lines; every text is cleaned, and none is read as markup."""
    part = under.add(Text(clean(title), style="bold"))
    for text in lines:
        part.add(line(text))
    return part


def line(text: str) -> Text:
    """Return one clean line."""
    return Text(clean(text))


def part_line(share: float, text: str) -> Text:
    """Return a line that begins with a share."""
    return Text.assemble((f"{share:4.0%}", "bold"), "  ", clean(text))


def quoted(text: str) -> str:
    """Return the beginning of a caption in quotation marks."""
    return f"“{shorten(text, LONGEST)}”"


def joined(*parts: str | None) -> str:
    """Join what is there by dots."""
    return " · ".join(part for part in parts if part)


def listed(texts: Iterable[str]) -> str:
    """List some things, or say that there are none."""
    return ", ".join(texts) or "none"


def made(steps: tuple[Step, ...]) -> Table:
    """Show who made each asset, and how."""
    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold", justify=_side(heading))
    for step in (step for step in steps if not step.is_idle):
        table.add_row(*(Text(clean(cell)) for cell in _cells(step)))
    return table


def as_text(answer: "DataclassInstance", **more: object) -> str:
    """Write an answer as JSON, with instants in ISO 8601."""
    return json.dumps(asdict(answer) | more, indent=2, default=_plain)


def _side(heading: str) -> Any:  # noqa: ANN401  a literal of rich
    return "right" if heading in {"rows", "s"} else "left"


def _cells(step: Step) -> tuple[str, ...]:
    return (
        step.asset,
        step.made_by[:SHORT_ID],
        shown(step.made_at)[:16],
        f"{step.seconds:.1f}",
        step.confirmed_by[:SHORT_ID] if step.is_finished else "amid a run",
        f"{step.row_count:,}",
        UNKNOWN if step.code_version is None else step.code_version,
        UNKNOWN if step.table_versions is None else _versions(step.table_versions),
        joined(step.producer, _settings(step)),
    )


def _versions(versions: dict[str, int]) -> str:
    return " ".join(f"{table}@{version}" for table, version in sorted(versions.items()))


def _settings(step: Step) -> str:
    """Name the options that are not the defaults."""
    if step.options is None:
        return ""
    usual = flat(json.loads(DatasetOptions().part(*step.options)))
    own = {name: value for name, value in flat(step.options).items() if usual.get(name) != value}
    return " ".join(f"{name}={json.dumps(value)}" for name, value in own.items())


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
