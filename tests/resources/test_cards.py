"""A card is one process's at a time, whoever asks for it, and a killed one lets go."""

import subprocess
import sys
import time
from threading import Timer

import pytest

from resources.cards import card
from resources.compute import Compute
from resources.encoder import open_encoder

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
        Timer(0.5, process.kill).start()  # SIGKILL
        with card("cuda:0", tmp_path):
            waited = time.monotonic() - began
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


@pytest.mark.gpu
def test_a_card_is_empty_behind_a_stage(tmp_path):
    import torch

    device = torch.accelerator.current_accelerator().type
    before = torch.accelerator.memory_reserved()
    with card(device, tmp_path):
        open_encoder("minilm", Compute()).encode(["a boat"])
        assert torch.accelerator.memory_reserved() > before

    assert torch.accelerator.memory_reserved() <= before
