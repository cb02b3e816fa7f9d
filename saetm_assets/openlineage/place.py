"""Names of the standard: where jobs run and tables lie, and who says so."""

from dataclasses import dataclass
from importlib.metadata import version
from urllib.parse import urlsplit

from saetm.tables import Table

PRODUCER = f"urn:saetm:{version('saetm')}"


@dataclass(frozen=True)
class Place:
    """Where the jobs run and where the tables lie, in the names of the standard."""

    scheduler: str  # URL of the Dagster UI: what tells one installation from another
    lake: str  # URI, or an absolute folder
    folders: dict[str, str]  # of the files of each dataset
    meanings: dict[str, str]  # one sentence per asset

    @property
    def jobs(self) -> str:
        """Namespace of the jobs."""
        return f"dagster://{urlsplit(self.scheduler).netloc}"

    def table(self, table: Table) -> tuple[str, str]:
        """Return namespace and name of a table."""
        return dataset_name(f"{self.lake}/{table.name}")


def dataset_name(uri: str) -> tuple[str, str]:
    """Return namespace and name of what lies at a URI or in a folder.

    Example:
        >>> dataset_name("/srv/lake/topics"), dataset_name("s3://bucket/lake/topics")
        (('file', '/srv/lake/topics'), ('s3://bucket', 'lake/topics'))
    """
    if "://" not in uri:
        return "file", uri
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}", parts.path.strip("/") or "/"
