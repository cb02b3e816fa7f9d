"""The Dagster UI and daemon on the home folder."""

import os
import subprocess
import sys

from resources.settings import Settings
from saetm_assets.home import prepare


def serve(port: int) -> int:
    """Run `dagster dev` until it ends and return its exit code."""
    settings = Settings()
    prepare(settings)
    environment = {
        **os.environ,  # noqa: TID251  handed on as it is, not read
        "DAGSTER_HOME": str(settings.dagster_home),
        "SAETM_HOME": str(settings.root),
    }
    command = [sys.executable, "-m", "dagster", "dev", "-m", "saetm_assets.definitions"]
    process = subprocess.Popen([*command, "-p", str(port)], env=environment)  # noqa: S603  own command
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()
