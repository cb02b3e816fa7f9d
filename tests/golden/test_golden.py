"""Files that are compared whole; `make golden` rewrites them, and the diff is the review."""

import json
from pathlib import Path

import pytest

from saetm_assets.definitions import ASIDE, STAGES, defs
from saetm_assets.dictionary import data_dictionary, options_page, stage_table

HERE = Path(__file__).resolve().parent
DOCS = HERE.parents[1] / "docs"
ON_DEMAND = "Off by default: a command or a click in the UI asks for each."


def dimensions(partitions):
    parts = getattr(partitions, "partitions_defs", None)
    return [part.name for part in parts] if parts else partitions.name


def stages_page():
    line, aside = stage_table(STAGES), stage_table(ASIDE)
    return f"# Stages\n\n{line}\n\n## Aside of the line\n\n{ON_DEMAND}\n\n{aside}\n"


def asset_graph():
    graph = defs().resolve_asset_graph()
    return {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "kinds": sorted(graph.get(key).kinds),
            "owners": list(graph.get(key).owners),
            "reads": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "partitions": dimensions(graph.get(key).partitions_def),
            "pools": sorted(graph.get(key).pools or []),
            "checks": sorted(check.name for check in graph.get_check_keys_for_assets({key})),
        }
        for key in sorted(graph.get_all_asset_keys())
    }


GOLDEN = {
    DOCS / "tables.md": data_dictionary,
    DOCS / "options.md": options_page,
    DOCS / "stages.md": stages_page,
    HERE / "asset_graph.json": lambda: json.dumps(asset_graph(), indent=2) + "\n",
}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_file_is_what_the_code_says(path, request):
    content = GOLDEN[path]()
    if request.config.getoption("--golden"):
        path.write_text(content, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == content
