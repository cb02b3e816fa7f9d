"""What the row stages of a union do: nothing but to note what its members hold."""

import dagster as dg

from resources.members import check_fit, find_members
from resources.registry import Registry
from saetm.errors import InputError
from saetm.owed import entry_of
from saetm.rows import digest
from saetm.tables import ITEMS, Table
from saetm.unions import Membership, joint_producer
from saetm_assets.step import Step


def relay(step: Step, union: Membership, table: Table) -> dg.MaterializeResult[None]:
    """Close a row stage of a union: its rows and their version are those of its members."""
    _ = step.input_version  # that is, every member has an entry
    entries = step.entries()
    made = {name: entries[entry_of(name, table.asset)] for name in union.members}
    return step.close(
        table,
        version=digest(part for name, entry in made.items() for part in (name, entry.data_version)),
        producer=joint_producer(entry.producer for entry in made.values()),
        metadata={"members": ", ".join(made)},
    )


def check_union(step: Step, union: Membership, registry: Registry) -> None:
    """Refuse what cannot be a union, before any stage of it writes.

    Raises:
        InputError: it has items of its own, or its members cannot be members together.
    """
    if not step.lake.stored(ITEMS, step.dataset).head(1).collect().is_empty():
        raise InputError(
            f"dataset {step.dataset!r} has items of its own, and a union has none: give the union "
            "another name"
        )
    find_members(registry, step.dataset, union.members)
    check_fit(step.lake, step.dataset, union.members, trains=union.own_codes)
