"""The home folder of an installation: its Dagster instance and its lake."""

from pathlib import Path

import dagster as dg
from filelock import FileLock

from resources.lake import Lake
from resources.pages import Pages
from resources.registry import Registry
from resources.settings import Settings
from saetm.errors import InputError
from saetm_assets.event_log import kept_instance

HERE = Path(__file__).resolve().parent
INSTANCE_FILE = "dagster.yaml"  # beside the packages in a checkout, inside ours in a wheel
WORKSPACE_FILE = "workspace.yaml"
WORKSPACE = """\
load_from:
  - python_module:
      module_name: saetm_assets.definitions
      location_name: saetm
"""


def prepare(settings: Settings) -> None:
    """Create the folders, the instance file and the workspace file.

    A deployment that names a folder with its own instance file keeps it as it is.

    Raises:
        InputError: the home folder cannot be written, or that file is not there.
    """
    ours = settings.root / "dagster"
    try:
        ours.mkdir(parents=True, exist_ok=True)
        if settings.inbox is None:  # one that was named and is not there may be a lost mount
            Path(settings.inbox_uri).mkdir(parents=True, exist_ok=True)
        source = next(p for p in (HERE / INSTANCE_FILE, HERE.parent / INSTANCE_FILE) if p.exists())
        with _lock(settings):
            _keep(ours / INSTANCE_FILE, source.read_bytes())
            _keep(workspace(settings), WORKSPACE.encode())
    except OSError as error:
        raise InputError(f"the home folder {settings.root} cannot be written: {error}") from error
    if not (settings.dagster_home / INSTANCE_FILE).is_file():
        raise InputError(f"SAETM_INSTANCE: {settings.dagster_home} holds no {INSTANCE_FILE}")


def workspace(settings: Settings) -> Path:
    """Where the file lies that tells the UI which code to load."""
    return settings.root / "dagster" / WORKSPACE_FILE


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Open the Dagster instance of this home, which the UI shows."""
    prepare(settings)
    with _lock(settings):
        if settings.instance is None:  # else the deployment says where the history lies
            return kept_instance(settings.dagster_home)
        return dg.DagsterInstance.from_config(str(settings.dagster_home))


def open_registry(settings: Settings) -> Registry:
    """Open the registry of this home."""
    return Registry(Lake(settings.lake_uri), settings.inbox_uri)


def open_pages(settings: Settings) -> Pages:
    """Open the folder of published pages of this home."""
    return Pages(settings.root / "reports")


def _keep(path: Path, content: bytes) -> None:
    """Write a file unless it is so already: another process may be reading it."""
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def _lock(settings: Settings) -> FileLock:
    """Let one process at a time set up: Dagster cannot create its tables twice."""
    return FileLock(settings.root / "setup.lock")
