"""Training of sparse autoencoders by saetm and by other libraries, at equal data and size.

    python benchmarks/sae_rivals.py

One process trains all in turn, several rounds of it, and medians are taken: what else the machine
does slows all alike. `sae_step` is one step, `sae_end_to_end` a whole training, each with its own
feeding and its own loop, with the variance that its result explains of 10,000 rows nobody saw.
Libraries that are not installed have rows without figures. Real vectors, of newsgroup posts, are
those that newsgroups_topics.py keeps in the temporary folder; without them that part is left out.
"""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from statistics import median
from typing import get_args

import numpy as np
import torch
from numpy.typing import NDArray
from published import Cell, Heading, arguments, publish
from sae_peers import PEERS, TRAINERS, Task, Trainer

from saetm.sae.config import Kind, SaeConfig
from saetm.sae.encode import encode
from saetm.sae.explained import explained
from saetm.sae.train import train

NEWSGROUPS = Path(tempfile.gettempdir()) / "saetm_benchmark_newsgroups_minilm.npy"
RATE = 6e-3  # peak of planted rows: all explain more than at 1e-3
RATES = (1e-3, 3e-3)  # of newsgroups
OURS = ("saetm (TopK)", "saetm (BatchTopK)")
HEADINGS = {
    "sae_step": Heading(
        "One step of training a sparse autoencoder",
        "Forward, backward, optimiser, unit norms on 4,096 planted embeddings of 384 dimensions, "
        "6,144 features, 32 active; medians over rounds in which all take a step in turn. "
        "`this / saetm, CPU` compares seconds of all threads with saetm's of the same rule; "
        "other work on the machine changes them less than clocks. dictionary_learning is the "
        "library of SAE-TM's authors.",
        "python benchmarks/sae_rivals.py",
        PEERS,
    ),
    "sae_end_to_end": Heading(
        "Training a sparse autoencoder from an array to weights",
        "Each with its own feeding and loop; ours includes looks at held-out rows, the choice of "
        "the best state and counting silent features, but not the second in which the first "
        "training of a process loads its compiled loops. Equal rows, sizes, batches and peak "
        "learning rates. `explained` is the share of the variance of rows that nobody saw, by "
        "inference alone: one threshold per autoencoder, settled alike on 4,096 training rows, "
        "which favours the peers, whose running thresholds lag behind. Planted: 100,000 sums of 16 "
        "of 2,000 directions plus noise, 6,144 features, 32 active, one pass; truth and initial "
        "weights from different seeds; random directions explain about a third. Newsgroups: MiniLM "
        "vectors of 4,500 posts, 2,048 features, 16 active, 10 passes. Sparsify's own loop wants a "
        "language model; its steps are run on rows from memory here. `ours x` is how many times as "
        "long as saetm's training of the same rule and rate one took by the clock, `ours CPU x` in "
        "seconds of all threads, which other work on the machine changes less. The last lines took "
        "the least share of the rows (in eighths) by which saetm explains as much as the best peer "
        "of its rule.",
        "python benchmarks/sae_rivals.py",
        PEERS,
    ),
}


def main() -> None:
    """Measure both tables."""
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="trainings of each")
    options = parser.parse_args()
    n_rows, n_steps = (10_000, 2) if options.short else (100_000, 5)
    warm_up()
    planted = planted_rows(n_rows + 10_000)
    sizes = (1024,) if options.short else (4096, 1024)
    task = Task(planted[:n_rows], 6144, 32, sizes[0], 1)
    publish(options.results, "sae_step", steps(task, n_steps), HEADINGS["sae_step"])
    task = replace(task, learning_rate=RATE)
    tasks = [("planted", replace(task, batch_size=size), planted[n_rows:]) for size in sizes]
    if NEWSGROUPS.exists() and not options.short:
        real = scaled(np.load(NEWSGROUPS))
        posts = Task(real[500:], 2048, 16, 128, 10)
        tasks += [("newsgroups", replace(posts, learning_rate=rate), real[:500]) for rate in RATES]
    rows: list[dict[str, Cell]] = []
    for data, each, unseen in tasks:
        rows += trainings(data, each, unseen, options.rounds)
        publish(options.results, "sae_end_to_end", rows, HEADINGS["sae_end_to_end"])


def warm_up() -> None:
    """Let compiled loops be loaded."""
    for kind in get_args(Kind):
        train(planted_rows(500), SaeConfig(kind=kind, dictionary_size=256, epochs=2))


def planted_rows(n_rows: int) -> NDArray[np.float32]:
    """Draw sums of 16 of 2,000 directions plus noise, in 384 dimensions."""
    rng = np.random.default_rng(11)
    directions = scaled(rng.standard_normal((2000, 384)).astype(np.float32))
    rows = 0.05 * rng.standard_normal((n_rows, 384)).astype(np.float32)
    for _ in range(16):
        strengths = rng.gamma(2.0, 0.5, size=(n_rows, 1)).astype(np.float32)
        rows += strengths * directions[rng.integers(len(directions), size=n_rows)]
    return scaled(rows)


