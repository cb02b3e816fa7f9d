"""Batches that a device has no room for, and work that is done ahead."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
import torch

from resources.ahead import ahead
from resources.encoding import Room
from saetm.errors import InputError


class SmallDevice:
    """Has room for so many inputs at a time, and says otherwise as Torch does."""

    def __init__(self, room):
        self.room = room
        self.tried = []

    def embed(self, size):
        self.tried.append(size)
        if size > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return size


@pytest.mark.parametrize(("room", "fits"), [(1, 1), (5, 4), (63, 32), (64, 64)])
def test_batches_are_halved_until_they_fit_and_stay_so(room, fits):
    device, batches = SmallDevice(room), Room(64)

    assert batches.attempt(device.embed) == fits
    assert batches.attempt(device.embed) == fits
    assert device.tried[-2:] == [fits, fits]


def test_a_device_without_room_for_one_input_is_told_in_a_sentence():
    with pytest.raises(InputError, match="no room for a single input"):
        Room(8).attempt(SmallDevice(0).embed)


def test_other_errors_of_a_device_are_not_taken_for_a_lack_of_room():
    def fail(_size):
        raise RuntimeError("CUDA error: device-side assert")

    with pytest.raises(RuntimeError, match="device-side"):
        Room(8).attempt(fail)


@pytest.mark.gpu
def test_a_batch_that_an_accelerator_has_no_room_for_is_halved():
    device = torch.accelerator.current_accelerator()
    free = torch.accelerator.get_memory_info()[0]
    each = free // 10  # bytes of an input

    def embed(size):
        return len(torch.empty(size * each, dtype=torch.uint8, device=device))

    assert Room(16).attempt(embed) == 8 * each


def test_results_come_in_order_and_never_too_many_are_begun():
    begun, taken, most, lock = 0, 0, 0, Lock()

    def work(number):
        nonlocal begun, most
        with lock:
            begun += 1
            most = max(most, begun - taken)
        return number

    with ThreadPoolExecutor(4) as pool:
        for number, result in enumerate(ahead(pool, work, range(200), window=7)):
            assert result == number
            taken += 1

    assert taken == 200
    assert most <= 7
