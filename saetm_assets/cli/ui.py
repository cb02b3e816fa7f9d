"""The Dagster UI and daemon on the home folder."""

import os
import sys
from typing import NoReturn

import click

from resources.settings import Settings, load_settings
from saetm_assets.cli.beside import start_beside
from saetm_assets.explorer.security import is_loopback
from saetm_assets.home import open_instance, workspace
from saetm_assets.liveness import end_dead_runs

QUIET = (
    "ignore:Function `dev_command` is superseded",
    "ignore:Specifying a partitions_def on an AssetCheckSpec",
)


def serve(host: str, port: int) -> NoReturn:
    """Become `dagster dev`: signals reach it directly, so that no service is left behind.

    Where it listens on loopback alone, the explorer is served beside it, and ends with it;
    elsewhere somebody has to say who may read: `saetm explore --host`.
    """
    settings = load_settings()
    with open_instance(settings) as instance:
        end_dead_runs(instance, settings.root)
    environment = {
        **os.environ,  # noqa: TID251  handed on as it is, not read
        "DAGSTER_HOME": str(settings.dagster_home),
        "SAETM_HOME": str(settings.root),
        "SAETM_DAGSTER_URL": _address(settings, host, port),
        "PYTHONWARNINGS": ",".join(QUIET),
    }
    if is_loopback(host) and (said := start_beside(settings.explorer_url, environment)):
        click.echo(said, err=True)
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(workspace(settings))]
    os.execve(sys.executable, [*command, "--host", host, "--port", str(port)], environment)  # noqa: S606  our own command


def _address(settings: Settings, host: str, port: int) -> str:
    """Return where people reach this UI: as the settings say, else where it listens."""
    if "dagster_url" in settings.model_fields_set or not is_loopback(host):
        return settings.dagster_url
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
