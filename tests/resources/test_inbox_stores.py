"""What goes wrong with object stores, and what is said about it."""

import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from resources.inbox import Inbox
from resources.inbox.stores import check_uri
from saetm.errors import InputError
from tests.resources.inbox_folders import NOTHING_KNOWN
from tests.resources.inbox_places import StorePlace, files_as_objects
from tests.resources.object_server import SECRET, free_port, make_bucket, point_at, running_store

OBJECT = (
    "<Contents><Key>d/{}.txt</Key><LastModified>2024-05-01T00:00:00.000Z</LastModified>"
    "<ETag>&quot;1&quot;</ETag><Size>1</Size></Contents>"
)
FIRST_PAGE = (
    '<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated>'
    "<NextContinuationToken>more</NextContinuationToken>"
    f"{''.join(OBJECT.format(number) for number in range(1000))}</ListBucketResult>"
)
REFUSAL = (
    f"<Error><Code>X</Code><Message>Access Denied.</Message><AWSAccessKeyId>{SECRET}"
    "</AWSAccessKeyId></Error>"
)


@contextmanager
def answering(after_first_page):
    """Run a store that gives one page of a listing, and then this status and body."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            is_first = "continuation-token" not in parse_qs(urlsplit(self.path).query)
            status, body = (200, FIRST_PAGE) if is_first else after_first_page
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((403, REFUSAL), "Access Denied"),
        ((500, "<html>broken</html>"), "500"),
        ((200, "no list"), ""),
    ],
)
def test_a_listing_that_fails_at_its_second_page_is_an_error(monkeypatch, answer, reason):
    with answering(answer) as (address, asked):
        point_at(address, monkeypatch)
        inbox = Inbox("s3://bucket")
        for ask in (
            inbox.look,
            inbox.modality,
            lambda folder: inbox.scan(folder, "text", NOTHING_KNOWN),
        ):
            with pytest.raises(InputError, match=r"'s3://bucket/d' cannot be read: ") as caught:
                ask("s3://bucket/d")
            assert reason in str(caught.value)
            assert is_one_clean_sentence(str(caught.value))

    assert any("continuation-token=more" in path for path in asked)


def is_one_clean_sentence(text):
    return "\n" not in text and "http://127" not in text and SECRET not in text and len(text) < 300


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("datasets", []),
        ("find", ["d"]),
        ("locate", ["s3://bucket/x"]),
        ("look", ["s3://bucket/x"]),
        ("read", ["s3://bucket/x", "a.jpg"]),
        ("read_options", ["s3://bucket/x"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_store_that_is_away_is_one_sentence(monkeypatch, method, arguments):
    point_at(f"http://127.0.0.1:{free_port()}", monkeypatch)
    with pytest.raises(InputError, match=r"s3://bucket.* cannot be read: \w") as caught:
        getattr(Inbox("s3://bucket"), method)(*arguments)

    assert is_one_clean_sentence(str(caught.value))


@pytest.mark.parametrize(
    "uri",
    [
        "http://bucket/d",
        "ftp://bucket/d",
        "s3://",
        "s3:///d",
        "s3://a b/d",
        f"s3://key:{SECRET}@bucket/d",
        f"az://container/d?sv=1&sig={SECRET}",
    ],
)
def test_a_uri_that_opens_no_store_is_refused_and_its_keys_are_not_repeated(uri):
    for inbox, method, argument in (("", "locate", uri), ("", "look", uri), (uri, "find", "d")):
        with pytest.raises(InputError) as caught:
            getattr(Inbox(inbox), method)(argument)
        assert SECRET not in str(caught.value)
        assert is_one_clean_sentence(str(caught.value))


def test_a_store_without_its_variables_says_so(monkeypatch):
    for name in ("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(InputError, match="Account must be specified"):
        Inbox("").look("az://container/d")


def test_the_slash_at_the_end_of_a_uri_does_not_count():
    assert check_uri("gs://bucket/a b/") == check_uri("gs://bucket/a b") == "gs://bucket/a b"


@pytest.mark.slow
def test_a_bucket_is_added_and_read_by_the_command_line(tmp_path, monkeypatch, request):
    from obstore.store import S3Store

    from tests.line.homes import Home

    home = Home(tmp_path / "home")
    with running_store() as address:
        point_at(address, monkeypatch)
        bucket = make_bucket(address, request)
        store = S3Store(bucket)
        for number in range(3):
            store.put(f"in box/posts/{number}.txt", f"text {number}".encode())
            store.put(f"in box/waiting/{number}.txt", f"word {number}".encode())
        monkeypatch.setenv("SAETM_INBOX", f"s3://{bucket}/in box")
        added = home.cli("add", "mine", f"s3://{bucket}/in box/posts/")
        assert f"reads s3://{bucket}/in box/posts" in added.output
        home.run("mine", "items")
        home.run("waiting", "items")
        status = home.cli("status")
        store.put("in box/posts/3.txt", b"text 3")
        home.run("mine", "items")

    assert sorted(home.table("items", "mine")["text"]) == [f"text {number}" for number in range(4)]
    assert home.table("items", "waiting").height == 3
    assert "waiting" in status.output
    with pytest.raises(Exception, match="cannot be read"):
        home.run("mine", "items")  # the store is gone, and nothing of what was read goes with it
    assert home.table("items", "mine").height == 4


def test_a_scan_leaves_no_copies_even_when_it_is_left(tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    place = StorePlace("s3://bucket", files_as_objects(tmp_path))
    place.put_all({"a.csv": "text\n" + "a\n" * 2000, "b.csv": "text\nb\n"})
    batches = place.inbox.scan(place.folder, "text", NOTHING_KNOWN)
    next(batches)
    copies = list((tmp_path / "temporary").rglob("*.csv"))
    batches.close()

    assert len(copies) == 2
    assert list((tmp_path / "temporary").iterdir()) == []
