"""Runs of the standard: one materialisation of an asset."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

from saetm_assets.openlineage.place import PRODUCER, Place
from saetm_assets.work_done import Work

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Run
    from openlineage.client.facet_v2 import RunFacet


def run(work: Work, place: Place) -> "Run":
    """Describe a run: the run of Dagster above it, who did the work, and what went wrong."""
    from openlineage.client.event_v2 import Run
    from openlineage.client.facet_v2 import (
        error_message_run,
        execution_parameters_run,
        parent_run,
        processing_engine_run,
    )

    facets: dict[str, RunFacet] = {
        "parent": parent_run.ParentRunFacet(
            run=parent_run.Run(runId=str(_uuid(work.run_id))),
            job=parent_run.Job(namespace=place.jobs, name=work.dataset),
            producer=PRODUCER,
        ),
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
            version=version("dagster"), name="Dagster", producer=PRODUCER
        ),
        "executionParameters": execution_parameters_run.ExecutionParametersRunFacet(
            parameters=[
                execution_parameters_run.ExecutionParameter(key=key, value=value)
                for key, value in _parameters(work)
            ],
            producer=PRODUCER,
        ),
    }
    if work.failure is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            message=work.failure, programmingLanguage="python", producer=PRODUCER
        )
    return Run(runId=event_id(work), facets=facets)


def _parameters(work: Work) -> Iterator[tuple[str, str]]:
    """Yield who did the work and the options it was done by, as far as they were recorded."""
    if work.producer:
        yield "producer", work.producer
    for key, value in json.loads(work.options or "{}").items():
        yield f"options.{key}", json.dumps(value, sort_keys=True)


def event_id(work: Work) -> str:
    """Return the id of a run of the standard: the same for the same run of Dagster and asset."""
    return str(uuid5(_uuid(work.run_id), work.asset))


def _uuid(run_id: str) -> UUID:
    """Return Dagster's id of a run, which is a UUID unless somebody made one up."""
    try:
        return UUID(run_id)
    except ValueError:
        return uuid5(NAMESPACE_URL, run_id)
