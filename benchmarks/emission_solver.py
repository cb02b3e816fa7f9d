"""Word emissions: expectation-maximisation against the AdamW of the authors of SAE-TM.

    python benchmarks/emission_solver.py --data FOLDER [--corpus newsgroups] [--keep FOLDER]

Both see nine tenths of every item's words and are judged on the last tenth, with the same
mixtures (of an autoencoder of the items' MiniLM vectors), background and weights. AdamW takes
many minutes: with --keep it can be had in parts, of so many --epochs each.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import numpy as np
import torch
from emission_adamw import AdamW, Epoch
from emission_corpus import read_task
from emission_task import BACKGROUND_SHARE, Task, judge
from footprint import Footprint, footprint
from published import Cell, Heading, arguments, publish

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.solve import EmissionFit, solve

CORPORA = ("newsgroups", "un_debates")
PATIENCE = 5  # epochs without a gain on held-out words after which AdamW is past its best
BETWEEN = 10  # epochs of AdamW between two measurements of ours

TEXT = """{n_items:,} items of {corpus}, {n_features:,} features of which 32 are active per item,
{n_words:,} words; log likelihood per weighted word of a tenth of all words, held out of both
solvers. AdamW as in the authors' code: softmax of a dense matrix, learning rate 1e-2, batches of
1,024 items, normal starting values of deviation 0.01, probabilities clamped at 1e-8; the background
is fixed to the unigram for both. It ran for {epochs} epochs ({ended}); its seconds are the median
of an epoch times the epochs, without judging. Threads of each: {threads}, in one process; ours runs
before every {between} epochs of AdamW (median of {repeats}). Added memory is what the work added to
a fresh process; {compiler:.0f} MiB of ours are the compiler's, whatever the size of the data, and
are left out of the ratio. The last columns say how many times the time and the added memory AdamW
took at its best epoch; CPU seconds are of all threads. The first call ever compiles the loops, once
per machine; it and the first call of a process include loading the compiler.""".replace("\n", " ")


@dataclass
class Clock:
    """Seconds, and seconds of all threads, that our solver took every time that it ran."""

    searched: list[tuple[float, float]] = field(default_factory=list)
    alone: list[tuple[float, float]] = field(default_factory=list)

    def run(self, task: Task) -> EmissionFit:
        """Solve with the search, and once more without."""
        began, cpu_began = time.perf_counter(), time.process_time()
        fit = search(task)
        self.searched.append((time.perf_counter() - began, time.process_time() - cpu_began))
        given = {"prior": fit.prior, "passes": fit.passes, "heldout_share": 0}
        config = EmissionConfig(background_share=BACKGROUND_SHARE, **given)
        began, cpu_began = time.perf_counter(), time.process_time()
        solve(task.theta, task.seen, config)
        self.alone.append((time.perf_counter() - began, time.process_time() - cpu_began))
        return fit


def middle(times: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the median of seconds, and of seconds of all threads."""
    wall, cpu = zip(*times, strict=True)
    return median(wall), median(cpu)


@dataclass(frozen=True)
class Costs:
    """Memory, each in a process of its own."""

    ours: "Footprint[None]"
    compiler: "Footprint[None]"  # what ours takes for next to no items
    theirs: "Footprint[None]"


