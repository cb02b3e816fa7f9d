"""Jobs of the standard: an asset of a dataset."""

from typing import TYPE_CHECKING

from saetm_assets.openlineage.place import PRODUCER, Place
from saetm_assets.work_done import Work

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Job
    from openlineage.client.facet_v2 import JobFacet


def job(work: Work, place: Place) -> "Job":
    """Describe a job: what it is for, for which dataset, and the version of its code."""
    from openlineage.client.event_v2 import Job
    from openlineage.client.facet_v2 import (
        documentation_job,
        job_type_job,
        source_code_location_job,
        tags_job,
    )

    module = f"saetm_assets.stages.{work.asset}"
    facets: dict[str, JobFacet] = {
        "jobType": job_type_job.JobTypeJobFacet(
            processingType="BATCH", integration="DAGSTER", jobType="ASSET", producer=PRODUCER
        ),
        "documentation": documentation_job.DocumentationJobFacet(
            description=place.meanings[work.asset], producer=PRODUCER
        ),
        "tags": tags_job.TagsJobFacet(
            tags=[tags_job.TagsJobFacetFields("dataset", work.dataset, "DAGSTER")],
            producer=PRODUCER,
        ),
    }
    if work.code_version:
        facets["sourceCodeLocation"] = source_code_location_job.SourceCodeLocationJobFacet(
            type="python", url=f"python:{module}", version=work.code_version, producer=PRODUCER
        )
    return Job(namespace=place.jobs, name=f"{work.dataset}.{work.asset}", facets=facets)
