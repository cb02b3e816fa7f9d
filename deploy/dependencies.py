"""Prints what an image installs beside saetm itself: so that a layer of its own can hold it.

python deploy/dependencies.py EXTRA...
"""  # noqa: INP001  a script of the image, no package

import sys
import tomllib
from pathlib import Path


def requirements(extras: list[str]) -> list[str]:
    """Read the requirements of the project and of some of its extras.

    Raises:
        KeyError: there is no such extra.
    """
    text = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    optional = project["optional-dependencies"]
    return project["dependencies"] + [each for extra in extras for each in optional[extra]]


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements(sys.argv[1:])) + "\n")
