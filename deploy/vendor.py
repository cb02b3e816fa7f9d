"""Fetches the JavaScript that the explorer serves, in the versions of its vendor.json.

A library is taken as its package brings it, or, where only some names of it are used, bundled from
those by esbuild. Licences of all that is in a file lie beside it.
"""  # noqa: INP001  a script

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

VENDOR = Path(__file__).parents[1] / "saetm_assets" / "explorer" / "static" / "vendor"
ESBUILD = "esbuild@0.25.12"
BUNDLE = ("--bundle", "--minify", "--format=iife", "--target=es2022", "--legal-comments=none")


def main() -> None:
    """Write each library's file, and its licences beside it."""
    wanted = json.loads((VENDOR / "vendor.json").read_text())
    for name, entry in wanted.items():
        with TemporaryDirectory() as scratch:
            folder = Path(scratch)
            if "names" in entry:
                script, packages = _bundled(folder, entry["version"], entry["names"])
            else:
                _install(folder, f"{name}@{entry['version']}")
                script, packages = (_package(folder, name) / entry["file"]).read_bytes(), [name]
            licences = "\n".join(_licence(folder, package) for package in packages)
        (VENDOR / entry["as"]).write_bytes(script)
        (VENDOR / f"{name}.LICENSE.txt").write_text(licences)
        print(f"{name} {entry['version']}: {len(script):,} bytes")  # noqa: T201


def _bundled(
    folder: Path, version: str, names: Mapping[str, Sequence[str]]
) -> tuple[bytes, list[str]]:
    """Bundle some names of some packages as the global `deck`; return which packages are in it."""
    _install(folder, ESBUILD, *(f"{package}@{version}" for package in names))
    exports = [f"export {{ {', '.join(some)} }} from {name!r};" for name, some in names.items()]
    (folder / "entry.js").write_text("\n".join(exports))
    made = ("--global-name=deck", "--outfile=bundle.js", "--metafile=meta.json")
    _run(folder, str(folder / "node_modules/.bin/esbuild"), "entry.js", *BUNDLE, *made)
    read = json.loads((folder / "meta.json").read_text())["inputs"]
    below = [path.removeprefix("node_modules/").split("/") for path in read]
    packages = {
        "/".join(parts[: 1 + parts[0].startswith("@")]) for parts in below if len(parts) > 1
    }
    return (folder / "bundle.js").read_bytes(), sorted(packages)


def _install(folder: Path, *packages: str) -> None:
    _run(folder, "npm", "install", "--silent", "--no-audit", "--no-fund", "--no-save", *packages)


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603  ours


def _package(folder: Path, name: str) -> Path:
    return folder / "node_modules" / name


def _licence(folder: Path, name: str) -> str:
    """Return a package's name, version and licence; some say only which one it is."""
    about = json.loads((_package(folder, name) / "package.json").read_text())
    found = [*_package(folder, name).glob("LICENSE*"), *_package(folder, name).glob("LICENCE*")]
    text = found[0].read_text() if found else f"License: {about['license']}\n"
    return f"{name} {about['version']}\n{text}"


if __name__ == "__main__":
    main()
