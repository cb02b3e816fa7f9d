"""What the solver is given, and what it knows of the words before the first pass."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from saetm.crew import Crew
from saetm.emission.blocks import Block, Source, lay_out
from saetm.emission.config import EmissionConfig
from saetm.emission.layout import Columns
from saetm.emission.support import no_support, widen
from saetm.emission.thinning import Thinned
from saetm.emission.weighting import WordTotals, idf_weights
from saetm.errors import ContractError


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Fixed item mixtures and the words to explain, K features over V words."""

    blocks: Iterable[Block]
    """All items: a tuple where they stay in memory, else they are read anew at every pass."""
    columns: Columns
    n_features: int
    crew: Crew
    """Who does the loops over words."""
    device: str
    """Where sweeps run, as Torch names it; "cpu" leaves them to the crew."""

    def hold_out(self, share: float, *, seed: int) -> "Problem":
        """Hold out a share of all occurrences of words, of every item and not whole items."""
        thinned = Thinned(self.blocks, share, seed, self.crew)
        return replace(self, blocks=tuple(thinned) if isinstance(self.blocks, tuple) else thinned)


def build_problem(
    theta: "sparse.csr_array[np.floating]",
    counts: "sparse.csr_array[np.floating]",
    config: EmissionConfig,
    crew: Crew,
    *,
    device: str = "cpu",
) -> Problem:
    """Lay out (N, K) mixtures and (N, V) counts that stay in memory.

    Raises:
        ContractError: as `lay_out`.
    """
    block = lay_out(theta, counts, background_share=config.background_share)
    return _survey((block,), config, crew, device)


def stream_problem(
    source: Source, config: EmissionConfig, crew: Crew, *, device: str = "cpu"
) -> Problem:
    """Read a source once, to learn its words and the pairs that occur; passes read it again.

    Raises:
        ContractError: as `lay_out`, or the source has no block, blocks of different widths, or
            can be read only once.
    """
    if iter(source) is source:
        raise ContractError("blocks that can be read only once are no source: pass a list")
    return _survey(_LaidOut(source, config.background_share), config, crew, device)


@dataclass(frozen=True, slots=True)
class _LaidOut:
    """The blocks of a source, laid out anew at every reading."""

    source: Source
    background_share: float

    def __iter__(self) -> Iterator[Block]:
        for theta, counts in self.source:
            yield lay_out(theta, counts, background_share=self.background_share)


def _survey(blocks: Iterable[Block], config: EmissionConfig, crew: Crew, device: str) -> Problem:
    first = next(iter(blocks), None)
    if first is None:
        raise ContractError("there is no block of items; one without items would do")
    support, totals = no_support(first.n_words), WordTotals.none(first.n_words)
    for block in blocks:
        if (block.n_features, block.n_words) != (first.n_features, first.n_words):
            raise ContractError("blocks have different numbers of features or words")
        support = widen(support, block, crew)
        totals = totals.plus(block)
    weights = np.ones(first.n_words)
    if config.idf_weighting:
        weights = idf_weights(totals.items, totals.n_items)
    columns = Columns(support.start, support.feature, totals.unigram(), weights)
    return Problem(blocks, columns, first.n_features, crew, device)
