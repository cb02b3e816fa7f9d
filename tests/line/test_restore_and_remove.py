"""Commands that take a dataset back, or away, on homes whose datasets were really run."""

import re

import dagster as dg
import pytest

from resources.registry import Registry
from resources.settings import load_settings
from saetm.tables import MATERIALISATIONS, RETIREMENTS, TABLES
from saetm_assets.home import open_instance
from tests.line.homes import Home, refusal, theme_files, theme_text
from tests.resources.inbox_folders import put

FIRST = "items,captions"


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def twice(home, tmp_path):
    """A dataset that was run, was given a text and lost one, and was run again."""
    folder = put(tmp_path / "texts", theme_files(12))
    home.add("d", folder, "topic_count=3")
    first = home.run("d", *FIRST.split(","))
    before = rows(home)
    put(folder, {"new.txt": theme_text(99)})
    (folder / "000.txt").unlink()
    home.run("d", *FIRST.split(","))
    return first, before


def rows(home):
    names = [name for name in TABLES if name not in {MATERIALISATIONS.name, RETIREMENTS.name}]
    frames = {name: home.table(name, "d") for name in names}
    return {name: frame.sort(list(TABLES[name].key)) for name, frame in frames.items()}


def same(before, after):
    return [name for name, frame in before.items() if not frame.equals(after[name])]


def dagster_versions(home, *assets):
    """Return the data versions that the Dagster UI shows."""
    with home.entered(), open_instance(load_settings()) as instance:
        tags = {
            asset: instance.get_latest_materialization_event(dg.AssetKey(asset)).tags
            for asset in assets
        }
    return {asset: found["dagster/data_version"] for asset, found in tags.items()}


def partitions(home):
    with home.entered(), open_instance(load_settings()) as instance:
        return instance.get_dynamic_partitions("datasets")


def test_a_dataset_goes_back_in_its_tables_and_in_dagster_and_then_forward_again(home, twice):
    first, before = twice
    after = rows(home)
    for nowhere in ("tomorrow", "2020-01-01", "2020-01-01T10:00:00Z", ""):
        refusal(home.cli("restore", "d", "--to", nowhere))
    refusal(home.cli("restore", "nobody", "--to", "2099-01-01"))
    assert "nothing to restore" in home.cli("restore", "d", "--to", "2099-01-01").stdout
    assert same(after, rows(home)) == []

    done = home.cli("restore", "d", "--to", first.run_id[:8])

    assert done.exit_code == 0, done.output
    assert re.search(r"items +12 rows\n", done.stdout)
    assert f"d: restored to the end of run {first.run_id[:8]} at 20" in done.stdout
    assert same(before, rows(home)) == []
    versions = {asset: home.versions("d")[asset] for asset in FIRST.split(",")}
    assert dagster_versions(home, "items", "captions") == versions

    again = home.cli("restore", "d", "--to", first.run_id)
    assert "nothing to restore" not in again.stdout  # what came after that run is the restore
    outcome = home.run("d", *FIRST.split(","))
    assert (outcome.written["items"], outcome.tables["items"]) == (2, 12)
    assert {"new.txt"} < set(home.table("items", "d")["path"])

    kept = rows(home)
    said = home.cli("maintain").stdout
    assert re.search(r"items +[2-9] files -> +1 +[\d,]+ bytes +0 old files deleted\n", said)
    assert said.endswith("what was replaced in the last 30 days can be gone back to\n")
    assert same(kept, rows(home)) == []
    home.cli("restore", "d", "--to", first.run_id)
    assert same(before, rows(home)) == []


@pytest.mark.usefixtures("twice")
def test_a_dataset_is_retired_passed_over_and_brought_back(home, tmp_path):
    before = rows(home)
    page = home.root / "reports" / "d.html"
    page.parent.mkdir()
    page.write_text("a page")
    put(home.root / "inbox" / "d", theme_files(3))
    assert refusal(home.cli("remove", "nobody", "--yes")).startswith(
        "no dataset is called 'nobody'"
    )
    assert home.cli("remove", "d").exit_code == 1  # nobody said yes
    said = home.cli("remove", "d", "--yes").stdout

    assert said.startswith("dataset 'd' is retired: ")
    assert all(frame.is_empty() for frame in rows(home).values())
    assert not page.exists()
    assert partitions(home) == []
    assert len(list((tmp_path / "texts").iterdir())) == 12
    registry = Registry(home.lake, home.root / "inbox")
    assert registry.watched(["d", "e"]) == ["e"]
    for command in (["run", "d"], ["topics", "d"]):
        assert refusal(home.cli(*command)).startswith("dataset 'd' was retired: `saetm add`")
    assert home.cli("remove", "d", "--yes").exit_code == 0  # again, as after a crash

    home.cli("restore", "d", "--to", "2099-01-01")
    assert same(before, rows(home)) == []
    assert partitions(home) == ["d"]
    assert home.run("d", *FIRST.split(",")).is_nothing_new

    home.cli("remove", "d", "--yes")
    home.add("d", tmp_path / "texts")
    assert registry.watched([]) == ["d"]
    assert home.run("d", "items").written == {"items": 12}


@pytest.mark.slow
def test_a_whole_line_goes_back_with_its_page_and_then_owes_nothing(home, tmp_path):
    folder = put(tmp_path / "texts", theme_files(60))
    home.add("d", folder, "topic_count=3", "topic_counts=[2, 6]")
    first = home.run("d")
    page = home.root / "reports" / "d.html"
    before, published, versions = rows(home), page.read_text(), home.versions("d")
    put(folder, {f"new{number}.txt": theme_text(number) for number in range(200, 212)})
    home.add("d", folder, "topic_count=2")
    home.run("d")
    assert published != page.read_text()

    done = home.cli("restore", "d", "--to", first.run_id[:8])

    assert done.exit_code == 0, done.output
    after = rows(home)
    assert set(same(before, after)) <= {"topic_changes", "replies"}
    assert page.read_text() == published
    assert home.versions("d") == versions
    assert dagster_versions(home, *versions) == versions
    for path in folder.glob("new*.txt"):
        path.unlink()
    assert home.run("d").is_nothing_new
