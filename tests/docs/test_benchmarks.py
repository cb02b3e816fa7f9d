"""Every benchmark runs in the same way, and one that fails hides no other."""

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.published import arguments

ROOT = Path(__file__).resolve().parents[2]
RUN_ALL = ROOT / "benchmarks" / "run_all.py"
NO_TABLES = {
    "delayed_server.py",
    "leaderboards.py",
    "published.py",
    "run_all.py",
    "topic_reading.py",
}  # they take other arguments
WAITING = {"newsgroups_topics.py"}  # to be moved, or left out for another
SCRIPTS = sorted(
    path
    for path in RUN_ALL.parent.glob("*.py")
    if '__name__ == "__main__"' in path.read_text("utf-8") and path.name not in NO_TABLES | WAITING
)


def names_called(path):
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_takes_the_common_arguments_and_publishes_its_table(path):
    assert {"arguments", "publish", "Heading"} <= names_called(path)
    assert f"python benchmarks/{path.name}" in ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert "options.short" in path.read_text("utf-8")


@pytest.mark.slow  # they load Torch and their peers
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_answers_help(path):
    told = subprocess.run(
        [sys.executable, str(path), "--help"],
        check=True, capture_output=True, text=True, timeout=120, cwd=ROOT,
    )  # fmt: skip

    assert "--results" in told.stdout
    assert "--short" in told.stdout


TABLE = """
'''A benchmark.'''
from published import Heading, arguments, publish
options = arguments(__doc__).parse_args()
size = "small" if options.short else "full"
heading = Heading("The {name}", "text", "command")
publish(options.results, "{name}", [{{"what": "{name}", "size": size}}], heading)
"""
BROKEN = """
from published import arguments
arguments(__doc__).parse_args()
raise SystemExit("a peer has moved")
"""
NEEDS_DATA = """
from published import arguments
parser = arguments(__doc__)
parser.add_argument("--data", required=True)
print("data:", parser.parse_args().data)
"""


@pytest.fixture
def folder(tmp_path):
    """A folder of benchmarks of our own."""
    own = tmp_path / "benchmarks"
    own.mkdir()
    for name in ("run_all.py", "published.py"):
        (own / name).write_bytes((RUN_ALL.parent / name).read_bytes())
    (own / "alpha.py").write_text(BROKEN)
    (own / "beta.py").write_text(TABLE.format(name="beta"))
    (own / "gamma.py").write_text(NEEDS_DATA)
    (own / "helper.py").write_text("raise SystemExit('no benchmark')")
    return own


def run_all(folder, *more):
    results, page = folder.parent / "results", folder.parent / "page.md"
    command = [sys.executable, str(folder / "run_all.py"), "--results", str(results)]
    told = subprocess.run(
        [*command, "--page", str(page), *more], check=False, capture_output=True, text=True
    )
    return told, page.read_text("utf-8")


def test_a_benchmark_that_fails_hides_no_other(folder):
    told, page = run_all(folder, "--short", "--data", str(folder.parent))

    assert told.returncode == 1
    assert "2 of 3 benchmarks came through\nfailed: alpha" in told.stdout
    assert f"data: {folder.parent}" in told.stdout
    assert "## The beta" in page
    assert "| beta | small |" in page


def test_benchmarks_without_their_data_are_left_out(folder):
    (folder / "alpha.py").unlink()
    told, page = run_all(folder, "--data", str(folder / "nowhere"))

    assert told.returncode == 0
    assert "1 of 2 benchmarks came through\nleft out, for they need --data: gamma" in told.stdout
    assert "| beta | full |" in page


def test_one_benchmark_is_asked_for_by_name(folder):
    told, _ = run_all(folder, "beta")

    assert told.returncode == 0
    assert "1 of 1 benchmarks came through" in told.stdout


def test_the_common_arguments_are_results_and_short(tmp_path):
    options = arguments("what it does").parse_args(["--short", "--results", str(tmp_path)])

    assert options == argparse.Namespace(results=tmp_path, short=True)
