"""Which tables an asset writes."""

from saetm.tables import TABLES, Table


def tables_of(asset: str) -> list[Table]:
    """Return the tables that an asset writes, the one of its own name first.

    Example:
        >>> [table.name for table in tables_of("activations")]
        ['activations', 'reconstructions']
    """
    mine = [table for table in TABLES.values() if table.asset == asset]
    return sorted(mine, key=lambda table: table.name != asset)
