import json
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from resources import keeper
from resources.chat import open_chat
from resources.own_server import OwnServer, Vllm
from resources.serving import Serving, open_server
from saetm.errors import InputError, OutOfReachError
from saetm.prompts.summaries import parse_summary
from tests.resources.test_chat import questions, taken_until_error

STUB = f"{sys.executable} -m tests.resources.vllm_stub"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where sockets and logs are; a log that a message names stays."""
    folder = tmp_path / "f"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def stub_chat(model="m", arguments="", **options):
    vllm = Vllm(command=STUB, arguments=arguments)
    serving = Serving(vllm=vllm, requests=2, **options)
    return open_chat(f"vllm:{model}", category_of=lambda _: None, serving=serving)


def is_alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def is_lock(path):
    """Whether it is the folder that keeps cards apart, which the machine has once."""
    return path.name.startswith("saetm-cards-")


def assert_all_end(pids):
    for _ in range(200):
        if not any(map(is_alive, pids)):
            return
        time.sleep(0.05)
    pytest.fail("processes go on")


def test_serves_while_it_is_asked_and_leaves_nothing_behind(tmp_path, folder, monkeypatch):
    monkeypatch.setenv("SAETM_API_KEY", "sesame")
    told = tmp_path / "pids"

    answers = list(stub_chat(arguments=f"--pids {told}").answer(questions(*"abcdef")))

    *pids, environment = json.loads(told.read_text())
    assert len(answers) == 6
    assert parse_summary(answers[0][1]).label == "words"
    assert_all_end(pids)
    assert [path for path in folder.iterdir() if not is_lock(path)] == []
    assert "sesame" not in environment.values()


def test_ends_when_nobody_takes_its_answers_any_more(tmp_path):
    told = tmp_path / "pids"
    answers = stub_chat(arguments=f"--pids {told}").answer(questions(*"abcdef"))
    taken = list(islice(answers, 1))

    answers.close()

    assert len(taken) == 1
    assert_all_end(json.loads(told.read_text())[:2])


def test_a_process_that_is_killed_leaves_the_replies_that_came():
    chat = stub_chat(arguments="--die-after 3")

    answers, error = taken_until_error(chat.answer(questions(*"abcdef")))

    assert len(answers) == 3
    assert isinstance(error, OutOfReachError)
    assert str(error).startswith("the vLLM process of 'm' ended with exit code 137: ")
    assert "\n" not in str(error)


def test_a_model_that_cannot_be_loaded_is_one_sentence_with_its_cause():
    answers, error = taken_until_error(stub_chat("broken").answer(questions("a")))

    assert answers == []
    sentence, _, log = str(error).partition("; its log is ")
    assert sentence == (
        "the vLLM process of 'broken' ended with exit code 1: ValueError: the card is too small"
    )
    assert "RuntimeError" in Path(log).read_text()


def test_nothing_starts_where_nothing_is_asked():
    server = OwnServer(model="m", vllm=Vllm(command="not-there"))

    assert list(server.each([], None)) == []


def test_a_missing_command_is_told_with_what_to_do():
    server = OwnServer(model="m", vllm=Vllm(command="not-there serve"))

    with pytest.raises(InputError, match=r"'not-there serve' is not there; install it"):
        list(server.each([1], None))


def test_the_command_names_model_revision_and_what_was_set(tmp_path):
    vllm = Vllm(command="sh -c", arguments="--dtype half '--x y'", memory=0.5, length=99)

    line = vllm.line("org/m", "r1", tmp_path / "s")

    assert line[:3] == ["sh", "-c", "org/m"]
    assert line[-3:] == ["--dtype", "half", "--x y"]
    flags = dict(zip(line[3::2], line[4::2], strict=False))
    assert flags["--gpu-memory-utilization"] == "0.5"
    assert flags["--max-model-len"] == "99"
    assert flags["--revision"] == "r1"
    assert flags["--uds"] == str(tmp_path / "s")


@pytest.mark.parametrize(
    ("name", "producer"),
    [
        ("vllm:org/m", "vllm:org/m (dtype bfloat16, "),
        ("vllm:org/m@0f3a", "vllm:org/m@0f3a (dtype bfloat16, "),
    ],
)
def test_the_producer_names_model_revision_dtype_and_sampling(name, producer):
    server = open_server(name, Serving(vllm=Vllm(dtype="bfloat16")))

    assert server.producer == producer + "temperature 0, seed 0, at most 512 tokens)"


def test_a_folder_whose_name_has_an_at_is_a_folder(tmp_path):
    folder = tmp_path / "m@r"
    folder.mkdir()

    assert open_server(f"vllm:{folder}", Serving()).model == str(folder)


@pytest.mark.parametrize("name", ["vllm", "vllm:", "vllm:--trust-remote-code", "given"])
def test_other_names_are_nobody(name):
    assert open_server(name, Serving()) is None


@pytest.mark.parametrize(
    "url", ["nonsense", "http:///", "http://[h/v1", "http://h:99999/v1", "file:///v1", "\x00"]
)
def test_what_is_no_address_is_refused_without_repeating_it(url):
    with pytest.raises(InputError, match=r"^SAETM_API_URL is not an address") as refused:
        open_server("openai:m", Serving(base_url=url))

    assert url not in str(refused.value)


class TestKeeper:
    def test_ends_the_command_and_its_children_when_its_input_closes(self, tmp_path):
        told = tmp_path / "pids"
        command = (
            "import os, signal, subprocess, sys, pathlib, time;"
            "signal.signal(signal.SIGTERM, signal.SIG_DFL);"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
            f"pathlib.Path({str(told)!r}).write_text(f'[{{os.getpid()}}, {{child.pid}}]');"
            "time.sleep(600)"
        )
        with subprocess.Popen(
            [sys.executable, keeper.__file__, sys.executable, "-c", command], stdin=subprocess.PIPE
        ) as process:
            while not (told.exists() and told.read_text().endswith("]")):
                time.sleep(0.02)

        assert process.returncode == 128 + 15
        assert_all_end(json.loads(told.read_text()))

    def test_ends_as_the_command_does(self):
        command = [sys.executable, keeper.__file__, sys.executable, "-c", "raise SystemExit(7)"]

        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            assert process.wait() == 7
