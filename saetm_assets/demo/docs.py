"""Collects the prose of Python: docstrings of the installed packages, read and never run."""

import ast
import json
import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from saetm_assets.demo.freshness import Recipe, finished, stamp, write_whole
from saetm_assets.demo.prose import prose

FEWEST = 25  # words that make a docstring worth a topic

_VERSION = 1  # raise it when the same packages would give other texts
_STANDARD = "standard library"
_PACKAGES = (
    "PIL", "click", "dagster", "fontTools", "huggingface_hub", "jinja2", "joblib", "matplotlib",
    "mpmath", "networkx", "nltk", "numpy", "openai", "polars", "pydantic", "pygments", "requests",
    "rich", "scipy", "sentence_transformers", "sklearn", "sqlalchemy", "sympy", "torch",
    "transformers", "urllib3", _STANDARD,
)  # fmt: skip
_NOT_PUBLIC = {
    "tests",
    "test",
    "testing",
    "conftest",
    "idlelib",
    "lib2to3",
    "site-packages",
    "externals",
}
_LARGEST = 200_000  # bytes of a source file: larger ones are generated, and slow to parse
_PER_FILE = 4  # texts, so that no single file speaks for its package

Row = dict[str, str]


def collect_docs(folder: Path, *, count: int = 2000) -> None:
    """Write docstrings of installed packages into `<folder>/docs.jsonl`, balanced over packages.

    Rows have `text` (prose of at least 25 words), `group` (the package) and `url` (the qualified
    name, as `python:package.module.name`). The sources are parsed and never imported. The choice
    depends on the sources only: the same installation gives the same bytes, and collecting twice
    is collecting once.

    Args:
        folder: where to write; made if absent.
        count: number of texts; fewer where the installed packages have fewer.
    """
    recipe: Recipe = {"made": "docs", "version": _VERSION, "count": count}
    if finished(folder, recipe):
        return
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in islice(_in_turn(), count))
    write_whole(folder / "docs.jsonl", lines.encode())
    stamp(folder, recipe, finished=True)


def _in_turn() -> Iterator[Row]:
    """Yield one text of each package in turn, until none has any left."""
    seen: set[str] = set()
    waiting = [_distinct(_texts(package), seen) for package in _PACKAGES]
    while waiting:
        heard = [(source, next(source, None)) for source in waiting]
        yield from (row for _, row in heard if row)
        waiting = [source for source, row in heard if row]


def _distinct(rows: Iterator[Row], seen: set[str]) -> Iterator[Row]:
    """Yield the rows whose text was not seen yet, and enter their texts among the seen."""
    for row in rows:
        if row["text"] not in seen:
            seen.add(row["text"])
            yield row


def _texts(package: str) -> Iterator[Row]:
    """Yield the texts of a package: public modules first, each kind shuffled by hash."""
    modules = sorted(
        _modules(package), key=lambda module: ("._" in module[0], _shuffled(module[0]))
    )
    for name, path in modules:
        if path.stat().st_size > _LARGEST:
            continue
        rows = [
            {"text": text, "group": package, "url": f"python:{qualified}"}
            for qualified, docstring in _docstrings(name, path)
            if len((text := prose(docstring)).split()) >= FEWEST
        ]
        yield from sorted(rows, key=lambda row: _shuffled(row["url"]))[:_PER_FILE]


def _modules(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the modules of a package, its tests left out, as (dotted name, source)."""
    for root in _roots(package):
        paths = sorted(root.rglob("*.py")) if root.is_dir() else [root]
        for path in paths:
            parts = path.relative_to(root.parent).with_suffix("").parts
            if not any(part in _NOT_PUBLIC or part.startswith("test_") for part in parts):
                yield ".".join(part for part in parts if part != "__init__"), path


def _roots(package: str) -> Iterator[Path]:
    """Yield where the sources of a package lie; nothing if it is not installed."""
    names = sorted(sys.stdlib_module_names) if package == _STANDARD else [package]
    for name in names:
        spec = None if name.startswith("_") else find_spec(name)
        if spec and spec.origin and spec.origin.endswith(".py"):
            origin = Path(spec.origin)
            yield origin.parent if origin.name == "__init__.py" else origin


def _docstrings(module: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield (qualified name, docstring) of the public functions and classes of a file."""
    waiting: list[tuple[str, ast.AST]] = [(module, ast.parse(path.read_bytes()))]
    while waiting:
        prefix, parent = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if node.name.startswith("_"):
                continue
            qualified = f"{prefix}.{node.name}"
            if docstring := ast.get_docstring(node, clean=False):
                yield qualified, docstring
            if isinstance(node, ast.ClassDef):
                waiting.append((qualified, node))


def _shuffled(name: str) -> str:
    """Return a sort key that orders names as if by chance, the same everywhere."""
    return blake2b(name.encode(), digest_size=8).hexdigest()
