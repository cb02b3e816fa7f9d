"""Executors: how the steps of a run are executed, and the lock that tells that it is alive."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode  # what dg.Executor is written in

from resources.settings import Settings
from saetm.errors import InputError
from saetm_assets.liveness import lock_of_run
from saetm_assets.pools import GPU


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


def build_executor(
    settings: Settings, stages: Sequence[dg.AssetsDefinition]
) -> dg.ExecutorDefinition:
    """Build the executor that the settings name, whose runs hold their locks.

    Args:
        settings: executor, device, and what a cluster calls its cards.
        stages: the line; with "kubernetes", those of the pool of cards ask for one.

    Raises:
        InputError: the executor's package is not installed.
    """
    if settings.executor == "kubernetes":
        return _kubernetes(settings, stages)
    executors = {"in_process": dg.in_process_executor, "multiprocess": dg.multiprocess_executor}
    return alive(executors[settings.executor], settings.root)


def _kubernetes(settings: Settings, stages: Sequence[dg.AssetsDefinition]) -> dg.ExecutorDefinition:
    """Give every step a pod of its own; only steps that use a card ask for one."""
    try:
        from dagster_k8s import k8s_job_executor
    except ModuleNotFoundError as error:
        raise InputError(
            'SAETM_EXECUTOR=kubernetes needs dagster-k8s; run `pip install "saetm[kubernetes]"`'
        ) from error
    card = {"container_config": {"resources": {"limits": {settings.card_resource: "1"}}}}
    use_card = [stage for stage in stages if stage.op.pool == GPU and settings.device != "cpu"]
    per_step = {stage.op.name: card for stage in use_card}
    every_run = alive(k8s_job_executor, settings.root)
    return every_run.configured({"per_step_k8s_config": per_step}, name="kubernetes")


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
