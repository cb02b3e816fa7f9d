"""Word emissions: expectation-maximisation against the AdamW of the authors of SAE-TM.

    python benchmarks/emission_solver.py --data FOLDER [--corpus newsgroups] [--epochs 200]

Both see nine tenths of every item's words and are judged on the last tenth, with the same
mixtures (of an autoencoder of the items' MiniLM vectors), background and weights.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from emission_task import BACKGROUND_SHARE, CLAMP, Task, judge, read_task
from footprint import Footprint, footprint
from published import Cell, Heading, arguments, publish

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.solve import EmissionFit, solve

BATCH = 1024
PATIENCE = 5  # epochs without a gain on held-out words after which AdamW is past its best
REPEATS = 3  # of our solver, before AdamW and again after it

TEXT = """{n_items:,} items of {corpus}, {n_features:,} features of which 32 are active per item,
{n_words:,} words; log likelihood per weighted word of a tenth of all words, held out of both
solvers. AdamW as in the authors' code: softmax of a dense matrix, learning rate 1e-2, batches of
1,024 items, normal starting values of deviation 0.01, probabilities clamped at 1e-8; the background
is fixed to the unigram for both. It ran for {epochs} epochs at most ({ended}); judging it is not in
its seconds. One process, {threads} threads each, ours {repeats} times before and after AdamW
(median). Memory is the peak of a fresh process, with imports, and what the work added to it, the
compiler included. The last two columns say how many times the time, and the added memory, AdamW
took at its best epoch. First calls are in processes of their own: the loops are compiled once per
machine, later read from disk.""".replace("\n", " ")


@dataclass(frozen=True)
class Epoch:
    """How AdamW stands after an epoch."""

    number: int
    seconds: float
    heldout: float


def main() -> None:
    """Run both solvers and publish the table."""
    parser = arguments(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of CORPUS.jsonl.gz")
    parser.add_argument("--corpus", default="newsgroups")
    parser.add_argument("--epochs", type=int, default=200, help="of AdamW at most")
    options = parser.parse_args()
    n_items, n_features, n_words = (1000, 512, 2000) if options.short else (5000, 3072, 5000)
    epochs = 20 if options.short else options.epochs
    task = read_task(
        options.data, options.corpus, n_items=n_items, n_features=n_features, n_words=n_words
    )
    print(f"{task.theta.shape}, {task.seen.shape}, {task.seen.sum():.0f} words", flush=True)
    rows, ended = compare(task, epochs)
    shape = {"n_features": task.theta.shape[1], "n_words": task.seen.shape[1]}
    text = TEXT.format(
        n_items=task.seen.shape[0], corpus=options.corpus, epochs=epochs, ended=ended,
        threads=torch.get_num_threads(), repeats=REPEATS, **shape,
    )  # fmt: skip
    command = (
        f"python benchmarks/emission_solver.py --data ../shared/data --corpus {options.corpus}"
    )
    heading = Heading(f"Word emissions, {options.corpus}", text, command, ("numba",))
    publish(options.results, f"emission_{options.corpus}", rows, heading)


def compare(task: Task, epochs: int) -> tuple[list[dict[str, Cell]], str]:
    """Measure everything; the rows of the table, and how AdamW ended."""
    costs = [footprint(search, task), footprint(one_epoch, task)]
    print(f"peaks: {costs[0].peak_mb:.0f} and {costs[1].peak_mb:.0f} MiB", flush=True)
    first, warm = first_calls(task)
    searched, alone = timed(task)
    progress = list(adamw(task, epochs))
    more = timed(task)
    best = max(progress, key=lambda epoch: epoch.heldout)
    fit = search(task)
    heldout = judge(task, dense(fit.emissions))
    chosen = f"prior {fit.prior:g}, {fit.passes} passes"
    seconds = median(searched + more[0]), median(alone + more[1])
    ours, theirs = costs
    unigram = np.tile(task.unigram, (task.theta.shape[1], 1))

    def row(
        solver: str, took: float | None, explained: float, cost: "Footprint[object] | None"
    ) -> dict[str, Cell]:
        return {
            "solver": solver, "seconds": took, "held-out log likelihood": round(explained, 4),
            "peak MiB": cost and cost.peak_mb, "added MiB": cost and cost.grown_mb,
            "AdamW seconds / these": took and best.seconds / took,
            "AdamW added MiB / these": cost and theirs.grown_mb / cost.grown_mb,
        }  # fmt: skip

    rows = [
        row("unigram for every feature", None, judge(task, unigram), None),
        row(f"EM with the search ({chosen})", seconds[0], heldout, ours),
        row("EM, fit alone", seconds[1], heldout, None),
        row("EM with the search, first call ever", first, heldout, None),
        row("EM with the search, first call of a process", warm, heldout, None),
        *(row(f"AdamW, epoch {e.number}", e.seconds, e.heldout, None) for e in progress[49:50]),
        row(f"AdamW, epoch {best.number} (best)", best.seconds, best.heldout, theirs),
    ]
    return rows, "its likelihood still rose" if best is progress[-1] else "past its best"


def search(task: Task) -> EmissionFit:
    """Solve with the search for prior and passes."""
    return solve(task.theta, task.seen, EmissionConfig(background_share=BACKGROUND_SHARE))


def timed(task: Task) -> tuple[list[float], list[float]]:
    """Take the seconds of solving with the search, and of the fit alone."""
    searched, alone = [], []
    for _ in range(REPEATS):
        began = time.perf_counter()
        fit = search(task)
        searched.append(time.perf_counter() - began)
        given = {"prior": fit.prior, "passes": fit.passes, "heldout_share": 0}
        began = time.perf_counter()
        solve(task.theta, task.seen, EmissionConfig(background_share=BACKGROUND_SHARE, **given))
        alone.append(time.perf_counter() - began)
    print(f"EM: {median(searched):.3f} s, alone {median(alone):.3f} s", flush=True)
    return searched, alone


def first_calls(task: Task) -> tuple[float, float]:
    """Take the seconds of a first call that compiles, and of one that finds what was kept."""
    with tempfile.TemporaryDirectory() as kept:
        os.environ["NUMBA_CACHE_DIR"] = kept  # noqa: TID251  # the only way to start from nothing
        return footprint(search, task).seconds, footprint(search, task).seconds


def one_epoch(task: Task) -> None:
    """Run AdamW for an epoch, which takes all the memory that it will ever take."""
    next(adamw(task, 1))


def adamw(task: Task, epochs: int) -> Iterator[Epoch]:
    """Descend as the authors do, until held-out words have gained nothing for some epochs."""
    generator, shuffle = torch.Generator().manual_seed(0), np.random.default_rng(0)
    shape = (task.theta.shape[1], task.seen.shape[1])
    logits = (0.01 * torch.randn(shape, generator=generator)).requires_grad_()
    optimiser = torch.optim.AdamW([logits], lr=1e-2, weight_decay=0.0)
    background = BACKGROUND_SHARE * torch.tensor(task.unigram, dtype=torch.float32)
    seconds, best = 0.0, (-np.inf, 0)
    for epoch in range(1, epochs + 1):
        began = time.perf_counter()
        order = shuffle.permutation(task.theta.shape[0])
        for items in np.split(order, range(BATCH, len(order), BATCH)):
            theta = torch.from_numpy(task.theta[items].toarray())
            words = torch.from_numpy((task.seen[items].toarray() * task.weights).astype(np.float32))
            q = (1 - BACKGROUND_SHARE) * theta @ torch.softmax(logits, dim=1) + background
            loss = -(words * torch.log(q.clamp(min=CLAMP))).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type here
            optimiser.step()
        seconds += time.perf_counter() - began
        now = Epoch(epoch, seconds, judge(task, torch.softmax(logits, dim=1).detach().numpy()))
        yield now
        if epoch % 10 == 0:
            print(f"AdamW {now}", flush=True)
        best = max(best, (now.heldout, epoch))
        if epoch - best[1] >= PATIENCE:
            return


if __name__ == "__main__":
    main()
