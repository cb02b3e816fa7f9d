"""Ray Data as the engine: portions on the actors of a cluster, results streamed back.

Every actor opens the work once, so that a model is loaded once per worker. Ray holds back what
comes in while results wait, so memory is bounded by portions under way and not by rows. An actor
that dies is started anew, and its portions are done again.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from resources.portions import Opening, Owed, Work, read_portion
from saetm import errors
from saetm.errors import InputError, OutOfReachError, SaetmError

if TYPE_CHECKING:
    import pyarrow as pa
    from ray import ObjectRef
    from ray.data import Dataset

LONGEST_REASON = 200  # characters
RETRIES = 4  # of a portion whose worker died; one that kills every worker ends the job
QUIET = ("ray.data", "ray.data._internal.progress")  # loggers that write to the terminal


class RayEngine:
    """Works on a Ray cluster, whose machines have saetm installed and see the lake and inbox."""

    def __init__(
        self, address: str | None, *, workers: int | None, uses_accelerators: bool
    ) -> None:
        """Point at a cluster; see `resources.engine.open_engine`.

        Raises:
            InputError: the address is that of a Ray client, over which Ray Data does not run.
        """
        if address is not None and address.startswith("ray://"):
            raise InputError(
                f"SAETM_RAY_ADDRESS is {address!r}, and Ray Data does not run over ray://: join "
                "the cluster (ray start --address=HOST:6379 --num-cpus=0) and set HOST:6379"
            )
        self._address = address
        self._workers = workers
        self._uses_accelerators = uses_accelerators

    def each(self, opening: Opening, owed: Owed) -> Iterator[pl.DataFrame]:
        """Work on portions with a map job of Ray Data; see `resources.engine.Engine`."""
        if owed.keys.is_empty():
            return
        ray = _ray()
        with self._translated(ray):
            self._connect(ray)
            # Actors that are started anew ask for this object again: it has to outlive the job.
            task = ray.put((opening, owed.wanted))
            answers = self._job(ray, task, owed).iter_batches(
                batch_size=None, batch_format="pyarrow"
            )
            for answer in answers:
                yield from map(_opened, answer.to_pylist())

    def _connect(self, ray: Any) -> None:  # noqa: ANN401  Ray's module, where it is installed
        if not ray.is_initialized():
            ray.init(self._address, log_to_driver=False, logging_level=logging.ERROR)

    def _job(self, ray: Any, task: "ObjectRef[Any]", owed: Owed) -> "Dataset":  # noqa: ANN401
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False  # the step has one
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.ERROR)
        portions = [{"keys": _packed(keys)} for keys in owed.portions()]
        needs, places = self._share(ray.cluster_resources())
        return ray.data.from_items(portions, override_num_blocks=len(portions)).map_batches(
            _Worker,
            fn_constructor_args=[[task]],  # in a list, so that each actor fetches it by itself
            batch_size=None,
            batch_format="pyarrow",
            zero_copy_batch=True,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=places),
            max_task_retries=RETRIES,
            **needs,
        )

    def _share(self, present: dict[str, float]) -> tuple[dict[str, float], int]:
        """Return what an actor needs, and how many there may be."""
        has_accelerators = self._uses_accelerators and present.get("GPU", 0) >= 1
        needs = {"num_cpus": 1.0, "num_gpus": 1.0 if has_accelerators else 0.0}
        places = int(present.get("GPU" if has_accelerators else "CPU", 1))
        return needs, self._workers or max(1, places)

    @contextmanager
    def _translated(self, ray: Any) -> Iterator[None]:  # noqa: ANN401
        """Say in one sentence that the cluster is away; errors of the work are left as they are.

        Raises:
            OutOfReachError: it cannot be reached, or was lost.
        """
        lost = (ConnectionError, ray.data.exceptions.SystemException, ray.exceptions.RayError)
        try:
            yield
        except lost as error:
            if isinstance(error, ray.exceptions.RayTaskError):
                raise  # a fault of ours, with the trace of the worker
            reason = " ".join(str(error).split())[:LONGEST_REASON]
            where = f"the Ray cluster {self._address or 'of this machine'}"
            raise OutOfReachError(f"{where} cannot be used: {reason}") from error


class _Worker:
    """An actor: it opens the work with its first portion."""

    def __init__(self, task: "list[ObjectRef[Any]]") -> None:
        self._task = task
        self._opened: tuple[Work, pl.LazyFrame] | None = None

    def __call__(self, portion: "pa.Table") -> "pa.Table":
        """Work on a portion, one row of keys, and return one row: what is done, or why nothing is.

        Ray keeps only the text of what a worker raises; a sentence for a person comes as a row.
        """
        import pyarrow as pa

        try:
            work, wanted = self._open()
            keys = pl.read_ipc(portion["keys"][0].as_py())
            answer: dict[str, bytes | str] = {"rows": _packed(work(read_portion(wanted, keys)))}
        except SaetmError as error:
            answer = {"kind": type(error).__name__, "message": str(error)}
        return pa.Table.from_pylist([answer], schema=_schema(pa))

    def _open(self) -> tuple[Work, pl.LazyFrame]:
        if self._opened is None:
            import ray

            opening, wanted = ray.get(self._task[0])
            self._opened = opening(), wanted
        return self._opened


def _schema(pa: Any) -> "pa.Schema":  # noqa: ANN401  pyarrow, which comes with Ray
    return pa.schema({"rows": pa.large_binary(), "kind": pa.string(), "message": pa.string()})


def _packed(rows: pl.DataFrame) -> bytes:
    target = BytesIO()
    rows.write_ipc(target)
    return target.getvalue()


def _opened(answer: dict[str, Any]) -> pl.DataFrame:
    """Return the rows of an answer, or raise the error that it is."""
    if answer["kind"] is not None:
        raise getattr(errors, answer["kind"])(answer["message"])
    return pl.read_ipc(answer["rows"])


def _ray() -> Any:  # noqa: ANN401  it ships types of its own making
    try:
        import ray.data
    except ModuleNotFoundError as error:
        raise InputError(
            f"SAETM_ENGINE=ray needs {error.name}: install saetm[ray], or unset it"
        ) from error
    return ray
