"""Language models that write: a tiny one of random weights, and a real one."""

from pathlib import Path

import pytest

from resources.torchvision_ops import declare_missing_operators

STORIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "models" / "stories260K"
needs_stories = pytest.mark.skipif(not STORIES.is_dir(), reason="../shared is not there")
WIDTH, BLOCKS, CONTEXT = 16, 2, 64
TEMPLATE = (
    "{% for message in messages %}<u>{{ message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<a>{% endif %}"
)


def make_writer(folder, *, chat=False, begin=True):
    """Save a Llama of two blocks of width 16 that writes letters, with its tokenizer."""
    declare_missing_operators()
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    signs = ["<pad>", "<s>", "</s>", "<u>", "<a>", *"abcdefghijklmnopqrstuvwxyz "]
    tokens = {sign: place for place, sign in enumerate(signs)}
    tokenizer = Tokenizer(models.WordLevel(tokens, unk_token=" "))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.decoder = decoders.Fuse()
    if begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 1)]
        )
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>" if begin else None,
        eos_token="</s>",
        pad_token="<pad>",
        additional_special_tokens=["<u>", "<a>"],
    )
    if chat:
        wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(signs),
        hidden_size=WIDTH,
        intermediate_size=32,
        num_hidden_layers=BLOCKS,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = LlamaForCausalLM(config)
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5, generator=chance)
    model.save_pretrained(folder)
    return folder
