"""How much topics over features of tokens depend on the layer and on the counting threshold.

An open question of the paper (arXiv 2507.23220, section 6). A study works on a sample of the items
in memory and in a temporary folder; it writes nothing to the lake.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.compute import Compute
from resources.lexicon import Lexicon
from resources.token_model import open_token_model
from resources.token_spool import Reading, spooled
from resources.view import DatasetView
from saetm.errors import InputError
from saetm.tables import BAGS, CAPTIONS, ITEMS
from saetm.tokens.config import TokenConfig
from saetm_assets.matrices import word_counts
from saetm_assets.token_reading import in_groups

if TYPE_CHECKING:
    from scipy import sparse

    from saetm.mechanistic.model import FeatureCorpus, FeatureFit
    from saetm.tokens.counting import FeatureCounts
    from saetm.tokens.dictionary import Dictionary
    from saetm.tokens.statistics import TokenStatistics

TOP_WORDS = 10
CHARACTERS = 4  # of a token, about
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Design:
    """What is varied, and what is held."""

    layers: tuple[int | None, ...]
    quantiles: tuple[float, ...]
    model: str  # of topics
    topic_count: int
    most_tokens: int  # of the sample, about
    config: TokenConfig  # of the language model, the autoencoder, the filters and the seed


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Items drawn at random."""

    texts: list[str]  # (N,)
    words: "sparse.csr_array[np.float64]"  # (N, V) counts
    groups: NDArray[np.generic] | None  # (N,) where every item has one


class Setting(NamedTuple):
    """One row of the study: a setting and what came of it."""

    layer: int
    quantile: float
    variance_explained: float | None
    kept_features: int
    features_per_item: float  # kept features that fire, mean over items
    topics: int
    npmi: float | None  # of the words most specific to the topics' items
    unique_words: float | None
    purity: float | None  # of the items' largest topics, where groups are known
    agreement: float | None  # normalised mutual information with those of the reference


def draw_sample(view: DatasetView, design: Design) -> Sample:
    """Draw items with their texts, words and groups.

    Raises:
        InputError: there are no items with a text.
    """
    captions = view.in_service(CAPTIONS).filter(pl.col("caption") != "")
    rows = captions.select("item_id", "caption").unique("item_id").sort("item_id").collect()
    if rows.is_empty():
        raise InputError(f"no item of {view.dataset!r} has a text to read: run `saetm run` first")
    order = np.random.default_rng(design.config.seed).permutation(rows.height)
    length = pl.col("caption").str.len_chars().cum_sum()
    some = rows[order].filter(length <= CHARACTERS * design.most_tokens).sort("item_id")
    items = view.scan(ITEMS).select("item_id", "group").unique("item_id").collect()
    groups = some.join(items, on="item_id", how="left", maintain_order="left")["group"]
    _ = view.ledger(BAGS.asset)
    return Sample(
        some["caption"].to_list(),
        word_counts(view, some["item_id"].to_list()),
        None if groups.has_nulls() else groups.to_numpy(),
    )


