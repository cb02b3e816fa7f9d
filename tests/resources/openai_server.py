"""A small OpenAI-compatible server on loopback, with a real language model behind it.

It speaks `/v1/models` and `/v1/chat/completions`, really decodes the images it is sent, and fills
the fields of the asked JSON schema with what the model writes. It can be told to fail.
"""

import base64
import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL_FOLDER = Path(__file__).resolve().parents[2] / "../shared/data/models/stories260K"
MODEL = "stories260K"
KEY = "sesame"
_PROMPT_TOKENS = 96  # of the end of a prompt that the model reads; its window has 512
_FIELD_TOKENS = 10


@cache
def _loaded():
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL_FOLDER, local_files_only=True)
    return tokenizer, AutoModelForCausalLM.from_pretrained(MODEL_FOLDER, local_files_only=True)


def generate(prompt: str, tokens: int = _FIELD_TOKENS) -> str:
    """Continue a prompt greedily."""
    tokenizer, model = _loaded()
    encoded = tokenizer(prompt, return_tensors="pt")["input_ids"][:, -_PROMPT_TOKENS:]
    written = model.generate(
        input_ids=encoded,
        attention_mask=encoded.new_ones(encoded.shape),
        max_new_tokens=tokens,
        do_sample=False,
    )
    return tokenizer.decode(written[0, encoded.shape[1] :], skip_special_tokens=True).strip()


def loss(prompt: str, continuation: str) -> float:
    """Return the mean negative log probability of a text that ends in this continuation."""
    tokenizer, model = _loaded()
    encoded = tokenizer(prompt + continuation, return_tensors="pt")["input_ids"][
        :, -_PROMPT_TOKENS:
    ]
    return float(model(input_ids=encoded, labels=encoded).loss.detach())


@dataclass
class Faults:
    """What the server does wrong; each is looked for in what it is shown, text and images."""

    first_fail: int = 0  # so many requests get status 500
    fail: str | None = None  # status 500, always
    refuse: str | None = None  # status 400
    malform: str | None = None  # JSON that breaks off
    misfit: str | None = None  # JSON without the asked fields
    mislabel: str | None = None  # JSON that fits and says nothing
    garble: str | None = None  # a body that is no JSON
    hang: str | None = None  # no answer until the server stops
    say: dict[str, str] = field(default_factory=dict)  # what the model then says, however long
    retry_after: int | None = None  # seconds that a failed request is told to wait
    echo_key: bool = False  # status 401 with the key that was sent, as some servers tell
    die_after: int | None = None  # answers after which all connections break and the port closes


@dataclass
class Server:
    """A running server: where it is, what it was asked, what it does wrong."""

    faults: Faults
    url: str = ""
    asked: list[str] = field(default_factory=list)
    image_sizes: list[tuple[int, int]] = field(default_factory=list)
    busiest: int = 0  # most requests under way at once


@contextmanager
def openai_server(**faults) -> Iterator[Server]:
    """Serve on a free port of loopback until the block ends."""
    _loaded()  # before the first request, whose time is limited
    server = Server(Faults(**faults))
    http = _Http(server)
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.kill()
        thread.join()
        http.server_close()  # waits for answers under way: a model must not outlive the process


