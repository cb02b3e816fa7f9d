"""The Dagster UI and daemon on the home folder."""

import os
import subprocess
import sys

from resources.settings import Settings
from saetm_assets.home import prepare


def serve(host: str, port: int) -> int:
    """Run `dagster dev` until it ends and return its exit code."""
    settings = Settings()
    prepare(settings)
    environment = {
        **os.environ,  # noqa: TID251  handed on as it is, not read
        "DAGSTER_HOME": str(settings.dagster_home),
        "SAETM_HOME": str(settings.root),
    }
    command = [sys.executable, "-m", "dagster", "dev", "-m", "saetm_assets.definitions"]
    process = subprocess.Popen(  # noqa: S603  our own command
        [*command, "--host", host, "--port", str(port)], env=environment
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()
