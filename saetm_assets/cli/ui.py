"""The Dagster UI and daemon on the home folder."""

import os
import sys
from typing import NoReturn

from resources.settings import load_settings
from saetm_assets.home import open_instance, workspace
from saetm_assets.liveness import end_dead_runs

QUIET = (
    "ignore:Function `dev_command` is superseded",
    "ignore:Specifying a partitions_def on an AssetCheckSpec",
)


def serve(host: str, port: int) -> NoReturn:
    """Become `dagster dev`: signals reach it directly, so that no service is left behind."""
    settings = load_settings()
    with open_instance(settings) as instance:
        end_dead_runs(instance, settings.root)
    environment = {
        **os.environ,  # noqa: TID251  handed on as it is, not read
        "DAGSTER_HOME": str(settings.dagster_home),
        "SAETM_HOME": str(settings.root),
        "PYTHONWARNINGS": ",".join(QUIET),
    }
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(workspace(settings))]
    os.execve(sys.executable, [*command, "--host", host, "--port", str(port)], environment)  # noqa: S606  our own command
