"""Stands in for `vllm serve`: the same arguments, a socket, and answers without a model.

    python -m tests.resources.vllm_stub MODEL --uds SOCKET ... [--die-after N]

The model's name is its manner: "broken" cannot be loaded. It lets a child live beside it, as vLLM
does, and tells both in a file named by --pids.
"""

import argparse
import json
import os
import signal
import socketserver
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    answers = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        pass

    def do_GET(self):
        self.send({"object": "list", "data": []})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.answers == OPTIONS.die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        self.server.answers += 1
        fields = body["response_format"]["json_schema"]["schema"]["properties"]
        filled = {name: part.get("enum", ["words"])[0] for name, part in fields.items()}
        message = {"role": "assistant", "content": json.dumps(filled)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        answer = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
        self.send({**answer, "choices": [choice]})

    def send(self, value):
        content = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--uds")
    parser.add_argument("--pids", type=Path)
    parser.add_argument("--die-after", type=int)
    return parser.parse_known_args()[0]


ENVIRONMENT = dict(os.environ)  # noqa: TID251  what it was given is what is tested


if __name__ == "__main__":
    OPTIONS = arguments()
    if OPTIONS.model == "broken":
        sys.exit("ValueError: the card is too small\nRuntimeError: it follows from the above")
    if OPTIONS.pids:
        sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        OPTIONS.pids.write_text(json.dumps([os.getpid(), sleeper.pid, ENVIRONMENT]))
    with Server(OPTIONS.uds, Handler) as server:
        server.serve_forever()
