"""Texts of a model along a topic, at several strengths, and what is measured of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from resources.encoding import Encoder
from resources.generator import UNSTEERED, Generator, Reading, Sampling, Task, Written
from resources.progress import Advance
from saetm.steering.direction import topic_direction
from saetm.steering.feature_share import feature_share
from saetm.tables import STEERINGS
from saetm.tokens.dictionary import Dictionary
from saetm_assets.steering.topic import SteeredTopic

if TYPE_CHECKING:
    from scipy import sparse
    from torch import Tensor


KEY = ("prompt", "is_steered", "strength", "draw", "seed")  # of a text of a plan


@dataclass(frozen=True, slots=True)
class Plan:
    """Which texts are written."""

    prompts: tuple[str, ...]
    strengths: tuple[float, ...]  # in mean norms of a state
    samples: int  # texts per prompt and strength
    seed: int  # of the first draw; others count on from it
    mean_norm: float  # of a state

    def frame(self) -> pl.DataFrame:
        """Return prompt, is_steered, strength, draw and seed of each text."""
        keys = [
            (prompt, is_steered, strength, draw, self.seed + draw)
            for prompt in dict.fromkeys(self.prompts)
            for is_steered, strength in [(False, 0.0), *((True, each) for each in self.strengths)]
            for draw in range(self.samples)
        ]
        schema = {name: STEERINGS.schema[name] for name in KEY}
        return pl.DataFrame(keys, schema=schema, orient="row")

    def tasks(self) -> list[Task]:
        """Return the texts as the generator is asked for them."""
        return [
            Task(prompt, strength * self.mean_norm if is_steered else UNSTEERED, seed)
            for prompt, is_steered, strength, _, seed in self.frame().iter_rows()
        ]


@dataclass(frozen=True, slots=True, eq=False)
class ReadStates:
    """States of the tokens of one text."""

    states: "Tensor"  # (n, H)
    texts: NDArray[np.int64]  # (n,) number of the text


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What tells which features fire on a state."""

    dictionary: Dictionary
    floors: NDArray[np.float32]  # (F,) activation above which a token counts

    def count(self, states: Iterator[ReadStates], n_texts: int) -> "sparse.csr_array[np.float64]":
        """Return (n, F) on how many tokens of each text each feature fires."""
        from saetm.tokens.counting import count_features
        from saetm.tokens.encode import Placed

        placed = Placed(self.dictionary, "cpu", self.floors)  # a few thousand tokens
        found = count_features(states, placed, self.dictionary.n_features, n_texts)
        return found.counts.astype(np.float64)


def written_texts(
    generator: Generator,
    plan: Plan,
    sampling: Sampling,
    topic: SteeredTopic,
    features: Features,
    advance: Advance,
) -> pl.DataFrame:
    """Write all texts of a plan, and measure what the model itself can tell of them.

    Returns:
        The plan's frame with text, tokens, perplexity and feature_share.

    Raises:
        InputError: the model does not fit the topic, or a strength is too large for it.
    """
    direction = topic_direction(topic.weights[topic.row], features.dictionary.decoder)
    generator.check_fit(len(direction))
    texts = []
    for each in generator.write(plan.tasks(), sampling, direction):
        texts.append(each)
        advance(1)
    perplexities: list[float] = []
    read = _states(generator.read(texts), perplexities, advance)
    share = feature_share(features.count(read, len(texts)), topic.weights, topic.shares, topic.row)
    return plan.frame().with_columns(
        *_columns(texts),
        pl.Series("perplexity", perplexities),
        pl.Series("feature_share", share),
    )


def embedded(
    texts: pl.DataFrame, encoder: Encoder, subject: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compare texts by their vectors.

    Args:
        texts: of `written_texts`.
        encoder: of texts.
        subject: what the topic is about.

    Returns:
        (n,) cosines to the subject; (n,) drifts from the unsteered text of the same prompt and
        draw, 1 - cosine, 0 of an unsteered text itself.
    """
    said = encoder.encode(texts["text"].to_list()).astype(np.float64)
    about = encoder.encode([subject])[0].astype(np.float64)
    likeness = np.einsum("nd,nd->n", said, said[unsteered(texts)])
    return said @ about, np.maximum(1 - likeness, 0.0)  # of the same text, but for rounding


def unsteered(texts: pl.DataFrame) -> NDArray[np.int64]:
    """Return, for each text, the row of the unsteered one of the same prompt and draw."""
    rows = texts.select("prompt", "draw", "is_steered").with_row_index("row")
    plain = rows.filter(~pl.col("is_steered")).select("prompt", "draw", plain="row")
    both = rows.join(plain, on=["prompt", "draw"], how="left", maintain_order="left")
    return both["plain"].cast(pl.Int64).to_numpy()


def _columns(texts: Sequence[Written]) -> list[pl.Series]:
    return [
        pl.Series("text", [each.text for each in texts], dtype=pl.String),
        pl.Series("tokens", [len(each.tokens) for each in texts], dtype=pl.Int32),
    ]


def _states(
    readings: Iterator[Reading], perplexities: list[float], advance: Advance
) -> Iterator[ReadStates]:
    """Yield the states of each text, and keep its perplexity."""
    from torch import from_numpy

    for text, each in enumerate(readings):
        yield ReadStates(from_numpy(each.states), np.full(len(each.states), text))
        perplexities.append(each.perplexity)
        advance(1)
