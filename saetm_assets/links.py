"""Addresses of pages about a dataset: the explorer's, and Dagster's of the runs that made it."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Links:
    """Where people reach the two user interfaces; every part of a path or query is quoted.

    What is returned holds letters, digits and -._~:/?&=% only, so it stands in Markdown and HTML
    as it is.
    """

    explorer_url: str
    dagster_url: str

    def page(self, dataset: str, page: str, **query: str | int) -> str:
        """Return the address of a dataset's page in the explorer, such as `topics` with k=40."""
        address = f"{self.explorer_url}/d/{_segment(dataset)}/{page}"
        return f"{address}?{urlencode(query, quote_via=quote, safe='')}" if query else address

    def topic(self, dataset: str, topic_id: str, topic_count: int) -> str:
        """Return the address of a topic's page at a cut."""
        return self.page(dataset, f"topic/{_segment(topic_id)}", k=topic_count)

    def run(self, run_id: str) -> str:
        """Return the address of a run in the Dagster UI."""
        return f"{self.dagster_url}/runs/{_segment(run_id)}"


def _segment(text: str) -> str:
    return quote(text, safe="")
