import numpy as np
import pytest
import torch

from resources.token_model import TokenStates
from resources.token_spool import spooled
from saetm_assets.token_reading import in_groups

TEXTS = ["a goal", "ünï 日本", "x", "the end of it all"]


class Letters:
    """A model whose tokens are letters, the longest text of a call first."""

    def __init__(self):
        self.calls = 0

    def states(self, texts):
        self.calls += 1
        sources = list(texts)
        for number in sorted(range(len(sources)), key=lambda each: -len(sources[each])):
            length = len(sources[number])
            places = np.arange(length)
            letters = torch.tensor([[float(ord(letter))] for letter in sources[number]])
            offsets = np.array([0, length])
            numbers = np.full(length, number)
            yield TokenStates(letters, numbers, places, places + 1, offsets, 0, sources)


def text_of(batch):
    source = batch.sources[int(batch.texts[0]) - batch.first]
    return "".join(source[start:end] for start, end in zip(batch.starts, batch.ends, strict=True))


def seen(batches):
    return [(text_of(each), each.texts.tolist(), each.states[:, 0].tolist()) for each in batches]


@pytest.mark.parametrize(("limit", "calls"), [(2**20, 1), (40, 3)])
def test_later_readings_are_the_first_one(limit, calls):
    model = Letters()
    with spooled(lambda: model.states(TEXTS), limit=limit) as reading:
        first, second, third = (seen(reading()) for _ in range(3))
    assert first == second == third == seen(Letters().states(TEXTS))
    assert model.calls == calls


def test_a_reading_that_was_broken_off_is_not_taken_for_whole():
    model = Letters()
    with spooled(lambda: model.states(TEXTS)) as reading:
        next(reading())
        assert len(seen(reading())) == len(seen(reading())) == 4
    assert model.calls == 2


@pytest.mark.parametrize("characters", [1, 7, 100])
def test_groups_number_texts_throughout_and_mix_their_lengths(characters):
    found = list(in_groups(Letters(), iter(TEXTS), characters))
    assert {int(each.texts[0]): text_of(each) for each in found} == dict(enumerate(TEXTS))
    order = [int(each.texts[0]) for each in found]
    assert (order == [0, 1, 2, 3]) == (characters == 1)
