"""Events for catalogs: what they say is what the lake holds, and a real server gets them."""

import json
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from uuid import UUID, uuid5

import pytest

from saetm.tables import BAGS, CAPTIONS, TABLES, VOCABULARY
from tests.line.homes import refusal
from tests.line.themed import FEW, themed_rows, write_rows
from tests.ui.served import free_port

PART = ("items", "captions", "bags", "vocabulary")
NAME = "told & <b>'s"
KINDS = {"START", "COMPLETE", "FAIL"}


@pytest.fixture(scope="module")
def told(home, tmp_path_factory):
    """A dataset with a hostile name, taken through four assets, then again with nothing owed."""
    folder = write_rows(tmp_path_factory.mktemp("told"), "rows.jsonl", themed_rows(range(12)))
    home.add(NAME, folder, *FEW)
    home.run(NAME, *PART)
    home.run(NAME, *PART)
    return NAME


@pytest.fixture(scope="module")
def events(home, told):
    printed = home.cli("openlineage", told)
    assert printed.exit_code == 0, printed.output
    return [json.loads(line) for line in printed.stdout.splitlines()]


def completed(events, asset):
    """Return the ends of the materialisations of an asset."""
    name = f"{NAME}.{asset}"
    return [each for each in events if each["job"]["name"] == name if each["eventType"] != "START"]


def table_of(dataset):
    return dataset["name"].rsplit("/", 1)[1]


@contextmanager
def catalog(status=201):
    """A server that keeps what is posted, and answers so."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            posted.append((self.path, self.headers.get("authorization"), json.loads(body)))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_materialisation_begins_and_ends_once(events):
    ids = [(each["run"]["runId"], each["eventType"]) for each in events]

    assert len(set(ids)) == len(ids) == 2 * 2 * len(PART)
    for begun, ended in zip(events[::2], events[1::2], strict=True):
        assert (begun["eventType"], ended["eventType"]) == ("START", "COMPLETE")
        assert begun["run"]["runId"] == ended["run"]["runId"]
        assert begun["eventTime"] <= ended["eventTime"]


def test_every_event_has_what_the_standard_requires(events):
    for each in events:
        assert each["eventType"] in KINDS
        assert datetime.fromisoformat(each["eventTime"]).tzinfo is not None
        assert each["producer"].startswith("urn:saetm:")
        assert each["schemaURL"].endswith("OpenLineage.json#/$defs/RunEvent")
        parent = each["run"]["facets"]["parent"]
        asset = each["job"]["name"].rsplit(".", 1)[1]
        assert each["run"]["runId"] == str(uuid5(UUID(parent["run"]["runId"]), asset))
        assert parent["job"] == {"facets": {}, "name": NAME, "namespace": each["job"]["namespace"]}


def test_tables_carry_schema_version_and_rows(home, events):
    first, again = completed(events, "bags")
    (table,) = first["outputs"]

    assert (table["namespace"], table["name"]) == ("file", home.lake.uri(BAGS))
    fields = table["facets"]["schema"]["fields"]
    assert [(each["name"], each["description"]) for each in fields] == [
        (column.name, column.meaning) for column in BAGS.columns
    ]
    version = int(table["facets"]["version"]["datasetVersion"])
    assert version <= home.lake.version(BAGS)
    assert table["outputFacets"]["outputStatistics"]["rowCount"] == 12
    assert again["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 0
    condition = table["outputFacets"]["subset"]["outputCondition"]
    assert condition["partitions"] == [{"dimensions": {"dataset": NAME}}]


def test_what_a_step_read_is_what_the_step_before_wrote(events):
    for asset, source in (("captions", "items"), ("bags", "captions"), ("vocabulary", "bags")):
        written = {table_of(each): each for each in completed(events, source)[0]["outputs"]}
        read = {table_of(each): each for each in completed(events, asset)[0]["inputs"]}
        assert read[source]["facets"]["version"] == written[source]["facets"]["version"]


def test_the_first_step_reads_the_folder(home, told, events):
    assert completed(events, "items")[0]["inputs"][0]["name"] == home.registry.find(told).folder


def test_columns_lead_to_the_columns_they_come_from(home, events):
    lineage = completed(events, "vocabulary")[0]["outputs"][0]["facets"]["columnLineage"]["fields"]

    assert set(lineage) <= set(VOCABULARY.schema)
    (word,) = lineage["word"]["inputFields"]
    assert (word["name"], word["field"]) == (home.lake.uri(BAGS), "words")
    key = completed(events, "bags")[0]["outputs"][0]["facets"]["columnLineage"]["fields"]["item_id"]
    assert key["inputFields"][0]["name"] == home.lake.uri(CAPTIONS)
    assert key["inputFields"][0]["transformations"] == [{"subtype": "IDENTITY", "type": "DIRECT"}]


def test_the_job_names_the_version_of_its_code_and_its_options(events):
    run = completed(events, "vocabulary")[0]
    options = {each["key"] for each in run["run"]["facets"]["executionParameters"]["parameters"]}

    assert run["job"]["facets"]["sourceCodeLocation"]["version"] == "1"
    assert "options.vocabulary" in options
    assert run["job"]["facets"]["documentation"]["description"].startswith("One row is")
    assert {table_of(each) for each in run["outputs"]} <= set(TABLES)


def test_a_step_that_failed_says_why(home, tmp_path):
    (tmp_path / "empty.txt").write_text("")
    home.add("untold", tmp_path)
    assert "no usable item" in refusal(home.cli("run", "untold", "--json"))

    printed = home.cli("openlineage", "untold")
    assert printed.exit_code == 0, printed.output
    begun, failed = map(json.loads, printed.stdout.splitlines())
    assert (begun["eventType"], failed["eventType"]) == ("START", "FAIL")
    assert failed["job"]["name"] == "untold.items"
    assert "no usable item" in failed["run"]["facets"]["errorMessage"]["message"]


def test_a_server_gets_each_event_with_the_key(home, told, events, monkeypatch):
    monkeypatch.setenv("SAETM_OPENLINEAGE_KEY", "k3y")
    with catalog() as (address, posted):
        result = home.cli("openlineage", told, "--to", address)

    assert result.exit_code == 0, result.output
    assert {path for path, _, _ in posted} == {"/api/v1/lineage"}
    assert {key for _, key, _ in posted} == {"Bearer k3y"}
    assert [event for _, _, event in posted] == events


def test_a_file_holds_the_same_events(home, told, events, tmp_path):
    file = tmp_path / "events.jsonl"
    home.cli("openlineage", told, "--to", str(file))

    assert [json.loads(line) for line in file.read_text().splitlines()] == events


def test_a_server_that_refuses_or_is_not_there_is_one_sentence(home, told, tmp_path):
    with catalog(status=422) as (address, _):
        assert "took 0 events, then: 422" in refusal(home.cli("openlineage", told, "--to", address))
    away = f"http://127.0.0.1:{free_port()}"
    assert "took 0 events" in refusal(home.cli("openlineage", told, "--to", away))
    file = tmp_path / "no" / "folder"
    assert "cannot be written" in refusal(home.cli("openlineage", told, "--to", str(file)))
    assert "names no host" in refusal(home.cli("openlineage", told, "--to", "http://"))


def test_an_unknown_dataset_is_refused(home):
    assert "no dataset is called" in refusal(home.cli("openlineage", "nowhere"))
