"""Events: that a piece of work began, and how it ended."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from saetm_assets.openlineage.jobs import job
from saetm_assets.openlineage.place import PRODUCER, Place
from saetm_assets.openlineage.runs import run
from saetm_assets.openlineage.tables import inputs, output
from saetm_assets.work_done import Work

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent


def events(done: Iterable[Work], place: Place) -> "Iterator[RunEvent]":
    """Yield for each piece of work that it began, and how it ended."""
    from openlineage.client.event_v2 import RunEvent, RunState

    for work in done:
        ended = RunState.COMPLETE if work.failure is None else RunState.FAIL
        for state, at in ((RunState.START, work.began), (ended, work.ended)):
            yield RunEvent(
                eventType=state,
                eventTime=at.isoformat(),
                producer=PRODUCER,
                run=run(work, place),
                job=job(work, place),
                inputs=list(inputs(work, place)),
                outputs=[output(written, work, place) for written in work.writes],
            )
