"""Fetches the JavaScript that the explorer serves, in the versions of its vendor.json."""  # noqa: INP001  a script

import json
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

VENDOR = Path(__file__).parents[1] / "saetm_assets" / "explorer" / "static" / "vendor"


def main() -> None:
    """Write each library's file, and its licence beside it."""
    wanted = json.loads((VENDOR / "vendor.json").read_text())
    for package, entry in wanted.items():
        with TemporaryDirectory() as folder:
            subprocess.run(  # noqa: S603  versions are ours
                ["npm", "pack", "--silent", f"{package}@{entry['version']}"],  # noqa: S607
                cwd=folder,
                check=True,
                capture_output=True,
            )
            (archive,) = Path(folder).iterdir()
            with tarfile.open(archive) as files:
                script = _read(files, f"package/{entry['file']}")
                licence = _read(files, "package/LICENSE")
        (VENDOR / entry["as"]).write_bytes(script)
        title = f"{package} {entry['version']}\n".encode()
        (VENDOR / f"{package}.LICENSE.txt").write_bytes(title + licence)
        print(f"{package} {entry['version']}: {len(script):,} bytes")  # noqa: T201


def _read(files: tarfile.TarFile, name: str) -> bytes:
    content = files.extractfile(name)
    if content is None:
        raise FileNotFoundError(name)
    return content.read()


if __name__ == "__main__":
    main()
