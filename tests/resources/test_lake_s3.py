"""The lake in an object store: a server of the S3 protocol, in a process of its own.

It cannot run in this process: deltalake holds Python's lock while it waits for an answer.
"""

import socket
import subprocess
import sys
import time
from urllib.request import Request, urlopen

import polars as pl
import pytest

from resources.lake import Lake
from saetm.errors import SaetmError
from saetm.tables import TABLES, VOCABULARY
from tests.strategies import ABSURD_NAMES, example_rows

pytestmark = pytest.mark.slow
NOTE = {"run_id": "r"}


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def wait_for(port):
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
    pytest.fail("the object store did not start within 30 seconds")


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("moto.server", reason="moto plays the object store")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
        process.kill()


@pytest.fixture
def root(server, monkeypatch, request):
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = request.node.name.replace("_", "-")[:60].strip("-")
    urlopen(Request(f"{server}/{bucket}", method="PUT")).close()
    return f"s3://{bucket}/some where/lake"


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
