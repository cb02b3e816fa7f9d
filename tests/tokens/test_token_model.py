"""States of tokens by the door equal those of the whole model, read text by text."""

import numpy as np
import pytest
import torch

from resources.compute import Compute
from resources.dictionaries import Published, check_fit
from resources.token_model import open_token_model
from resources.token_windows import windows
from resources.torchvision_ops import declare_missing_operators
from resources.transformer_blocks import blocks_path
from saetm.errors import InputError
from tests.tokens.planted_dictionaries import random_dictionary

CPU = Compute(device="cpu", batch_size=4)
WORDS = [f"w{number}" for number in range(30)]
VOCABULARY = ["<pad>", "<s>", "</s>", "<unk>", *WORDS]
TEXTS = ["w1 w2 w3 w4", "", "w5", " ".join(WORDS), "w7  w8", " ".join(WORDS[:17])]


def families():
    """Return small configurations of several families, all with 4 layers of width 16."""
    from transformers import (
        BertConfig,
        Gemma2Config,
        GPT2Config,
        GPTNeoXConfig,
        LlamaConfig,
        ModernBertConfig,
        RobertaConfig,
    )

    common = {"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 4}
    sizes = {**common, "num_attention_heads": 2, "intermediate_size": 32}
    sizes |= {"max_position_embeddings": 12}
    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    return {
        "bert": BertConfig(**sizes),
        "roberta": RobertaConfig(**{**sizes, "max_position_embeddings": 13}, **ids),
        "modernbert": ModernBertConfig(**sizes, **ids, cls_token_id=1, sep_token_id=2),
        "llama": LlamaConfig(**sizes, **ids, num_key_value_heads=1),
        "gemma2": Gemma2Config(**sizes, **ids, num_key_value_heads=1, head_dim=8, sliding_window=4),
        "gpt2": GPT2Config(vocab_size=40, n_embd=16, n_layer=4, n_head=2, n_positions=12, **ids),
        "neox": GPTNeoXConfig(**sizes, **ids),
    }


def make(folder, family, seed=0):
    """Save a model of random weights with a tokenizer of whole words."""
    declare_missing_operators()
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import AutoModel, PreTrainedTokenizerFast

    tokenizer = Tokenizer(
        WordLevel({word: place for place, word in enumerate(VOCABULARY)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", unk_token="<unk>", pad_token="<pad>"
    ).save_pretrained(folder)
    model = AutoModel.from_config(families()[family])
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3, generator=chance)
    model.save_pretrained(folder)
    return str(folder), model.eval()


@pytest.mark.parametrize(
    "family", ["bert", "roberta", "modernbert", "llama", "gemma2", "gpt2", "neox"]
)
def test_states_are_those_of_the_whole_model(tmp_path, family):
    folder, whole = make(tmp_path, family)
    opened = open_token_model(folder, 1, CPU)

    found = list(opened.windows(TEXTS))

    assert opened.layers == 4
    assert opened.context == 12
    room = opened.context - 1  # a beginning of sequence
    for window in found:
        words = [word.strip() for word in window.pieces]
        ids = [1, *(VOCABULARY.index(word) for word in words)]
        with torch.inference_mode():
            # Outputs of blocks before the last are what the library calls hidden states.
            wanted = whole(torch.tensor([ids]), output_hidden_states=True).hidden_states[2]
        np.testing.assert_allclose(window.states, wanted[0, 1:].numpy(), atol=2e-5)
        assert len(ids) - 1 <= room
    by_text = {number: [] for number in range(len(TEXTS))}
    for window in sorted(found, key=lambda each: (each.text_index, each.pieces[0] != "w0")):
        by_text[window.text_index] += [piece.strip() for piece in window.pieces]
    assert [sorted(words) for words in by_text.values()] == [sorted(t.split()) for t in TEXTS]


def test_batches_do_not_change_states(tmp_path):
    folder, _ = make(tmp_path, "bert")
    together = open_token_model(folder, None, CPU.model_copy(update={"batch_size": 64}))
    alone = open_token_model(folder, None, CPU.model_copy(update={"batch_size": 1}))

    def rows(model):
        found = list(model.states(TEXTS))
        keys = np.concatenate([np.stack([each.texts, each.starts]) for each in found], axis=1)
        return torch.cat([each.states for each in found]).numpy()[np.lexsort(keys[::-1])]

    np.testing.assert_allclose(rows(together), rows(alone), atol=1e-5)
    assert together.layer == 2
    assert together.module == "encoder.layer.2"


def test_only_the_layers_up_to_the_block_are_loaded(tmp_path):
    folder, _ = make(tmp_path, "llama")
    opened = open_token_model(folder, 1, CPU)
    list(opened.states(["w1"]))

    names = [name for name, _ in opened._network._model.named_parameters()]

    assert any(name.startswith("layers.1.") for name in names)
    assert not any(name.startswith(("layers.2.", "lm_head")) for name in names)


def test_a_narrower_window_is_part_of_the_producer(tmp_path):
    folder, _ = make(tmp_path, "llama")
    opened = open_token_model(folder, 1, CPU, window=5)

    found = list(opened.windows([TEXTS[3]]))

    assert [len(each.pieces) for each in found] == [4, 4, 4, 4, 4, 4, 3, 3]
    assert opened.producer.endswith(" layer 1, windows of 5")


def test_windows_cover_each_token_once():
    draw = np.random.default_rng(0)
    for room in (1, 2, 7):
        lengths = draw.integers(0, 40, 25)
        starts, sizes = windows(lengths, room)
        covered = np.concatenate([np.arange(a, a + n) for a, n in zip(starts, sizes, strict=True)])
        assert np.array_equal(covered, np.arange(lengths.sum()))
        assert sizes.max() <= room
        assert len(sizes) == np.ceil(lengths / room).sum()


def test_what_is_not_there_is_refused_in_one_sentence(tmp_path):
    folder, whole = make(tmp_path, "bert")

    with pytest.raises(InputError, match=r"^The model has no layer 4: its 4 layers are 0 to 3\.$"):
        open_token_model(folder, 4, CPU)
    with pytest.raises(InputError, match="leaves no room for text"):
        list(open_token_model(folder, 0, CPU, window=1).states(["w1"]))
    with pytest.raises(InputError, match=r"no single list of 9 transformer blocks \(found: none\)"):
        blocks_path(whole, 9)


def test_an_autoencoder_of_other_states_is_refused(tmp_path):
    folder, _ = make(tmp_path, "bert")
    opened = open_token_model(folder, 1, CPU)
    narrow = Published(random_dictionary(0), "here", None, None)
    other = Published(random_dictionary(0, width=16), "here", 2, None)

    with pytest.raises(InputError, match=r"reads states of width 8, and those of .* have 16"):
        check_fit(narrow, opened)
    with pytest.raises(InputError, match=r"trained on layer 2, and tokens.layer is 1: set it to 2"):
        check_fit(other, opened)


def test_the_embedded_model_reads_text():
    opened = open_token_model("minilm", None, CPU)

    (found,) = opened.windows(["Hello [SEP] world", ""])

    assert found.pieces == ["Hello", " [", "SEP", "]", " world"]
    assert found.states.shape == (5, 384)
    assert (opened.layer, opened.layers, opened.context) == (3, 6, 512)
    assert opened.producer == "minilm@53aa51172d142c89 layer 3"
