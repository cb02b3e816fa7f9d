"""A dataset of many texts with planted themes, for benchmarks of the explorer."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

THEMES, WORDS_PER_THEME, COMMON = 60, 60, 400
DIMENSION, TOKENS, GROUPS, DAYS = 384, 24, 8, 3650
SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"),
    *("na", "pe", "ri", "so", "tu", "va", "we", "xi", "yo", "zu"),
)


def write_texts(folder: Path, n_items: int, seed: int = 0) -> Path:
    """Write a table of texts, each of two themes, with vectors, groups and dates.

    Args:
        folder: the dataset's folder, made where it is not there.
        n_items: how many texts.
        seed: of everything that is drawn.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    popularity = rng.dirichlet(np.full(THEMES, 2.0))
    themes = rng.choice(THEMES, size=(n_items, 2), p=popularity)
    directions = rng.standard_normal((THEMES, 6, DIMENSION)).astype(np.float32)
    strengths = rng.gamma(1.0, 1.0, (n_items, 2, 6)).astype(np.float32)
    vectors = 0.3 * rng.standard_normal((n_items, DIMENSION), dtype=np.float32)
    for part in range(2):
        vectors += np.einsum("nf,nfd->nd", strengths[:, part], directions[themes[:, part]])
    near = rng.integers(0, 3, n_items)
    days = rng.integers(0, DAYS, n_items)
    pl.DataFrame(
        {
            "text": _texts(rng, themes),
            "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, DIMENSION)).arr.to_list(),
            "group": [f"group {number}" for number in (themes[:, 0] + near) % GROUPS],
            "timestamp": pl.Series(days).cast(pl.Int32).cast(pl.Date).cast(pl.String),
        }
    ).write_parquet(folder / "texts.parquet")
    return folder


def _texts(rng: np.random.Generator, themes: NDArray[np.int64]) -> list[str]:
    """Write each text: words of its themes, and some that all share; half of each kind."""
    words = [_word(number) for number in range(THEMES * WORDS_PER_THEME + COMMON)]
    rank = np.minimum(rng.geometric(0.06, (len(themes), TOKENS)) - 1, WORDS_PER_THEME - 1)
    which = np.take_along_axis(themes, rng.integers(0, 2, rank.shape), axis=1)
    common = THEMES * WORDS_PER_THEME + rng.integers(0, COMMON, rank.shape)
    chosen = np.where(rng.random(rank.shape) < 0.6, which * WORDS_PER_THEME + rank, common)
    return [" ".join(words[word] for word in row) for row in chosen.tolist()]


def _word(number: int) -> str:
    parts = []
    for _ in range(4):
        number, at = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[at])
    return "".join(reversed(parts))
