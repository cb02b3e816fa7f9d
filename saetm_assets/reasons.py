"""Why a step failed, as one sentence for a person."""

import dagster as dg


def reason(event: dg.DagsterEvent) -> str:
    """Return what a failed step says for a person, or else the innermost error it knows."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    cause = error.cause if error and error.cause else error
    return cause.message.strip() if cause else "no reason is known"
