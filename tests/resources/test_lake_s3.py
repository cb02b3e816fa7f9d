"""The lake in an object store."""

import polars as pl
import pytest

from resources.lake import Lake
from resources.retirement import clear
from resources.upkeep import maintain
from saetm.errors import SaetmError
from saetm.tables import REPLIES, TABLES, VOCABULARY
from tests.resources.object_server import make_bucket, point_at, running_store
from tests.resources.played_runs import entries, go_back, held, same, take
from tests.strategies import ABSURD_NAMES, example_rows

pytestmark = pytest.mark.slow
NOTE = {"run_id": "r"}


@pytest.fixture(scope="module")
def server():
    with running_store() as address:
        yield address


@pytest.fixture
def root(server, monkeypatch, request):
    point_at(server, monkeypatch)
    return f"s3://{make_bucket(server, request)}/some where/lake"


def vocabulary(dataset, *words):
    rows = example_rows(VOCABULARY, len(words), dataset=dataset)
    return rows.with_columns(word=pl.Series(words))


def words(lake, dataset):
    return sorted(lake.scan(VOCABULARY, dataset).collect()["word"])


def test_a_bucket_holds_a_lake(root):
    lake = Lake(root)
    lake.append(VOCABULARY, vocabulary("d", "a", "b"), note=NOTE)
    lake.append(VOCABULARY, vocabulary("d", "c"), note=NOTE)
    lake.append(VOCABULARY, vocabulary("e", "x"), note=NOTE)
    lake.delete(VOCABULARY, "d", pl.DataFrame({"word": ["b"]}), note=NOTE)
    assert words(lake, "d") == ["a", "c"]

    lake.replace(VOCABULARY, "d", vocabulary("d", "z"), note=NOTE)
    assert words(lake, "d") == ["z"]

    lake.remove(VOCABULARY, "d", note=NOTE)
    assert (words(lake, "d"), words(lake, "e")) == ([], ["x"])


def test_names_stay_apart_in_a_bucket(root):
    lake = Lake(root)
    for name in ABSURD_NAMES:
        lake.append(VOCABULARY, vocabulary(name, name), note=NOTE)

    assert {name: words(lake, name) for name in ABSURD_NAMES} == {n: [n] for n in ABSURD_NAMES}


def test_every_table_is_created(root):
    lake = Lake(root)
    lake.create()

    for table in TABLES.values():
        assert lake.scan(table).collect().equals(table.empty())


@pytest.mark.usefixtures("root")
def test_a_missing_bucket_is_one_sentence_and_no_empty_table():
    lake = Lake("s3://no-such-bucket-here/lake")
    with pytest.raises(SaetmError) as caught:
        lake.append(VOCABULARY, vocabulary("d", "a"), note=NOTE)

    assert "s3://no-such-bucket-here/lake/vocabulary cannot be written" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_store_that_is_away_is_one_sentence(root, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(SaetmError) as caught:
        Lake(root).scan(VOCABULARY)

    assert "vocabulary cannot be read" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bucket_is_maintained_gone_back_in_and_left(root):
    lake = Lake(root)
    take(lake, "it's d", "run-1", captions=1)
    before, ledger = held(lake, "it's d"), entries(lake, "it's d")
    take(lake, "it's d", "run-2")
    lake.append(VOCABULARY, vocabulary("e", "a"), note=NOTE)
    lake.append(VOCABULARY, vocabulary("e", "b"), note=NOTE)
    assert maintain(lake, VOCABULARY, keep_days=30).files_after == 1
    for table in TABLES.values():
        maintain(lake, table, keep_days=30)

    go_back(lake, "it's d", "run-1")
    assert same(before, held(lake, "it's d")) == [REPLIES.name]
    clear(lake, "it's d", run_id="gone")
    go_back(lake, "it's d", "run-1", "again")
    assert same(before, held(lake, "it's d")) == [REPLIES.name]
    assert entries(lake, "it's d") == ledger
    assert words(lake, "e") == ["a", "b"]
