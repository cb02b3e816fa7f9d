"""What holds the parts together: the flow of data, who may load what, and how light it stays."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import resources
import sensors
from saetm import tables
from saetm.tables import TABLES, Table
from saetm_assets.checks import SHARED
from saetm_assets.definitions import ASIDE, STAGES
from saetm_assets.step import stage_of

ROOT = Path(__file__).resolve().parents[1]
EVERY = [*STAGES, *ASIDE]
NAMES = [stage.key.to_user_string() for stage in EVERY]
READS = {
    stage.key.to_user_string(): {parent.to_user_string() for parent in stage.asset_deps[stage.key]}
    for stage in EVERY
}
HEAVY = {"torch", "transformers", "sklearn", "nltk", "matplotlib", "openai", "open_clip"}
HEAVY |= {"sentence_transformers", "PIL"}
WRITES = {"append", "record", "replace", "renew", "delete", "work", "spread"}


def upstream(name):
    """Return everything that a stage reads, however far up."""
    return READS[name].union(*(upstream(parent) for parent in READS[name]))


def source(name):
    return ast.parse((ROOT / "saetm_assets" / "stages" / f"{name}.py").read_text())


def table_named(name):
    value = getattr(tables, name, None)
    return value if isinstance(value, Table) else None


def python(code, **environment):
    """Run code in a fresh interpreter and return what it prints, read as JSON."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},  # noqa: TID251  handed on as it is
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("stage", EVERY, ids=NAMES)
def test_a_stage_reads_only_stages_before_it(stage):
    """What it reads only where it is there may come later: nobody waits for it."""
    before = NAMES[: NAMES.index(stage.key.to_user_string())]

    assert {*stage_of(stage).upstream} <= {*before}


def test_every_table_has_one_producing_stage_and_the_shared_ones_are_named():
    assert {"datasets", "retirements", "rejects", "foundations", "materialisations"} == SHARED
    producers = {table.asset for table in TABLES.values() if table.name not in SHARED}
    assert producers == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_names_only_tables_of_its_own_and_of_what_is_upstream(name):
    imported = [
        alias.name
        for node in ast.walk(source(name))
        if isinstance(node, ast.ImportFrom) and node.module == "saetm.tables"
        for alias in node.names
    ]
    named = [table for table in map(table_named, imported) if table is not None]

    assert named
    strangers = {table.name for table in named if table.asset not in {name, *upstream(name)}}
    assert strangers <= SHARED


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_writes_its_own_tables_and_the_shared_ones(name):
    written = {
        table.name: table.asset
        for node in ast.walk(source(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in WRITES and node.args and isinstance(node.args[0], ast.Name)
        if (table := table_named(node.args[0].id)) is not None
    }

    assert written
    assert {table for table, asset in written.items() if asset != name} <= SHARED


def test_definitions_load_without_any_heavy_library(tmp_path):
    loaded = python(
        "import json, sys, time; start = time.perf_counter();"
        "from saetm_assets.definitions import defs; defs().resolve_asset_graph();"
        "print(json.dumps([time.perf_counter() - start, sorted(sys.modules)]))",
        SAETM_HOME=str(tmp_path),
    )

    seconds, modules = loaded
    print(f"definitions loaded in {seconds:.1f} s")  # noqa: T201  a figure, not a law
    assert not HEAVY & set(modules)
    assert list(tmp_path.iterdir()) == []  # nothing is read or written by looking


def test_the_command_line_shows_its_help_without_dagster():
    modules = python(
        "import json, sys; import saetm_assets.cli.main; print(json.dumps(sorted(sys.modules)))"
    )

    assert not (HEAVY | {"dagster", "polars", "deltalake"}) & set(modules)


def test_the_core_loads_without_orchestration_storage_or_network():
    modules = python(
        "import json, pkgutil, sys, importlib, saetm;"
        "[importlib.import_module(found.name)"
        " for found in pkgutil.walk_packages(saetm.__path__, 'saetm.')];"
        "print(json.dumps(sorted(sys.modules)))"
    )

    assert "saetm.sae.train" in modules
    assert not {"dagster", "deltalake", "openai", "httpx", "resources"} & set(modules)


def test_the_doors_load_without_dagster_and_without_models():
    modules = python(
        "import json, sys; import resources.lake, resources.inbox, resources.captioner;"
        "import resources.encoder, resources.chat, resources.lexicon, resources.registry;"
        "print(json.dumps(sorted(sys.modules)))"
    )

    assert not {"dagster", "torch", "transformers", "openai", "nltk"} & set(modules)


def test_the_core_asks_questions_and_leaves_the_answer_to_others():
    """A LazyFrame that comes in goes out as one: collecting a scan is reading a disk.

    The estimator on top of the core is a caller like others, and its frames are in memory; so is
    what follows one row to the next, and reads by way of one small module.
    """
    reader = ROOT / "saetm" / "queries" / "answers.py"
    modules = [
        path
        for path in (ROOT / "saetm").rglob("*.py")
        if "estimator" not in path.parts and path != reader
    ]
    answered = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(modules)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        if node.attr.startswith(("collect", "sink_", "scan_", "read_"))
    ]

    assert answered == []


def test_the_generic_names_at_the_top_are_ours():
    for package in (resources, sensors):
        assert Path(package.__file__).parent.parent == ROOT


def test_dagster_finds_the_definitions_valid(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        cwd=ROOT,
        env={**os.environ, "SAETM_HOME": str(tmp_path), "DAGSTER_HOME": ""},  # noqa: TID251
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert "All code locations passed validation" in result.stdout + result.stderr
