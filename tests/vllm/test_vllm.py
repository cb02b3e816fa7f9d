"""A real vLLM with a tiny model made on the spot: answers under a schema, and a server killed.

    make vllm-test VLLM=FOLDER

makes an environment in that folder (tests/vllm/install.sh) and runs this file.
"""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from resources.captioner import open_captioner
from resources.chat import open_chat
from resources.own_server import Vllm
from resources.serving import Serving
from saetm.errors import ReplyError
from saetm.prompts.captions import build_caption_question, parse_caption
from saetm.prompts.summaries import parse_summary
from saetm_assets.stages import captions
from tests.line.homes import Home
from tests.resources.test_chat import questions

ENVIRONMENT = os.environ.get("SAETM_TEST_VLLM")  # noqa: TID251  a path that no test can guess
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not ENVIRONMENT, reason="no environment with vLLM: see make vllm-test"),
]
ROOT = Path(__file__).resolve().parents[2]
NAME, COUNT = "pictures", 160
SETTINGS = "VLLM_TARGET_DEVICE=cpu VLLM_CPU_KVCACHE_SPACE=1 HF_HUB_OFFLINE=1"
FURTHER = "--enforce-eager --max-num-seqs 8"
UNSEEN = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "enum": [1, 2, 3]},
        "verdict": {"type": "string", "enum": ["good", "bad"]},
        "flags": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2},
    },
    "required": ["score", "verdict", "flags"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with the tiny model; transformers of that environment can write it."""
    folder = tmp_path_factory.mktemp("model")
    command = [f"{ENVIRONMENT}/bin/python", "-m", "tests.vllm.tiny_llava", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="module")
def own(model):
    """The model as a stage serves it to itself."""
    vllm = Vllm(
        command=f"env {SETTINGS} {ENVIRONMENT}/bin/vllm serve",
        arguments=FURTHER,
        dtype="float32",
        length=3000,
    )
    return f"vllm:{model}", Serving(requests=8, vllm=vllm)


@contextmanager
def running(model, port):
    """Serve the model as somebody else would; give the process."""
    command = f"env {SETTINGS} {ENVIRONMENT}/bin/vllm serve {model} --served-model-name tiny"
    flags = f"--port {port} --dtype float32 --max-model-len 3000 {FURTHER}"
    with subprocess.Popen(f"{command} {flags}".split(), start_new_session=True) as process:
        try:
            wait_until_ready(process, port)
            yield process
        finally:
            kill(process)


def wait_until_ready(process, port):
    while process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health"):
            return
        time.sleep(1)
    pytest.fail("vLLM ended")


def kill(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answered(port):
    """Return how many questions this server has answered, by its own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as told:
        lines = told.read().decode().splitlines()
    counts = [line for line in lines if line.startswith("vllm:request_success_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


class Picture:
    text = None

    def __init__(self, path):
        self.path = path

    def read(self):
        return self.path.read_bytes()


def paint(folder, count):
    for number in range(count):
        colour = ("red", "green", "blue")[number % 3]
        Image.new("RGB", (40 + number, 60), colour).save(folder / f"{number:03d}.png")


def test_captions_and_summaries_of_a_process_of_our_own(own, tmp_path):
    name, serving = own
    paint(tmp_path, 12)
    pictures = [Picture(path) for path in sorted(tmp_path.iterdir())]

    said = dict(open_captioner(name, serving=serving).caption(pictures))
    chat = open_chat(name, category_of=lambda _: None, serving=serving)
    replies = [reply for _, reply in chat.answer(questions("river", "temple", "horse"))]

    assert len(said) == 12
    assert all(isinstance(caption, str) and caption for caption in said.values())
    assert all(parse_summary(reply).category in {"concrete", "abstract"} for reply in replies)
    assert len(replies) == 3
    running_now = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert name.removeprefix("vllm:") not in running_now.stdout


def test_answers_fit_schemas_that_the_model_was_never_taught(own):
    name, serving = own
    caption = build_caption_question("factual").schema
    server = open_captioner(name, serving=serving)._server

    async def ask(asking, schema):
        return await asking.ask("Judge these words: river, temple.", schema)

    replies = {id(schema): reply for schema, reply in server.each([UNSEEN, caption], ask)}

    judged = json.loads(replies[id(UNSEEN)])
    assert judged.keys() == {"score", "verdict", "flags"}
    assert judged["score"] in {1, 2, 3}
    assert judged["verdict"] in {"good", "bad"}
    assert [type(flag) for flag in judged["flags"]] == [bool, bool]
    free = replies[id(caption)]
    assert isinstance(free, ReplyError) or parse_caption(free)


def test_a_server_killed_in_the_middle_leaves_its_captions_and_the_next_asks_for_the_rest(
    model, tmp_path, monkeypatch
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("SAETM_API_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv("SAETM_REQUESTS", "4")
    monkeypatch.setattr(captions, "LOT", 8)
    home, folder = Home(tmp_path / "home"), tmp_path / NAME
    folder.mkdir()
    paint(folder, COUNT)
    home.add(NAME, folder, "captioner=openai:tiny")
    home.run(NAME, "items")

    def kill_in_the_middle(process):
        while process.poll() is None and home.table("captions", NAME).height < 16:
            time.sleep(0.05)
        kill(process)

    with running(model, port) as process:
        killer = Thread(target=kill_in_the_middle, args=(process,))
        killer.start()
        outcome = home.cli("run", NAME, "--select", "captions", "--json")
        killer.join()
    kept = home.table("captions", NAME)
    with running(model, port):
        home.run(NAME, "captions")
        asked = answered(port)
    rows = home.table("captions", NAME)

    assert outcome.exit_code == 1
    assert outcome.stderr.count("\n") == 1
    assert f"no model server answers at http://127.0.0.1:{port}/v1" in outcome.stderr
    assert 16 <= kept.height < COUNT
    assert asked == COUNT - kept.height
    assert rows.height == COUNT
    assert rows.join(kept, on=kept.columns, how="semi").height == kept.height
