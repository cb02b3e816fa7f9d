"""A card is one process's at a time, whoever asks for it, and a killed one lets go."""

import os
import signal
import subprocess
import sys
import time

import pytest

from resources.cards import card

HOLD = """
import sys, time
from pathlib import Path
from resources.cards import card
with card(sys.argv[1], Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(device, folder):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, device, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_two_processes_never_hold_one_card_and_a_killed_one_lets_go(tmp_path):
    process = holder("cuda", tmp_path)  # the first card, by its other name
    try:
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            time.sleep(0.5)
            os.kill(process.pid, signal.SIGKILL)
            os._exit(0)
        with card("cuda:0", tmp_path):
            waited = time.monotonic() - began
        os.waitpid(pid, 0)
    finally:
        process.kill()
        process.communicate()

    assert waited >= 0.5


@pytest.mark.parametrize("other", ["cuda:1", "cpu"])
def test_other_devices_are_free(tmp_path, other):
    process = holder("cuda:0", tmp_path)
    try:
        with card(other, tmp_path):
            assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
