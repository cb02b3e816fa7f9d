"""Executors whose runs hold the lock of their dataset, which tells that they are alive."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode  # what dg.Executor is written in

from saetm_assets.liveness import lock_of_run


class Alive(dg.Executor):
    """Executes as another executor does, and holds the lock of its run all the while."""

    def __init__(self, inner: dg.Executor, root: Path) -> None:
        """Take the executor that does the work, and the home folder with the locks."""
        self._inner = inner
        self._root = root

    @property
    def retries(self) -> RetryMode:
        """How steps are retried."""
        return self._inner.retries

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Execute the plan, after whoever else runs the dataset at this moment."""
        with lock_of_run(self._root, plan_context.dagster_run):
            yield from self._inner.execute(plan_context, execution_plan)


def alive(executor: dg.ExecutorDefinition, root: Path) -> dg.ExecutorDefinition:
    """Have the runs of an executor hold their locks in a home folder."""
    create = executor.executor_creation_fn

    def create_alive(context: dg.InitExecutorContext) -> dg.Executor:
        if create is None:
            raise TypeError(f"the executor {executor.name!r} creates none")
        return Alive(create(context), root)

    return dg.ExecutorDefinition(
        name=executor.name,
        config_schema=executor.config_schema.as_field(),
        requirements=executor.get_requirements,
        executor_creation_fn=create_alive,
        description=executor.description,
    )
