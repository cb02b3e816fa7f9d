"""Every query of the README runs on a small home."""

import contextlib
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


@pytest.fixture(scope="module")
def printed(home):
    """Run the README's Python from top to bottom on a small home; what each block prints."""
    names, outputs = {}, []
    for code in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL):
        here = code.replace(".saetm/", f"{home}/").replace("== 40", "== 3")
        here = here.replace('"prints"', '"tiles"').replace("< 1950", "< 2050")  # its dates
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(here, "README", "exec"), names)
        outputs.append(out.getvalue())
    return outputs


def test_the_readme_has_three_queries_that_print_something(printed):
    assert sum(bool(output.strip()) for output in printed) == 3


def test_the_readme_names_only_commands_that_exist():
    from saetm_assets.cli.main import main

    readme = README.read_text("utf-8")
    named = set(re.findall(r"^ {4}saetm ([\w-]+)", readme, re.MULTILINE))
    targets = set(re.findall(r"(?:`| {4})make (\w+)", readme))
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert named
    assert named <= set(main.commands)
    assert all(f"\n{target}:" in makefile for target in targets)


def test_pages_that_the_readme_links_to_exist():
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README.read_text("utf-8"))

    assert [link for link in links if not (ROOT / link).exists()] == []
