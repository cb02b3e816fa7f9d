"""A model writes steered, is itself again afterwards, and reads what it wrote."""

import math

import numpy as np
import pytest
import torch

from resources.block_hooks import steering, watching
from resources.compute import Compute
from resources.generator import UNSTEERED, Sampling, Task, open_generator
from resources.text_encoder import minilm_folder
from saetm.errors import InputError
from tests.steering.writers import BLOCKS, CONTEXT, STORIES, WIDTH, make_writer, needs_stories

HERE = Compute(device="cpu", batch_size=4)
FEW = Sampling(tokens=8, temperature=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_writer(tmp_path_factory.mktemp("writer"))


@pytest.fixture(scope="module")
def writer(folder):
    return open_generator(str(folder), 0, HERE)


@pytest.fixture(scope="module")
def direction():
    vector = np.random.default_rng(1).standard_normal(WIDTH)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def hooks(generator):
    return [module for module in generator.model.network.modules() if module._forward_hooks]


def texts(written):
    return [each.text for each in written]


def test_every_position_that_writes_has_the_component_and_others_have_not(writer, direction):
    """What the next block sees: the last position of each pass, and of no row that is unsteered."""
    block, seen = writer.model.block(0), []
    tasks = [Task("abc", UNSTEERED, 0), Task("abc", 3.0, 0), Task("abcde", -2.5, 1)]
    following = writer.model.network.model.layers[1]
    handle = following.register_forward_pre_hook(lambda _block, given: seen.append(given[0]))
    with watching(block) as plain:
        list(writer.write(tasks, FEW, direction))
    handle.remove()

    assert len(seen) == len(plain) == FEW.tokens
    components = [states @ torch.from_numpy(direction) for states in seen]
    for states, before, component in zip(seen, plain, components, strict=True):
        assert component[1, -1].item() == pytest.approx(3.0, abs=1e-5)
        assert component[2, -1].item() == pytest.approx(-2.5, abs=1e-5)
        torch.testing.assert_close(states[0], before[0], rtol=0, atol=0)
        torch.testing.assert_close(states[:, :-1], before[:, :-1], rtol=0, atol=0)
    assert not hooks(writer)


def test_an_error_leaves_no_hook(writer, direction):
    before = texts(writer.write([Task("abc", UNSTEERED, 0)], FEW))
    block = writer.model.block(0)
    with pytest.raises(KeyError), steering(block, torch.ones(WIDTH), torch.ones(1)):
        raise KeyError
    with pytest.raises(InputError, match="take smaller strengths"):
        list(writer.write([Task("abc", 1e39, 0)], FEW, direction))
    with pytest.raises(RuntimeError):  # a direction that fits no state
        list(writer.write([Task("abc", 1.0, 0)], FEW, direction[:3]))
    with pytest.raises(InputError), watching(block):
        list(writer.write([Task("a" * CONTEXT, UNSTEERED, 0)], FEW))

    assert not hooks(writer)
    assert texts(writer.write([Task("abc", UNSTEERED, 0)], FEW)) == before


def test_a_writer_that_is_left_amid_its_work_has_no_hook(writer, direction):
    written = writer.write([Task("abc", 2.0, seed) for seed in range(9)], FEW, direction)
    next(written)
    assert not hooks(writer)
    written.close()
    assert not hooks(writer)


def test_a_text_hangs_on_its_seed_and_not_on_its_company(writer, direction):
    tasks = [Task("ab", 1.0, seed) for seed in range(6)]
    together = texts(writer.write(tasks, FEW, direction))

    assert len(set(together)) > 1
    assert together == texts(writer.write(tasks, FEW, direction))
    assert together[5:] == texts(writer.write(tasks[5:], FEW, direction))
    mixed = [Task("abcdefgh", 4.0, 5), tasks[5]]
    assert texts(writer.write(mixed, FEW, direction))[1] == together[5]


def test_greedy_texts_know_no_seed(writer):
    greedy = Sampling(tokens=8, temperature=0)
    tasks = [Task("ab", UNSTEERED, seed) for seed in (1, 2)]
    assert len(set(texts(writer.write(tasks, greedy)))) == 1


def test_draws_follow_the_probabilities():
    """The noise makes a greedy search a draw: frequencies are those of the softmax."""
    from resources.seeded_sampling import SeededSampling

    logits = torch.tensor([[0.0, 1.0, 2.0]])
    draws = SeededSampling([7], 2.0)
    taken = [draws(None, logits).argmax().item() for _ in range(4000)]
    shares = np.bincount(taken, minlength=3) / len(taken)
    expected = (logits / 2.0).softmax(-1)[0].numpy()
    assert np.abs(shares - expected).max() < 0.03  # about four standard errors


def test_perplexity_is_of_the_model_as_it_is(writer, direction):
    written = list(writer.write([Task("abc", 6.0, s) for s in range(5)], FEW, direction))
    for text, reading in zip(written, writer.read(written), strict=True):
        tokens = torch.tensor([[*text.prompt, *text.tokens]])
        with torch.no_grad():
            said = writer.model.network(tokens).logits[0].log_softmax(-1)
        first = len(text.prompt)
        naive = [said[first - 1 + i, token].item() for i, token in enumerate(text.tokens)]
        assert reading.perplexity == pytest.approx(math.exp(-np.mean(naive)), rel=1e-4)
        kept = [token for token in text.tokens if token > 4]
        assert reading.states.shape == (len(kept), WIDTH)


def test_absurd_strengths_write_something_or_are_refused(writer, direction):
    for magnitude in (1e6, -1e6, 1e30):
        written = list(writer.write([Task("abc", magnitude, 0)], FEW, direction))
        assert all(math.isfinite(each.perplexity) for each in writer.read(written))


def test_a_prompt_is_a_message_where_there_is_a_form_for_it(tmp_path, writer):
    chat = open_generator(str(make_writer(tmp_path / "chat", chat=True)), 0, HERE).model
    assert chat.begin("ab", as_message=True) == [3, 5, 6, 4]
    assert chat.begin("ab", as_message=False) == [1, 5, 6]
    assert writer.model.begin("ab", as_message=True) == [1, 5, 6]
    assert writer.model.begin("", as_message=True) == [1]


def test_an_empty_prompt_needs_a_first_token(tmp_path):
    bare = open_generator(str(make_writer(tmp_path / "bare", begin=False)), 0, HERE)
    with pytest.raises(InputError, match="empty prompt"):
        list(bare.write([Task("", UNSTEERED, 0)], FEW))


def test_models_that_do_not_fit_are_refused_in_a_sentence(tmp_path, folder, writer):
    from transformers import AutoModel

    writer.check_fit(WIDTH)
    with pytest.raises(InputError, match="8 components"):
        writer.check_fit(8)
    with pytest.raises(InputError, match=f"no layer {BLOCKS}"):
        open_generator(str(folder), BLOCKS, HERE).check_fit(WIDTH)
    for encoder in ("minilm", str(minilm_folder())):
        with pytest.raises(InputError, match=r"writes no text.*causal language model"):
            open_generator(encoder, 3, HERE).check_fit(384)
    headless = make_writer(tmp_path / "headless")
    AutoModel.from_pretrained(headless).save_pretrained(headless)
    with pytest.raises(InputError, match=r"LlamaModel.*writes no text"):
        list(open_generator(str(headless), 0, HERE).write([Task("a", UNSTEERED, 0)], FEW))


@needs_stories
def test_the_component_is_lambda_in_a_real_model():
    writer = open_generator(str(STORIES), 2, HERE)
    vector = np.random.default_rng(0).standard_normal(writer.model.width)
    direction = (vector / np.linalg.norm(vector)).astype(np.float32)
    following, seen = writer.model.network.model.layers[3], []
    handle = following.register_forward_pre_hook(lambda _block, given: seen.append(given[0]))
    magnitudes = (0.0, 1.75, 7.0)
    tasks = [Task("Once upon a time", magnitude, 0) for magnitude in magnitudes]
    written = list(writer.write(tasks, Sampling(tokens=12), direction))
    handle.remove()

    for states in seen:
        found = states[:, -1] @ torch.from_numpy(direction)
        np.testing.assert_allclose(found.numpy(), magnitudes, atol=2e-5)
    assert len(set(texts(written))) > 1
    assert not hooks(writer)
