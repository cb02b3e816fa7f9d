"""The emission matrix as a value: sparse words plus an even share per feature."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from saetm.bridge import csr_to_lists, lists_to_csr
from saetm.errors import ContractError

SCHEMA = pl.Schema(
    {
        "feature": pl.Int32(),
        "words": pl.List(pl.Int32()),
        "probabilities": pl.List(pl.Float32()),
        "prior_share": pl.Float64(),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Emissions:
    """A word distribution per feature: `words + prior_share / V`, rows sum to one.

    With a symmetric Dirichlet prior every row is dense, but only by one number. Kept apart,
    the matrix is as sparse as what the data said.
    """

    words: "sparse.csr_array[np.float32]"
    """(K, V) float32, what the items say about each feature's words."""
    prior_share: NDArray[np.float64]
    """(K,) mass of each row that lies evenly on all words; one for a feature never seen."""
    unigram: NDArray[np.float64]
    """(V,) word frequencies of the whole corpus, summing to one."""

    @property
    def shape(self) -> tuple[int, int]:
        """Features and words, (K, V)."""
        return len(self.prior_share), len(self.unigram)


def dense(
    emissions: Emissions, rows: NDArray[np.integer] | Sequence[int] | None = None
) -> NDArray[np.float64]:
    """Write out the word distributions of some features, or of all.

    Args:
        emissions: K features over V words.
        rows: R feature ids, in any order; None means all K.

    Returns:
        (R, V) probabilities, each row summing to one within 1e-6.
    """
    chosen = np.arange(emissions.shape[0]) if rows is None else np.asarray(rows, dtype=np.int64)
    evenly = emissions.prior_share[chosen, None] / max(emissions.shape[1], 1)
    return emissions.words[chosen].toarray() + evenly


def to_frame(emissions: Emissions) -> pl.DataFrame:
    """Turn emissions into a frame with feature, words, probabilities, prior_share.

    Returns:
        One row per feature in the order of ids; words ascend and their probabilities are
        those beyond the even share. The unigram is not in the frame.
    """
    words, probabilities = csr_to_lists(emissions.words)
    return pl.DataFrame(
        {
            "feature": np.arange(emissions.shape[0], dtype=np.int32),
            "words": words,
            "probabilities": probabilities,
            "prior_share": emissions.prior_share,
        },
        schema=SCHEMA,
    )


def from_frame(frame: pl.DataFrame, *, unigram: NDArray[np.float64]) -> Emissions:
    """Read emissions back from the frame of `to_frame`; rows may come in any order.

    Args:
        frame: with feature (every id from 0 to K - 1 once), words, probabilities,
            prior_share.
        unigram: (V,) the word frequencies that the emissions were solved with.

    Raises:
        ContractError: the features are not 0 to K - 1, or a word id is outside V.
    """
    ordered = frame.sort("feature")
    if ordered["feature"].to_list() != list(range(ordered.height)):
        raise ContractError(f"feature must hold each id from 0 to {ordered.height - 1} once")
    ids = ordered["words"].explode(empty_as_null=False)
    if len(ids) and not ids.is_between(0, len(unigram) - 1).all():
        raise ContractError(f"words must lie in 0 to {len(unigram) - 1}, as in the unigram")
    return Emissions(
        words=lists_to_csr(ordered["words"], ordered["probabilities"], n_columns=len(unigram)),
        prior_share=ordered["prior_share"].to_numpy().astype(np.float64),
        unigram=np.asarray(unigram, dtype=np.float64),
    )