def scaled(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Divide rows by the root of their total variance."""
    spread = np.square(rows - rows.mean(axis=0)).sum(axis=1).mean()
    return (rows / np.sqrt(spread)).astype(np.float32)


def steps(task: Task, rounds: int) -> list[dict[str, Cell]]:
    """Time one step of each in turn; the first of each is not counted."""
    trainers = dict(available(task))
    order = torch.randperm(len(task.rows), generator=torch.Generator().manual_seed(1))
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in trainers}
    for number in range(rounds + 1):
        start = number * task.batch_size % (len(order) - task.batch_size)
        batch = torch.from_numpy(task.rows)[order[start : start + task.batch_size]]
        for name, trainer in trainers.items():
            began, cpu_began = time.perf_counter(), time.process_time()
            trainer.step(batch)
            taken[name].append((time.perf_counter() - began, time.process_time() - cpu_began))
    times = {
        name: tuple(1000 * median(each) for each in zip(*every[1:], strict=True))
        for name, every in taken.items()
    }
    return [step_line(name, task, times) for name in TRAINERS]


def step_line(name: str, task: Task, times: dict[str, tuple[float, ...]]) -> dict[str, Cell]:
    """Return a row of the table of steps; without figures for a library that is not installed."""
    milliseconds, cpu = times.get(name, (None, None))
    return {
        "library": name,
        "ms per step": milliseconds,
        "CPU ms": cpu,
        "rows per s": milliseconds and round(1000 * task.batch_size / milliseconds),
        "this / saetm, CPU": cpu and cpu / times[rival_of(name)][1],
    }


def rival_of(name: str) -> str:
    """Return which of our trainers has the rule of another."""
    return "saetm (TopK)" if "(TopK)" in name else "saetm (BatchTopK)"


@dataclass(frozen=True)
class Outcome:
    """One training of one library."""

    seconds: float
    cpu_seconds: float  # of all threads; what else runs changes it less
    explained: float
    l0: float


def trainings(
    data: str, task: Task, unseen: NDArray[np.float32], rounds: int
) -> list[dict[str, Cell]]:
    """Train with each in turn, and judge what it learned."""
    found: dict[str, list[Outcome]] = {}
    for number in range(rounds):
        for name, trainer in available(task):
            outcome = trained(trainer, task, unseen)
            found.setdefault(name, []).append(outcome)
            print(f"{data}, {task.learning_rate}, round {number}, {name}: {outcome}", flush=True)
    medians = {
        name: Outcome(*(median(each) for each in zip(*map(astuple, outcomes), strict=True)))
        for name, outcomes in found.items()
    }
    lines = [line(data, name, task, medians) for name in TRAINERS]
    for ours in OURS:
        lines += fewest_rows(data, ours, task, unseen, medians)
    return lines


def fewest_rows(
    data: str, ours: str, task: Task, unseen: NDArray[np.float32], medians: dict[str, Outcome]
) -> Iterator[dict[str, Cell]]:
    """Train on more and more of the rows until the best peer of a rule is matched."""
    peers = [each for name, each in medians.items() if rival_of(name) == ours and name != ours]
    wanted = max((each.explained for each in peers), default=np.inf)
    for eighths in range(1, 8):
        n_rows = eighths * len(task.rows) // 8
        some = replace(task, rows=task.rows[:n_rows])
        outcome = trained(TRAINERS[ours](some), some, unseen)
        print(f"{data}, {ours} on {n_rows} rows: {outcome}", flush=True)
        if outcome.explained >= wanted:
            name = f"{ours} on {n_rows:,} rows"
            yield line(data, name, some, {**medians, name: outcome})
            return


def trained(trainer: Trainer, task: Task, unseen: NDArray[np.float32]) -> Outcome:
    """Train once, and judge the result on rows nobody saw."""
    began, cpu_began = time.perf_counter(), time.process_time()
    weights = trainer.whole()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    codes = encode(unseen, weights)
    share = explained(unseen, codes, weights, centre=task.rows.mean(axis=0)).share
    return Outcome(seconds, cpu_seconds, share or 0.0, codes.nnz / len(unseen))


def line(data: str, name: str, task: Task, medians: dict[str, Outcome]) -> dict[str, Cell]:
    """Return a row of the table; without figures for a library that is not installed."""
    outcome, ours = medians.get(name), medians[rival_of(name)]
    return {
        "data": data,
        "batch": task.batch_size,
        "learning rate": task.learning_rate,
        "library": name,
        "explained": outcome and outcome.explained,
        "L0": outcome and outcome.l0,
        "seconds": outcome and outcome.seconds,
        "CPU s": outcome and outcome.cpu_seconds,
        "rows per s": outcome and round(task.passes * len(task.rows) / outcome.seconds),
        "ours x": outcome and outcome.seconds / ours.seconds,
        "ours CPU x": outcome and outcome.cpu_seconds / ours.cpu_seconds,
    }


def available(task: Task) -> Iterator[tuple[str, Trainer]]:
    """Yield the trainers whose libraries are installed."""
    for name, trainer in TRAINERS.items():
        try:
            yield name, trainer(task)
        except ImportError as error:
            print(f"{name}: not installed ({error})", flush=True)


if __name__ == "__main__":
    main()