class _Http(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, server: Server):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = server
        self.lock = threading.Lock()
        self.model_lock = threading.Lock()
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()
        self.under_way = 0
        self.answered = 0

    def handle_error(self, request, client_address):
        if not self.stopping.is_set():
            super().handle_error(request, client_address)

    def kill(self):
        if self.stopping.is_set():
            return
        self.stopping.set()
        self.socket.close()
        threading.Thread(target=self.shutdown).start()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, format, *args):  # noqa: A002 (the name is the base class's)
        pass

    def setup(self):
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self):
        self.server.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self):
        self._send(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.under_way += 1
            self.server.state.busiest = max(self.server.state.busiest, self.server.under_way)
        try:
            self._complete(body)
        finally:
            with self.server.lock:
                self.server.under_way -= 1

    def _complete(self, body):
        state, faults = self.server.state, self.server.state.faults
        text, images = _read(body["messages"])
        state.image_sizes.extend(image.size for image in images)
        shown = f"{text}\n{_seen(images)}"
        with self.server.lock:
            state.asked.append(text)
            failing = faults.first_fail > 0
            faults.first_fail -= failing
        if status := self._refused(body, shown, failing=failing):
            said = f"sorry, {status}" + f" for {self.headers['Authorization']}" * faults.echo_key
            self._send(status, {"error": {"message": said, "type": "server_error"}})
        elif _wanted(faults.garble, shown):
            self._send_bytes(200, b'{"id": "x", "choi')
        elif _wanted(faults.hang, shown):
            self.server.stopping.wait()
        else:
            self._answer(*self._reply(body, text, images, shown))

    def _refused(self, body, shown, *, failing):
        faults = self.server.state.faults
        if faults.echo_key or self.headers["Authorization"] != f"Bearer {KEY}":
            return 401
        if body["model"] != MODEL:
            return 404
        if _wanted(faults.refuse, shown):
            return 400
        return 500 if failing or _wanted(faults.fail, shown) else None

    def _reply(self, body, text, images, shown):
        """Return the reply, and why it ends."""
        faults = self.server.state.faults
        for mark, words in faults.say.items():
            if mark in shown:
                fields = body["response_format"]["json_schema"]["schema"]["properties"]
                said = {name: part.get("enum", [words])[0] for name, part in fields.items()}
                return json.dumps(said), "stop"
        with self.server.model_lock:
            if self.server.stopping.is_set():
                return "", "stop"
            reply = _fill(body["response_format"]["json_schema"]["schema"], text, images)
        if _wanted(faults.malform, shown):
            reply = reply[: len(reply) // 2]
        if _wanted(faults.misfit, shown):
            reply = json.dumps({"answer": 42})
        if _wanted(faults.mislabel, shown):
            reply = json.dumps({**json.loads(reply), "label": " "})
        return _within(reply, body["max_completion_tokens"])

    def _answer(self, reply, reason):
        with self.server.lock:
            if self.server.answered == self.server.state.faults.die_after:
                self.server.kill()
                return
            self.server.answered += 1
        message = {"role": "assistant", "content": reply}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        self._send(
            200,
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": MODEL,
                "choices": [choice],
            },
        )

    def _send(self, status, value):
        self._send_bytes(status, json.dumps(value).encode())

    def _send_bytes(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status != 200 and self.server.state.faults.retry_after is not None:
            self.send_header("Retry-After", str(self.server.state.faults.retry_after))
        self.end_headers()
        self.wfile.write(content)


def _wanted(fault, text):
    return fault is not None and fault in text


def _read(messages):
    """Return all text of the messages and their decoded images."""
    from PIL import Image

    texts, images = [], []
    for message in messages:
        content = message["content"]
        parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
        texts += [part["text"] for part in parts if part["type"] == "text"]
        for part in parts:
            if part["type"] == "image_url":
                header, _, encoded = part["image_url"]["url"].partition(",")
                assert header == "data:image/jpeg;base64"
                image = Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)))
                image.load()
                images.append(image)
    return "\n".join(texts), images


def _fill(schema, text, images):
    """Write JSON that fits the schema, with the model's words in its string fields."""
    seen = _seen(images)
    filled = {}
    for name in schema["required"]:
        part = schema["properties"][name]
        prompt = f"{text}\n{seen}{name}: "
        if "enum" in part:
            filled[name] = min(part["enum"], key=lambda value, prompt=prompt: loss(prompt, value))
        else:
            assert part["type"] == "string"
            filled[name] = seen + (generate(prompt) or "nothing")
    return json.dumps(filled)


def _seen(images):
    return "".join(f"{image.width} by {image.height} pixels of {_hue(image)}. " for image in images)


def _hue(image):
    levels = dict(zip(("red", "green", "blue"), image.resize((1, 1)).getpixel((0, 0)), strict=True))
    return max(levels, key=levels.get)


def _within(reply, tokens):
    tokenizer, _ = _loaded()
    ids = tokenizer(reply, add_special_tokens=False)["input_ids"]
    if len(ids) <= tokens:
        return reply, "stop"
    return tokenizer.decode(ids[:tokens]), "length"