def study(
    sample: Sample, design: Design, *, compute: Compute, lexicon: Lexicon, say: Say
) -> Iterator[Setting]:
    """Fit topics at every layer and quantile, and compare them with those of the first ones.

    Args:
        sample: the items.
        design: what is varied; the reference is the first layer and, of the quantiles, that of
            the options, or the first.
        compute: where models run.
        lexicon: tells stop words.
        say: is told what is being done.
    """
    reference: NDArray[np.int64] | None = None
    wanted = design.config.quantile
    quantiles = sorted(design.quantiles, key=lambda each: each != wanted)  # that one first
    for layer in design.layers:
        say(f"layer {'in the middle' if layer is None else layer}: training on tokens")
        config = design.config.model_copy(update={"layer": layer})
        trained = _train(sample, replace(design, config=config), compute)
        for quantile in quantiles:
            say(f"layer {trained.layer}, quantile {quantile:g}: {design.model}")
            corpus = trained.corpus(quantile, config, lexicon.stop_words)
            fit = _fit(corpus, design)
            labels = _labels(fit)
            reference = labels if reference is None else reference
            yield _setting(sample, trained, quantile, corpus, fit)._replace(
                agreement=_agreement(labels, reference)
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Trained:
    """A dictionary of a layer, and what counting needs."""

    layer: int
    dictionary: "Dictionary"
    statistics: "TokenStatistics"
    counts: "dict[float, FeatureCounts]"  # by quantile

    def corpus(
        self, quantile: float, config: TokenConfig, stop_words: frozenset[str]
    ) -> "FeatureCorpus":
        """Count features of the sample above a quantile, and leave out what the filters do."""
        from saetm.mechanistic.model import FeatureCorpus

        found = self.counts[quantile]
        kept = self._kept(found, config, stop_words)
        if len(kept) == 0:
            raise InputError(
                f"no feature of layer {self.layer} is left above the quantile {quantile:g}: give "
                "more items, or raise tokens.max_density"
            )
        counts = found.counts[:, kept].astype(np.float64)
        return FeatureCorpus(counts, found.tokens, self.dictionary.rows(kept))

    def _kept(
        self, found: "FeatureCounts", config: TokenConfig, stop_words: frozenset[str]
    ) -> NDArray[np.int64]:
        from saetm.tokens.filters import numeric_reasons, with_reasons
        from saetm.tokens.rules import describe_feature, verdict_by_rule

        contexts = self.statistics.contexts
        shares = np.bincount(found.counts.indices, minlength=found.counts.shape[1])
        features = pl.DataFrame(
            {
                "density": self.statistics.density,
                "item_share": shares / found.counts.shape[0],
                "description": [describe_feature(each, ()) for each in contexts],
                "verdict": pl.Series(
                    [verdict_by_rule(each, stop_words) for each in contexts], dtype=pl.String
                ),
            }
        )
        judged = with_reasons(numeric_reasons(features, config), config)
        return judged["is_kept"].arg_true().to_numpy().astype(np.int64)


def _train(sample: Sample, design: Design, compute: Compute) -> _Trained:
    from saetm.tokens.dictionary import from_weights
    from saetm.tokens.statistics import measure_tokens
    from saetm.tokens.training import train_on_tokens

    config, device = design.config, compute.resolve_device()
    model = open_token_model(config.model, config.layer, compute, window=config.window)
    characters = 2 * config.buffer_tokens
    with spooled(lambda: in_groups(model, iter(sample.texts), characters)) as reading:
        dictionary = from_weights(train_on_tokens(reading, config, device=device).weights)
        statistics = measure_tokens(reading, dictionary, device=device, seed=config.seed)
        counts = {
            quantile: _count(reading, dictionary, statistics, quantile, len(sample.texts))
            for quantile in design.quantiles
        }
    return _Trained(model.layer, dictionary, statistics, counts)


def _count(
    reading: Reading,
    dictionary: "Dictionary",
    statistics: "TokenStatistics",
    quantile: float,
    n_texts: int,
) -> "FeatureCounts":
    from saetm.tokens.counting import count_features, counting_floors
    from saetm.tokens.encode import Placed

    floors = counting_floors(dictionary, statistics.quantiles, quantile)
    placed = Placed(dictionary, "cpu", floors)
    return count_features(reading(), placed, dictionary.n_features, n_texts)


def _fit(corpus: "FeatureCorpus", design: Design) -> "FeatureFit":
    from saetm.mechanistic.catalogue import MODELS

    return MODELS[design.model].fit(corpus, design.topic_count, design.config.seed, _ignore)


def _setting(
    sample: Sample, trained: _Trained, quantile: float, corpus: "FeatureCorpus", fit: "FeatureFit"
) -> Setting:
    """Score a fit by the words of its topics, and by the groups of the items."""
    from saetm.metrics.agreement import purity
    from saetm.metrics.diversity import unique_words
    from saetm.metrics.npmi import npmi

    words = _top_words(sample, fit)
    return Setting(
        layer=trained.layer,
        quantile=quantile,
        variance_explained=trained.statistics.variance_explained,
        kept_features=corpus.n_features,
        features_per_item=corpus.counts.nnz / max(corpus.n_items, 1),
        topics=len(fit.weights),
        npmi=float(npmi(words, sample.words).mean()) if len(words) else None,
        unique_words=unique_words(words) if len(words) else None,
        purity=None if sample.groups is None else purity(_labels(fit), sample.groups),
        agreement=1.0,
    )


def _top_words(sample: Sample, fit: "FeatureFit") -> NDArray[np.int64]:
    """Return the ten words most specific to each topic's items, where there are ten: (t, 10)."""
    from scipy import sparse

    from saetm.tokens.specific import SpecificWords

    tally = SpecificWords(fit.mixtures.shape[1], sample.words.shape[1])
    shares = sparse.csr_array(np.asarray(fit.mixtures, dtype=np.float32))
    tally.add(shares, sample.words)
    found = [each for each in tally.best(TOP_WORDS) if len(each) == TOP_WORDS]
    return np.array(found, dtype=np.int64).reshape(-1, TOP_WORDS)


def _labels(fit: "FeatureFit") -> NDArray[np.int64]:
    """Return the largest topic of each item; -1 where nothing is said of it."""
    said = fit.mixtures.sum(axis=1) > 0
    return np.where(said, fit.mixtures.argmax(axis=1), -1)


def _agreement(labels: NDArray[np.int64], reference: NDArray[np.int64]) -> float:
    from saetm.metrics.agreement import nmi

    return nmi(labels, reference)


def _ignore(_share: float) -> None:
    """Tell nobody."""
