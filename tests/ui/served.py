"""A live `saetm ui` on a home folder, and its GraphQL."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = "http://explorer.invalid"  # so that none is served beside the UI
SECONDS_TO_START, SECONDS_TO_STOP, SECONDS_OF_A_RUN = 120, 60, 180
LAUNCH = """
mutation($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
FAILURES = """
query($run: ID!) {
  runOrError(runId: $run) {
    ... on Run {
      eventConnection {
        events { ... on ExecutionStepFailureEvent { stepKey error { message } } }
      }
    }
  }
}"""
WRITTEN = """
{ assetNodes {
    assetKey { path }
    assetMaterializations(limit: 5) {
      runId
      metadataEntries { label ... on IntMetadataEntry { intValue } }
    } } }"""


@dataclass(frozen=True)
class Served:
    """What answers at a port."""

    address: str
    process: subprocess.Popen

    def ask(self, query, **variables):
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(
            f"{self.address}/graphql", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            reply = json.load(answer)
        assert not reply.get("errors"), reply["errors"]
        return reply["data"]

    def location(self):
        """Return the one code location, or None while it is being loaded."""
        found = self.ask(
            "{repositoriesOrError {... on RepositoryConnection {nodes {name location {name}}}}}"
        )["repositoriesOrError"].get("nodes")
        return {"repositoryLocationName": found[0]["location"]["name"]} if found else None

    def launch(self, partition, *assets):
        """Launch a run of some assets of a partition, as the Materialize button does."""
        params = {
            "mode": "default",
            "runConfigData": "{}",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
            "selector": {
                **self.location(),
                "repositoryName": "__repository__",
                "pipelineName": "__ASSET_JOB",
                "assetSelection": [{"path": [asset]} for asset in assets],
            },
        }
        launched = self.ask(LAUNCH, params=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def finish(self, run):
        """Wait until a run has ended, and return how."""
        query = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
        return waited(
            lambda: (
                status
                if (status := self.ask(query, run=run)["runOrError"]["status"])
                in {"SUCCESS", "FAILURE", "CANCELED"}
                else None
            ),
            SECONDS_OF_A_RUN,
        )

    def failures(self, run):
        """Return the message of each failed step of a run."""
        events = self.ask(FAILURES, run=run)["runOrError"]["eventConnection"]["events"]
        return {event["stepKey"]: event["error"]["message"] for event in events if event}

    def tags(self, run):
        """Return the tags of a run as pairs."""
        query = "query($run: ID!) { runOrError(runId: $run) { ... on Run { tags { key value } } } }"
        return {
            (tag["key"], tag["value"]) for tag in self.ask(query, run=run)["runOrError"]["tags"]
        }

    def written(self, run):
        """Return the rows that each asset wrote in a run."""
        return {
            node["assetKey"]["path"][0]: entry["intValue"]
            for node in self.ask(WRITTEN)["assetNodes"]
            for materialisation in node["assetMaterializations"]
            if materialisation["runId"] == run
            for entry in materialisation["metadataEntries"]
            if entry["label"] == "rows_written"
        }


@contextmanager
def serving(home, log, **environment):
    """Serve a home folder on a free port; the process is ended whatever happens."""
    port = free_port()
    command = [sys.executable, "-m", "saetm_assets", "ui", "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **os.environ,  # noqa: TID251  handed on as it is
                "SAETM_HOME": str(home),
                "SAETM_EXPLORER_URL": ELSEWHERE,
                **environment,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            served = Served(f"http://127.0.0.1:{port}", process)
            waited(lambda: _loaded(served, log), SECONDS_TO_START)
            yield served
        finally:
            end(process)


def end(process):
    """Ask the process to end; whatever of its session is left is killed, and that is an error."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
        waited(lambda: _is_empty(process.pid), SECONDS_TO_STOP)
    except (subprocess.TimeoutExpired, TimeoutError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _is_empty(session):
    try:
        os.killpg(session, 0)
    except ProcessLookupError:
        return True
    return False


def waited(ask, seconds):
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(0.2)
    message = f"nothing after {seconds} seconds"
    raise TimeoutError(message)


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def _loaded(served, log):
    assert served.process.poll() is None, log.read_text()
    try:
        return served.location()
    except (urllib.error.URLError, ConnectionError):
        return None
