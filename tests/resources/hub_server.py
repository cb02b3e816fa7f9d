"""A server that speaks as much of the Hugging Face hub's protocol as a download needs."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlparse


class Hub(BaseHTTPRequestHandler):
    """Answers for the repositories of its class."""

    repositories: dict[str, Path]
    commit: str

    def log_message(self, *_):
        return

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlparse(self.path).path)
        for name, folder in self.repositories.items():
            if path.startswith(f"/api/models/{name}/tree/"):
                return self.list(folder, *path.split("/")[7:])
            if path.startswith(f"/api/models/{name}"):
                return self.describe(name, folder)
            if path.startswith(f"/{name}/resolve/"):
                return self.send(folder / path.split("/", 5)[5])
        return self.answer(404, b"", error="RepoNotFound")

    def describe(self, name, folder):
        names = [file.relative_to(folder).as_posix() for file in folder.rglob("*.*")]
        files = [{"rfilename": name} for name in names]
        self.answer(200, json.dumps({"id": name, "sha": self.commit, "siblings": files}).encode())

    def list(self, folder, *inside):
        files = [file for file in folder.joinpath(*inside).rglob("*") if file.is_file()]
        rows = [
            {
                "type": "file",
                "path": file.relative_to(folder).as_posix(),
                "size": file.stat().st_size,
                "oid": hashlib.sha256(file.read_bytes()).hexdigest(),
            }
            for file in files
        ]
        if rows:
            self.answer(200, json.dumps(rows).encode())
        else:
            self.answer(404, b"", error="EntryNotFound")

    def send(self, file):
        if file.is_file():
            self.answer(200, file.read_bytes())
        else:
            self.answer(404, b"", error="EntryNotFound")

    def answer(self, status, body, error=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/json")
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", self.commit)
        if error:
            self.send_header("X-Error-Code", error)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@contextmanager
def serve_hub(repositories: dict[str, Path], *, commit: str) -> Iterator[str]:
    """Serve folders as repositories that all have one commit; yields the address."""
    handler = type("TestHub", (Hub,), {"repositories": repositories, "commit": commit})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
