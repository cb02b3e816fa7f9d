"""Tokens per second from text to counts of features, and the memory that takes.

    python benchmarks/token_rates.py --data FOLDER

What is compared with is the forward pass of the language model up to the same block alone, of
texts that are tokenised and in batches already. Both take turns in one process.
"""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch
from footprint import footprint
from published import Cell, Heading, arguments, publish

from resources.compute import Compute
from resources.text_encoder import minilm_folder
from resources.token_model import TokenModel, open_token_model
from resources.token_windows import Batch, batches, tokenise
from resources.torchvision_ops import declare_missing_operators
from saetm.tokens.counting import count_features
from saetm.tokens.dictionary import Dictionary
from saetm.tokens.encode import Placed

CPU = Compute(device="cpu")
ACTIVE = 16  # features per token, on average
SHARE = 0.8  # of positive activations that do not count
WORDS = 20  # of a text whose memory is measured
PORTION = 256  # texts counted at once where memory is measured

HEADING = Heading(
    "Tokens from text to counts of features",
    "Tokens per second of newsgroup posts: `forward` is the language model up to the middle block "
    "alone, of batches that are ready; `counts` is all from text to counts per text. Both take "
    "turns, and the ratio is the median of the turns'; that of CPU seconds hardly depends on what "
    "else the machine does. Features are directions towards states of single "
    "tokens, with thresholds that leave 16 of them active per token. `MiB` is by how much "
    "counting raises the peak memory of a fresh process, for a corpus and for one of four times "
    "as many texts; what it still grows by comes in ever rarer steps of one block of activations "
    "(25 MiB), which the allocator finds no hole for. stories260K is a model of 260,000 weights, "
    "whose forward pass costs hardly more than splitting text into tokens. Where others use the "
    "cores, threads that wait for each other hide what is measured: set OMP_NUM_THREADS=1 there.",
    "python benchmarks/token_rates.py --data ../shared/data",
    ("transformers", "tokenizers"),
)


def main() -> None:
    """Measure and publish the table."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the datasets")
    options = parser.parse_args()
    n_texts = 20 if options.short else 160
    sizes = (1024, 4096) if options.short else (1024, 4096, 16_384)
    stories = str(options.data / "models" / "stories260K")
    rows = [
        *rates("minilm", str(minilm_folder()), posts(options.data, n_texts), sizes),
        *rates(stories, stories, posts(options.data, n_texts), sizes[:1]),
    ]
    first = 256 if options.short else 2048
    memory = {f"MiB, {n:,} texts": grown(options.data, n) for n in (first, 4 * first)}
    rows[0] |= memory
    publish(options.results, "token_rates", rows, HEADING)


def rates(
    name: str, folder: str, texts: list[str], sizes: tuple[int, ...]
) -> Iterator[dict[str, Cell]]:
    """Measure one language model with dictionaries of several sizes."""
    model = open_token_model(name, None, CPU)
    tokens = tokenise(model.tokenizer, texts)
    forward = Forward(folder, model, list(batches(tokens, model.frame, CPU.batch_size)))
    for size in sizes:
        dictionary, floors = planted(model, texts[:20], size)
        placed = Placed(dictionary, "cpu", floors)

        def counts(placed: Placed = placed, size: int = size) -> None:
            count_features(model.states(texts), placed, size, len(texts))

        alone, whole = turns(forward.run, counts)
        clock, processor = ratios(alone, whole)
        yield {
            "model": Path(name).name,
            "features": size,
            "threads": torch.get_num_threads(),
            "tokens": len(tokens.ids),
            "forward": len(tokens.ids) / median(each.clock for each in alone),
            "counts": len(tokens.ids) / median(each.clock for each in whole),
            "ratio": clock,
            "ratio of CPU seconds": processor,
        }


@dataclass
class Forward:
    """The truncated language model as the transformers library has it, and its inputs."""

    folder: str
    opened: TokenModel
    inputs: list[Batch]

    def __post_init__(self) -> None:
        """Load it."""
        declare_missing_operators()
        from transformers import AutoConfig, AutoModel  # noqa: PLC0415 - after the operators
        from transformers.utils import logging  # noqa: PLC0415

        logging.set_verbosity_error()
        config = AutoConfig.from_pretrained(self.folder)
        config.num_hidden_layers = self.opened.layer + 1
        config.use_cache = False
        self.model = AutoModel.from_pretrained(self.folder, config=config)

    def run(self) -> None:
        """Read all inputs."""
        with torch.inference_mode():
            for batch in self.inputs:
                self.model(
                    input_ids=torch.from_numpy(batch.ids),
                    attention_mask=torch.from_numpy(batch.attention).long(),
                )


class Seconds(NamedTuple):
    """What a turn took."""

    clock: float
    processor: float  # of all threads


def turns(*works: Callable[[], None], n: int = 4) -> list[list[Seconds]]:
    """Return what each work took, which take turns; a first turn warms up."""
    found: list[list[Seconds]] = [[] for _ in works]
    for turn in range(n + 1):
        for place, work in enumerate(works):
            clock, processor = time.perf_counter(), time.process_time()
            work()
            took = Seconds(time.perf_counter() - clock, time.process_time() - processor)
            found[place] += [took] * (turn > 0)
    return found


def ratios(alone: list[Seconds], whole: list[Seconds]) -> tuple[float, ...]:
    """Return the medians of the turns' ratios."""
    both = [np.divide(a, b) for a, b in zip(alone, whole, strict=True)]
    return tuple(float(each) for each in np.median(both, axis=0))


def planted(model: TokenModel, texts: list[str], size: int) -> tuple[Dictionary, np.ndarray]:
    """Make features that point at states of tokens, and the floors that they are counted by."""
    states = torch.cat([each.states for each in model.states(texts)]).numpy()
    draw = np.random.default_rng(0)
    centre = states.mean(axis=0)
    towards = states[draw.integers(0, len(states), size)] - centre
    towards += 0.3 * towards.std() * draw.normal(size=towards.shape).astype(np.float32)
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    values = np.sort((states - centre) @ towards.T, axis=0)
    places = [round(len(values) * (1 - share * ACTIVE / size)) for share in (1, 1 - SHARE)]
    cut, floors = (np.maximum(values[min(place, len(values) - 1)], 0) for place in places)
    return Dictionary(towards, np.zeros(size, np.float32), towards, centre, cut, 0), floors


def grown(data: Path, n_texts: int) -> int:
    """Return by how many MiB counting a corpus raises the peak of a fresh process."""
    return round(footprint(counted, str(data), n_texts).grown_mb)


def counted(data: str, n_texts: int) -> int:
    """Count the features of a corpus that is read as it is needed; return the tokens."""
    model = open_token_model("minilm", None, CPU)
    dictionary, floors = planted(model, posts(Path(data), 20), 1024)
    placed = Placed(dictionary, "cpu", floors)
    n_tokens, texts = 0, islice(shortened(Path(data)), n_texts)
    while portion := list(islice(texts, PORTION)):
        found = count_features(model.states(portion), placed, 1024, len(portion))
        n_tokens += int(found.tokens.sum())
    return n_tokens


def shortened(data: Path) -> Iterator[str]:
    """Yield the first words of posts, again and again."""
    for text in cycle(posts(data, 2000)):
        yield " ".join(text.split()[:WORDS])


def posts(data: Path, count: int) -> list[str]:
    """Read texts."""
    with gzip.open(data / "newsgroups.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in islice(lines, count)]


if __name__ == "__main__":
    main()
