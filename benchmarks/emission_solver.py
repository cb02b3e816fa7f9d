"""Word emissions of 5,000 posts: expectation-maximisation against the authors' AdamW.

Both see nine tenths of every post's words and are judged on the last tenth, with the same
mixtures, background and weights. Mixtures come from k-means over the posts' TF-IDF vectors,
so that the run needs nothing but the posts. One run prints the whole table:

    python benchmarks/emission_solver.py --data FOLDER_WITH_NEWSGROUPS
"""

import argparse
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from saetm.emission.config import EmissionConfig
from saetm.emission.emissions import dense
from saetm.emission.problem import build_problem
from saetm.emission.solve import solve

BACKGROUND_SHARE = 0.3
BATCH = 1024
WORD = r"\b[a-z]{3,}\b"


@dataclass(frozen=True)
class Task:
    """What both solvers are given, and what they are judged on."""

    theta: "sparse.csr_array[np.float64]"
    """(N, K) mixtures."""
    seen: "sparse.csr_array[np.float64]"
    """(N, V) words to learn from."""
    heldout: "sparse.csr_array[np.float64]"
    """(N, V) words to be judged on."""
    unigram: NDArray[np.float64]
    """(V,) frequencies of the words seen."""
    weights: NDArray[np.float64]
    """(V,) inverse document frequencies over their maximum."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    solver: str
    seconds: float
    heldout: float
    """Log likelihood per weighted held-out word."""


def main() -> None:
    """Run both solvers and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of newsgroups.jsonl.gz")
    parser.add_argument("--features", type=int, default=1024)
    parser.add_argument("--active", type=int, default=32, help="features per post")
    parser.add_argument("--epochs", type=int, default=30, help="of AdamW; its authors take 50")
    options = parser.parse_args()
    task = build_task(options.data, n_features=options.features, active=options.active, seed=0)
    print(
        f"{task.seen.shape[0]} posts, {task.theta.shape[1]} features, {task.seen.shape[1]} words, "
        f"{task.seen.sum():.0f} words seen, {task.heldout.sum():.0f} held out"
    )
    ours = list(run_em(task))
    theirs = list(run_adamw(task, epochs=options.epochs, seed=0))
    report(ours, theirs, unigram=judge(task, np.tile(task.unigram, (task.theta.shape[1], 1))))


def report(ours: list[Row], theirs: list[Row], *, unigram: float) -> None:
    """Print every solver, then how they compare."""
    best = max(theirs, key=lambda row: row.heldout)
    print(f"\n{'solver':<42}{'seconds':>9}{'held-out':>10}")
    print(f"{'unigram for every feature':<42}{0:>9.2f}{unigram:>10.4f}")
    for row in (*ours, theirs[0], best, theirs[-1]):
        print(f"{row.solver:<42}{row.seconds:>9.2f}{row.heldout:>10.4f}")
    em = ours[0]
    print(f"\ntime, AdamW at its best epoch / EM with search: {best.seconds / em.seconds:.1f}")
    print(f"likelihood per word, EM / AdamW at its best: {np.exp(em.heldout - best.heldout):.4f}")


def build_task(folder: Path, *, n_features: int, active: int, seed: int) -> Task:
    """Count words, hold a tenth of them out, and mix every post from its nearest centres."""
    with gzip.open(folder / "newsgroups.jsonl.gz", "rt") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    counter = CountVectorizer(stop_words="english", min_df=5, max_features=5000, token_pattern=WORD)
    counts = sparse.csr_array(counter.fit_transform(texts), dtype=np.float64)
    heldout = counts.copy()
    heldout.data = np.random.default_rng(seed).binomial(counts.data.astype(int), 0.1).astype(float)
    heldout.eliminate_zeros()
    seen = sparse.csr_array(counts - heldout)
    seen.eliminate_zeros()
    theta = mix(seen, n_features=n_features, active=active, seed=seed)
    problem = build_problem(theta, seen, EmissionConfig())
    return Task(theta, seen, heldout, problem.unigram, problem.weights)


