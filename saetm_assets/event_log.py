"""The event log of a home: Dagster's own on SQLite, with connections that are kept.

Dagster opens an engine and a connection for each of the hundreds of statements of a run, which
then compiles the statement anew, and writes the log of the database back when it closes. That is
more than the rest of a small run takes. The files are the same, and others may use them meanwhile.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import QueuePool

MOST_ENGINES = 4  # the index and the runs at hand; each keeps a file open


class KeptEventLog(SqliteEventLogStorage):
    """Keeps the engine and a connection of each database that it used last."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Begin with none; the arguments are Dagster's."""
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptEventLog":
        """Open what an instance names; Dagster's own would open its own class."""
        return cls(config_value["base_dir"], inst_data)

    def has_table(self, table_name: str) -> bool:
        """Tell whether the index has a table; none is ever taken away."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close all that is kept."""
        super().dispose()
        while self._engines:
            self._drop_oldest()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            if len(self._engines) >= MOST_ENGINES:
                self._drop_oldest()
            self._engines[shard] = _open(self.conn_string_for_shard(shard))
        return self._engines[shard]

    def _drop_oldest(self) -> None:
        self._engines.pop(next(iter(self._engines))).dispose()


def kept_instance(home: Path) -> dg.DagsterInstance:
    """Open the instance of a folder whose instance file names no storage of its own."""
    folder = InstanceRef.config_defaults(str(home))["event_log_storage"]
    storage = {
        "module": KeptEventLog.__module__,
        "class": KeptEventLog.__name__,
        "config": folder.config_dict if folder else {},
    }
    return dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(str(home), overrides={"event_log_storage": storage})
    )


def _open(place: str) -> Engine:
    """Open a database whose commits wait for no disk: at worst a power cut takes the last ones."""
    engine = sqlalchemy.create_engine(
        place,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=-1,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )

    @sqlalchemy.event.listens_for(engine, "connect")
    def relax(connection: sqlalchemy.engine.interfaces.DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=NORMAL")  # the write-ahead log stays whole with it
        cursor.close()

    return engine
