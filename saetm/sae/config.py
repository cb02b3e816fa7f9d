"""How an autoencoder is trained: every setting, and the sizes chosen from the data."""

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["batch_topk", "topk", "l1"]


class SaeConfig(BaseModel):
    """The settings of one training; None means chosen from the size of the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(
        "batch_topk",
        description="which rule keeps few features active: batch_topk, topk or l1",
    )
    dictionary_size: int | None = Field(
        None, ge=2, description="number of features K; None chooses by dictionary_size_for"
    )
    active_features: int | None = Field(
        None,
        ge=1,
        description="active features per item (topk: at most, batch_topk: on average); "
        "None chooses by active_features_for; l1 does not use it",
    )
    l1_coefficient: float = Field(
        0.2,
        gt=0,
        description="weight of the summed activations of an item, embeddings scaled to a "
        "total variance of one; only l1 uses it",
    )
    epochs: int | None = Field(
        None, ge=1, description="passes over the training rows; None chooses by epochs_for"
    )
    batch_size: int = Field(128, ge=1, description="rows per step")
    learning_rate: float = Field(3e-3, gt=0, description="peak step size of Adam")
    warmup_share: float = Field(
        0.05, ge=0, lt=1, description="share of all steps in which the learning rate rises"
    )
    decay_share: float = Field(
        0.3, ge=0, le=1, description="share of all steps, at the end, in which it falls to zero"
    )
    encoder_scale: float = Field(
        0.3, gt=0, description="encoder at the start, as a multiple of the decoder's rows"
    )
    encoder_tie: float = Field(
        10.0,
        ge=0,
        description="pull of encoder rows towards the direction of their decoder rows, per step "
        "and unit of learning rate, like decoupled weight decay; few items overfit without it",
    )
    auxiliary_coefficient: float = Field(
        1 / 32, ge=0, description="weight of the loss that revives dead features; 0 leaves it out"
    )
    dead_patience: float = Field(
        3.0, gt=0, description="epochs without one activation after which a feature is dead"
    )
    heldout_share: float = Field(
        0.1, gt=0, lt=0.5, description="share of the rows kept out of training, to judge it"
    )
    seed: int = Field(0, ge=0, description="seed of the split, the initial weights, the order")

    def sizes(self, n_items: int, dimension: int) -> "Sizes":
        """Return the sizes for (N, D) embeddings; those that are None are chosen."""
        return Sizes(
            dictionary_size=self.dictionary_size or dictionary_size_for(n_items, dimension),
            active_features=self.active_features or active_features_for(n_items),
            epochs=self.epochs or epochs_for(n_items),
        )


@dataclass(frozen=True, slots=True)
class Sizes:
    """The settings that depend on the size of the data."""

    dictionary_size: int  # K
    active_features: int  # k per item; l1 does not use it
    epochs: int  # passes over the training rows


def dictionary_size_for(n_items: int, dimension: int) -> int:
    """Choose K, a power of two: a feature is active for 16 to 64 items, of little data for fewer.

    Measured at 50 topics (docs/benchmarks.md, sizes of the dictionary): with twice as many
    features, words go together better on items that were not fitted; but of 1,200 painted prints
    with planted motifs 256, 512, 1,024 and 2,048 features recover a mean F1 of 0.90, 0.89, 0.86
    and 0.84. Of 600 captions, 256 features are too few to merge 50 topics from.

    Args:
        n_items: N; a feature is active for 8 of them or more on average.
        dimension: D; more than 16 features per dimension are not chosen.

    Example:
        >>> [dictionary_size_for(n_items, 384) for n_items in (20, 600, 5000, 1_000_000)]
        [8, 512, 2048, 6144]
    """
    active_features = active_features_for(n_items)
    uses = n_items * active_features
    wanted = max(uses / 32, min(29 * n_items**0.5, uses / 8))
    least = 2 ** math.ceil(math.log2(4 * active_features))
    return min(max(2 ** math.floor(math.log2(wanted)), least), max(16 * dimension, least))


def active_features_for(n_items: int) -> int:
    """Choose k: 16 features per item, fewer for fewer than 256 items, at least 2.

    Measured on 5,000 texts: with 32 more of the variance is explained, but features mix the
    known groups of the texts more; with 8 it is the reverse.
    """
    return min(max(n_items // 16, 2), 16)


def epochs_for(n_items: int) -> int:
    """Choose the passes over the training rows: 100,000 rows in all, from 3 to 200 passes."""
    return min(max(round(100_000 / n_items), 3), 200)
