"""Run every benchmark, one after the other, and write the page of what they found.

    python benchmarks/run_all.py --results FOLDER --page FILE [--short] [--data FOLDER] [NAME ...]

A benchmark is a script of this folder that takes the common arguments of published.py. One that
fails hides no other; those that need `--data` are left out where that folder is absent. The exit
code tells whether all that ran came through.
"""

import argparse
import ast
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from published import page

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Script:
    """A benchmark, as far as it can be told without importing it."""

    path: Path
    needs_data: bool

    def command(self, options: argparse.Namespace) -> list[str]:
        """Return how to run it."""
        command = [sys.executable, str(self.path), "--results", str(options.results)]
        command += ["--short"] * options.short
        return command + (["--data", str(options.data)] if self.needs_data else [])


def main() -> int:
    """Run what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--page", type=Path, required=True, help="file that shows them")
    parser.add_argument("--short", action="store_true", help="less data and fewer repeats")
    parser.add_argument("--data", type=Path, help="folder with newsgroups.jsonl.gz and others")
    parser.add_argument("names", nargs="*", help="of scripts; all if none is given")
    options = parser.parse_args()
    has_data = options.data is not None and options.data.is_dir()
    wanted = [each for each in scripts() if not options.names or each.path.stem in options.names]
    outcomes = {
        script.path.stem: ran(script, options) if has_data or not script.needs_data else None
        for script in wanted
    }
    options.results.mkdir(parents=True, exist_ok=True)
    options.page.write_text(page(options.results))
    tell(outcomes)
    return int(False in outcomes.values())


def scripts() -> list[Script]:
    """Find the benchmarks of this folder, by name."""
    found = []
    for path in sorted(HERE.glob("*.py")):
        calls = calls_of(ast.parse(path.read_text("utf-8")))
        if any(name == "arguments" for name, _ in calls):
            needs_data = any(is_required_data(name, call) for name, call in calls)
            found.append(Script(path, needs_data))
    return found


def calls_of(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """Return all calls of functions and methods, with their names."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        (getattr(call.func, "id", None) or getattr(call.func, "attr", ""), call) for call in calls
    ]


def is_required_data(name: str, call: ast.Call) -> bool:
    """Tell whether a call is `add_argument("--data", required=True)`."""
    said = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    return name == "add_argument" and "--data" in said and keywords.get("required") == "True"


def ran(script: Script, options: argparse.Namespace) -> bool:
    """Run a benchmark; tell whether it came through."""
    print(f"\n=== {script.path.stem}", flush=True)
    began = time.monotonic()
    code = subprocess.run(script.command(options), check=False).returncode  # noqa: S603  ours
    print(f"=== {script.path.stem}: {time.monotonic() - began:.0f} s, exit code {code}", flush=True)
    return code == 0


def tell(outcomes: dict[str, bool | None]) -> None:
    """Print how many came through, and which did not."""
    came = sum(outcome is True for outcome in outcomes.values())
    print(f"\n{came} of {len(outcomes)} benchmarks came through")
    for outcome, said in ((False, "failed"), (None, "left out, for they need --data")):
        names = [name for name, found in outcomes.items() if found is outcome]
        if names:
            print(f"{said}: {', '.join(names)}")


if __name__ == "__main__":
    sys.exit(main())
