"""Models of random weights, made on the spot: real architectures, a few thousand weights."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resources.torchvision_ops import declare_missing_operators

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def fill(module, seed):
    """Give a network random weights that make its outputs differ from input to input."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(std=0.3, generator=chance)


def make_text_model(folder):
    """Make a sentence-transformers model of 20,000 weights, in the layout of the hub."""
    declare_missing_operators()
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *letters,
        *(f"##{x}" for x in letters),
    ]
    tokens = {token: place for place, token in enumerate(vocabulary)}
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    bert = BertModel(config)
    fill(bert, seed=0)
    bert.save_pretrained(folder / "bert")
    BertTokenizerFast(vocab=tokens, model_max_length=128).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"))
    model = SentenceTransformer(modules=[transformer, Pooling(32)], device="cpu")
    model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def make_clip(folder):
    """Make an open_clip architecture of our own with its checkpoint, and return its name."""
    declare_missing_operators()
    open_clip = pytest.importorskip("open_clip")
    import torch

    vision = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 32}
    text = {"context_length": 16, "vocab_size": 49_408, "width": 32, "heads": 2, "layers": 1}
    config = {"embed_dim": 24, "vision_cfg": vision, "text_cfg": text}
    (folder / "ViT-tiny.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / "ViT-tiny.json")
    model = open_clip.create_model("ViT-tiny")
    fill(model, seed=1)
    torch.save(model.state_dict(), folder / "tiny.pt")
    return f"open_clip:ViT-tiny/{folder / 'tiny.pt'}"


def pictures():
    """Files of several formats, sizes and colour modes."""
    chance = np.random.default_rng(0)
    files = []
    for mode, size, kind in [
        ("RGB", (40, 30), "JPEG"),
        ("L", (30, 50), "PNG"),
        ("RGBA", (64, 64), "PNG"),
        ("P", (33, 70), "GIF"),
        ("CMYK", (48, 32), "JPEG"),
        ("RGB", (1, 1), "PNG"),
        ("RGB", (90, 20), "WEBP"),
    ]:
        pixels = chance.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        file = BytesIO()
        Image.fromarray(pixels).convert(mode).save(file, kind)
        files.append(file.getvalue())
    return files


def in_cache(cache, repository, fill_snapshot):
    """Lay a repository into a folder as the hub's client does."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    fill_snapshot(folder / "snapshots" / COMMIT)


class Trap:
    """Unpickled, it writes a file: what weights from a stranger could do."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.write_text, (self.file, "sprung")
