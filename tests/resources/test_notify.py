import json
import logging
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from resources.notify import LogNotifier, Notice, WebhookNotifier, open_notifier
from saetm.errors import SaetmError

NOTICE = Notice("saetm: a run of dataset 'prints' failed", "prints", "run-1", {"captions": "no"})


@contextmanager
def hook(status):
    """Serve a web hook on loopback that answers with a status; yield its URL and what it got."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret-key", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_web_hook_gets_the_text_and_the_parts():
    with hook(200) as (url, got):
        open_notifier(url).tell(NOTICE)

    assert got == [
        {
            "text": NOTICE.text,
            "dataset": "prints",
            "run_id": "run-1",
            "failures": {"captions": "no"},
        }
    ]


def test_a_hook_that_refuses_is_an_error_that_does_not_name_its_address():
    with hook(500) as (url, _), pytest.raises(SaetmError, match="answered 500") as refused:
        WebhookNotifier(url).tell(NOTICE)

    assert "secret-key" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/secret-key", "nonsense://secret-key", ""])
def test_a_hook_that_cannot_be_reached_is_an_error_that_does_not_name_its_address(url):
    with pytest.raises(SaetmError, match="cannot be reached") as refused:
        WebhookNotifier(url).tell(NOTICE)

    assert "secret-key" not in str(refused.value)


def test_without_a_hook_the_log_is_told(caplog):
    with caplog.at_level(logging.ERROR, logger="saetm"):
        open_notifier(None).tell(NOTICE)

    assert isinstance(open_notifier(None), LogNotifier)
    assert caplog.messages == [NOTICE.text]