def mix(
    counts: "sparse.csr_array[np.float64]", *, n_features: int, active: int, seed: int
) -> "sparse.csr_array[np.float64]":
    """Mix each item from its `active` nearest k-means centres, by squared cosine."""
    tfidf = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    items = normalize(TruncatedSVD(200, random_state=seed).fit_transform(tfidf))
    means = MiniBatchKMeans(n_features, random_state=seed, n_init=1, batch_size=4096, max_iter=5)
    cosines = np.maximum(items @ normalize(means.fit(items).cluster_centers_).T, 0.0)
    least = np.partition(cosines, -active, axis=1)[:, [-active]]
    return sparse.csr_array(normalize(np.where(cosines >= least, cosines, 0.0) ** 2, norm="l1"))


def run_em(task: Task) -> Iterator[Row]:
    """Solve with the search for prior and passes, and once more without it."""
    began = time.perf_counter()
    fit = solve(task.theta, task.seen, EmissionConfig(background_share=BACKGROUND_SHARE))
    seconds = time.perf_counter() - began
    chosen = f"prior {fit.prior:g}, {fit.passes} passes"
    yield Row(f"EM, search and fit: {chosen}", seconds, judge(task, dense(fit.emissions)))
    given = EmissionConfig(prior=fit.prior, passes=fit.passes, heldout_share=0)
    began = time.perf_counter()
    again = solve(task.theta, task.seen, given)
    seconds = time.perf_counter() - began
    yield Row(f"EM, fit alone: {chosen}", seconds, judge(task, dense(again.emissions)))


def run_adamw(task: Task, *, epochs: int, seed: int) -> Iterator[Row]:
    """Descend as the authors do: dense softmax, lr 1e-2, N(0, 0.01^2), batches of 1,024."""
    generator = torch.Generator().manual_seed(seed)
    shuffle = np.random.default_rng(seed)
    shape = (task.theta.shape[1], task.seen.shape[1])
    logits = (0.01 * torch.randn(shape, generator=generator)).requires_grad_()
    optimiser = torch.optim.AdamW([logits], lr=1e-2, weight_decay=0.0)
    background = BACKGROUND_SHARE * torch.tensor(task.unigram, dtype=torch.float32)
    seconds = 0.0
    for epoch in range(1, epochs + 1):
        began = time.perf_counter()
        order = shuffle.permutation(task.theta.shape[0])
        for items in np.split(order, range(BATCH, len(order), BATCH)):
            theta = torch.tensor(task.theta[items].toarray(), dtype=torch.float32)
            words = (task.seen[items].toarray() * task.weights).astype(np.float32)
            q = (1 - BACKGROUND_SHARE) * theta @ torch.softmax(logits, dim=1) + background
            loss = -(torch.from_numpy(words) * torch.log(q.clamp(min=1e-8))).sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type here
            optimiser.step()
        seconds += time.perf_counter() - began
        emissions = torch.softmax(logits, dim=1).detach().numpy().astype(np.float64)
        yield Row(f"AdamW, epoch {epoch}", seconds, judge(task, emissions))


def judge(task: Task, emissions: NDArray[np.float64]) -> float:
    """Return the log likelihood per weighted held-out word of (K, V) emissions."""
    total = 0.0
    for first in range(0, task.theta.shape[0], BATCH):
        words = task.heldout[first : first + BATCH].tocoo()
        q = (1 - BACKGROUND_SHARE) * (task.theta[first : first + BATCH] @ emissions)
        q += BACKGROUND_SHARE * task.unigram
        logs = np.log(np.maximum(q[words.row, words.col], 1e-8))  # the authors' clamp
        total += float((words.data * task.weights[words.col]) @ logs)
    return total / float(task.heldout.sum(axis=0) @ task.weights)


if __name__ == "__main__":
    main()
