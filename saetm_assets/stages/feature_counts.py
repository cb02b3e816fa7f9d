"""Stage 8: on how many tokens of each item each feature fires."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import dagster as dg
import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.bindings import ComputeFace, EngineFace
from resources.compute import Compute
from resources.portions import Work
from resources.token_features import (
    token_autoencoder,
    token_dictionary,
    token_features,
    token_quantiles,
)
from saetm.bridge import list_series
from saetm.errors import ContractError
from saetm.tables import CAPTIONS, FEATURE_COUNTS
from saetm.tokens.dictionary import Dictionary
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk, Metadata, Step

if TYPE_CHECKING:
    from resources.token_model import TokenModel
    from saetm.tokens.encode import Placed

BATCH = 1024  # items of a commit


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["captions", "token_autoencoder"],
    group_name="tokens",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: ["tokens.model", "tokens.window", "tokens.quantile"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def feature_counts(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    compute: ComputeFace,
    engine: EngineFace,
) -> dg.MaterializeResult[None]:
    """One row is the features that fire in an item, and on how many of its tokens.

    Without a language model (`tokens.model` is none) there is nothing to count.
    """
    with desk.open(context) as step, engine.card():
        if step.union is not None:
            return relay(step, step.union, FEATURE_COUNTS)
        columns = ("item_id", "producer", "input_hash")
        if step.registration.options.tokens.is_off:
            return step.close(FEATURE_COUNTS, version_of=columns)
        counter = _counter(step, compute.open())
        producer = f"{counter.producer} of {step.ledger('captions').producer} captions"
        captions = step.in_service(CAPTIONS).select("item_id", "caption", input_hash="caption_hash")
        step.spread(
            FEATURE_COUNTS,
            captions,
            partial(engine.open().each, counter.open),
            producer=producer,
            batch=BATCH,
        )
        return step.close(
            FEATURE_COUNTS,
            version_of=columns,
            producer=producer,
            metadata=_metadata(step, producer),
        )


@dataclass(frozen=True)
class _Counter:
    """Counts the features of texts; opens the language model where the work is done."""

    dictionary: Dictionary
    floors: NDArray[np.float32]  # (F,)
    share: float  # of positive activations that are below them
    model: str  # as the option names it
    layer: int
    window: int | None
    states: str  # who makes the states that the dictionary reads
    compute: Compute

    @property
    def producer(self) -> str:
        """Who counts."""
        return f"sae {self.dictionary.sae_id} above {self.share:g} of {self.states}"

    def open(self) -> Work:
        """Load the language model.

        Raises:
            ContractError: it is not the one whose states the dictionary reads.
        """
        from resources.token_model import open_token_model
        from saetm.tokens.encode import Placed

        model = open_token_model(self.model, self.layer, self.compute, window=self.window)
        if model.producer != self.states:
            raise ContractError(
                f"the autoencoder reads states of {self.states!r}, but the language model is "
                f"{model.producer!r}: materialise token_autoencoder again, and where machines "
                "differ give all the same files and SAETM_DTYPE"
            )
        placed = Placed(self.dictionary, self.compute.resolve_device(), self.floors)
        return partial(self._count, model, placed)

    def _count(self, model: "TokenModel", placed: "Placed", rows: pl.DataFrame) -> pl.DataFrame:
        from saetm.tokens.counting import count_features

        texts = rows["caption"].to_list()
        found = count_features(model.states(texts), placed, self.dictionary.n_features, len(texts))
        counts, offsets = found.counts, found.counts.indptr
        return rows.select(
            "item_id",
            "input_hash",
            features=list_series(counts.indices, offsets, dtype=pl.Int32()),
            counts=list_series(counts.data, offsets, dtype=pl.Int32()),
            tokens=pl.Series(found.tokens, dtype=pl.Int32),
        )


def _counter(step: Step, compute: Compute) -> _Counter:
    """Read the dictionary of the dataset, and the statistics that its features are counted by."""
    from saetm.tokens.counting import counting_floors

    row, tokens = token_autoencoder(step), step.registration.options.tokens
    dictionary = token_dictionary(step)
    quantiles = token_quantiles(token_features(step))
    return _Counter(
        dictionary=dictionary,
        floors=counting_floors(dictionary, quantiles, tokens.quantile),
        share=tokens.quantile,
        model=tokens.model,
        layer=row["layer"],
        window=tokens.window,
        states=row["producer"],
        compute=compute,
    )


def _metadata(step: Step, producer: str) -> Metadata:
    rows = step.scan(FEATURE_COUNTS).filter(pl.col("producer") == producer)
    found = rows.select(pl.col("features").list.len(), "tokens").collect()
    features = found["features"].to_numpy()
    return {
        "tokens": int(found["tokens"].sum()),
        "items without a feature": int((features == 0).sum()),
        "features per item": pictures.histogram(
            features, title="Features that fire per item", label="features"
        ),
    }