def main() -> None:
    """Run both solvers and publish the table."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of CORPUS.jsonl.gz")
    parser.add_argument("--corpus", action="append", choices=CORPORA, help="both unless given")
    parser.add_argument("--epochs", type=int, default=300, help="of AdamW at most, in this run")
    parser.add_argument("--keep", type=Path, help="folder from which AdamW goes on in the next run")
    options = parser.parse_args()
    for corpus in options.corpus or CORPORA:
        compare(corpus, options)


def compare(corpus: str, options: argparse.Namespace) -> None:
    """Run both solvers on a corpus and publish its table."""
    n_items, n_features, n_words = (1000, 512, 2000) if options.short else (5000, 3072, 5000)
    task = read_task(options.data, corpus, n_items=n_items, n_features=n_features, n_words=n_words)
    print(f"{task.theta.shape}, {task.seen.shape}, {task.seen.sum():.0f} words", flush=True)
    kept = options.keep / f"{corpus}.pt" if options.keep else None
    rival, clock, fit = race(task, 20 if options.short else options.epochs, kept)
    costs = Costs(*(footprint(work, task) for work in (search, search_little, one_epoch)))
    rows = table(task, rival, clock, fit, costs)
    best, last = max(rival.epochs, key=lambda epoch: epoch.heldout), rival.epochs[-1]
    text = TEXT.format(
        n_items=n_items, corpus=corpus, n_features=n_features, n_words=n_words,
        epochs=last.number, ended="still rising" if best is last else "past its best",
        threads=torch.get_num_threads(), between=BETWEEN, repeats=len(clock.alone),
        compiler=costs.compiler.grown_mb,
    )  # fmt: skip
    command = f"python benchmarks/emission_solver.py --data ../shared/data --corpus {corpus}"
    heading = Heading(f"Word emissions, {corpus}", text, command, ("numba",))
    publish(options.results, f"emission_{corpus}", rows, heading)


def race(task: Task, epochs: int, kept: Path | None) -> tuple[AdamW, Clock, EmissionFit]:
    """Run AdamW past its best, with our solver in between."""
    rival, clock = AdamW(task), Clock()
    if kept and kept.exists():
        rival.resume(kept)
    fit = clock.run(task)  # the first call loads the compiler and does not count
    clock = Clock()
    for epoch in range(epochs):
        if epoch % BETWEEN == 0:
            fit = clock.run(task)
            print(f"EM {clock.searched[-1]}, alone {clock.alone[-1]}", flush=True)
        now = rival.step()
        if now.number % BETWEEN == 0:
            print(now, flush=True)
        best = max(rival.epochs, key=lambda epoch: epoch.heldout)
        if now.number - best.number >= PATIENCE:
            break
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        rival.keep(kept)
    return rival, clock, fit


def table(
    task: Task, rival: AdamW, clock: Clock, fit: EmissionFit, costs: Costs
) -> list[dict[str, Cell]]:
    """Return the rows; first calls are measured in processes of their own."""
    recent = rival.epochs[-BETWEEN * len(clock.alone) :]  # of this run
    wall, cpu = middle([(epoch.seconds, epoch.cpu_seconds) for epoch in recent])
    best = max(rival.epochs, key=lambda epoch: epoch.heldout)

    def row(
        solver: str, seconds: tuple[float, float] | None, heldout: float, added: float | None = None
    ) -> dict[str, Cell]:
        memory = costs.theirs.grown_mb / (added - costs.compiler.grown_mb) if added else None
        return {
            "solver": solver,
            "seconds": seconds and seconds[0],
            "CPU seconds": seconds and seconds[1],
            "held-out log likelihood": f"{heldout:.4f}",
            "added MiB": added,
            "AdamW seconds / these": seconds and best.number * wall / seconds[0],
            "AdamW CPU seconds / these": seconds and best.number * cpu / seconds[1],
            "AdamW added MiB / these": memory,
        }

    def theirs(epoch: Epoch) -> dict[str, Cell]:
        took = epoch.number * wall, epoch.number * cpu
        return row(f"AdamW, epoch {epoch.number}", took, epoch.heldout)

    heldout = judge(task, dense(fit.emissions))
    chosen = f"prior {fit.prior:g}, {fit.passes} passes"
    first, warm = first_calls(task)
    unigram = np.tile(task.unigram, (task.theta.shape[1], 1))
    ours = costs.ours.grown_mb
    return [
        row("unigram for every feature", None, judge(task, unigram)),
        row(f"EM with the search ({chosen})", middle(clock.searched), heldout, ours),
        row("EM, fit alone", middle(clock.alone), heldout),
        row("EM with the search, first call ever", first, heldout),
        row("EM with the search, first call of a process", warm, heldout),
        *(theirs(epoch) for epoch in rival.epochs[49:100:50] if epoch is not best),
        {**theirs(best), "added MiB": costs.theirs.grown_mb},
    ]


def search(task: Task) -> EmissionFit:
    """Solve with the search for prior and passes."""
    return solve(task.theta, task.seen, EmissionConfig(background_share=BACKGROUND_SHARE))


def search_little(task: Task) -> EmissionFit:
    """Solve for two items, which takes the memory of the compiler and nothing else."""
    return solve(task.theta[:2], task.seen[:2], EmissionConfig())


def one_epoch(task: Task) -> None:
    """Run AdamW for an epoch, which takes all the memory that it will ever take."""
    AdamW(task).step()


def first_calls(task: Task) -> list[tuple[float, float]]:
    """Take the seconds of a first call that compiles, and of one that finds what was kept."""
    with tempfile.TemporaryDirectory() as kept:
        os.environ["NUMBA_CACHE_DIR"] = kept  # noqa: TID251  # the only way to start from nothing
        calls = [footprint(search, task) for _ in range(2)]
        return [(call.seconds, call.cpu_seconds) for call in calls]


if __name__ == "__main__":
    main()
