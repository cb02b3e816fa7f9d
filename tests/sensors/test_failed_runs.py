from dataclasses import dataclass, field

import dagster as dg
import pytest

from resources.notify import Notice
from saetm.errors import SaetmError
from sensors.failed_runs import failed_runs_sensor

BAD = "the folder '\x1b[31mgone\u202e' cannot be read\n" + "x" * 1000


@dg.op
def good() -> None: ...


@dg.op
def bad() -> None:
    raise dg.Failure(description=BAD, allow_retries=False)


@dg.job
def line() -> None:
    good()
    bad()


@dataclass
class Listener:
    """A notifier that keeps what it is told, or that cannot be reached."""

    is_deaf: bool = False
    heard: list[Notice] = field(default_factory=list)

    def tell(self, notice):
        if self.is_deaf:
            raise SaetmError("the web hook answered 500")
        self.heard.append(notice)


@pytest.fixture
def fail():
    """Return a function that fails a run, looks with the sensor and returns what was told."""

    def failed(listener, **tags):
        with dg.DagsterInstance.ephemeral() as instance:
            result = line.execute_in_process(
                instance=instance,
                raise_on_error=False,
                tags=tags,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
            context = dg.build_run_status_sensor_context(
                sensor_name="failed_runs",
                dagster_instance=instance,
                dagster_run=result.dagster_run,
                dagster_event=result.get_run_failure_event(),
                resources={"notifier": listener},
            ).for_run_failure()
            failed_runs_sensor(30)(context)
        return result.run_id

    return failed


def test_a_failed_run_is_told_with_dataset_step_and_reason(fail):
    listener = Listener()

    run_id = fail(listener, **{"dagster/partition": "prints"})

    (notice,) = listener.heard
    assert (notice.dataset, notice.run_id) == ("prints", run_id)
    assert list(notice.failures) == ["bad"]
    assert notice.text.startswith("saetm: a run of dataset 'prints' failed: bad: the folder '")
    assert len(notice.text) < 700
    assert not set("\x1b\n\u202e") & set(notice.text)


def test_a_run_that_is_started_anew_by_itself_is_not_told(fail):
    listener = Listener()

    fail(listener, **{"dagster/will_retry": "true"})

    assert listener.heard == []


def test_a_notifier_out_of_reach_does_not_break_the_sensor(fail, capfd):
    fail(Listener(is_deaf=True))

    assert "the web hook answered 500" in capfd.readouterr().err
