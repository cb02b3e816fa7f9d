"""One steering of a topic: what was asked for, with all that is needed to do it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from resources.bindings import Encoders, Judges
from resources.compute import Compute
from resources.generator import Generator, Sampling, open_generator
from resources.token_features import (
    token_autoencoder,
    token_dictionary,
    token_features,
    token_quantiles,
)
from saetm.errors import InputError
from saetm.rows import digest
from saetm.steering.strengths import check_strengths
from saetm.steering.trade_off import effects, recommended_of
from saetm_assets.steering.relevance import EMBEDDED, NONE, judged
from saetm_assets.steering.texts import Features, Plan, embedded, written_texts
from saetm_assets.steering.topic import SteeredTopic, read_topic
from saetm_assets.step import Step

EMBEDDER = "minilm"  # compares texts with each other and with the topic's words
BY_FEATURES = "features"  # relevance_by where nobody judges


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write."""

    topic: str  # id; the largest one when empty
    prompts: tuple[str, ...]
    strengths: tuple[float, ...]  # in mean norms of a state
    samples: int  # texts per prompt and strength
    seed: int
    generator: str  # who writes; the model that features are of when empty


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A topic, who writes, and what is written."""

    topic: SteeredTopic
    generator: Generator
    plan: Plan
    sampling: Sampling
    known_by: str  # hash of all that decides about the rows
    autoencoder: Mapping[str, Any]  # row of `token_autoencoders`

    def write(self, step: Step, quantile: float) -> pl.DataFrame:
        """Write all texts, and return them with what the model itself can tell of them.

        Args:
            step: at work on the dataset.
            quantile: of a feature's positive activations, above which a token counts.

        Raises:
            InputError: the model does not fit the topic, or a strength is too large for it.
        """
        features = _features(step, quantile)
        with step.bar(2 * len(self.plan.tasks())) as advance:
            return written_texts(
                self.generator, self.plan, self.sampling, self.topic, features, advance
            )

    def rows(self, texts: pl.DataFrame, model: str) -> pl.DataFrame:
        """Return rows of `steerings` of texts with all that was measured.

        Args:
            texts: written, with relevance, relevance_by and drift.
            model: topic model that the topic is of.
        """
        best = recommended_of(effects(texts))
        return texts.with_columns(
            topic_id=pl.lit(self.topic.topic_id),
            model=pl.lit(model),
            sae_id=pl.lit(self.autoencoder["sae_id"]),
            producer=pl.lit(f"{self.generator.producer} layer {self.generator.layer}"),
            temperature=pl.lit(self.sampling.temperature),
            is_recommended=pl.col("is_steered") & pl.col("strength").eq_missing(best),
            input_hash=pl.lit(self.known_by),
        )


def open_session(step: Step, wanted: Wanted, sampling: Sampling, compute: Compute) -> Session:
    """Find the topic and who writes; no model is loaded yet.

    Raises:
        InputError: there is no such topic or model, topics are none that can steer, or strengths
            or prompts are unfit.
    """
    row, options = token_autoencoder(step), step.registration.options
    topic = read_topic(step, wanted.topic, options.topic_count, row["dictionary_size"])
    generator = open_generator(wanted.generator or row["model"], row["layer"], compute)
    if not wanted.prompts:
        raise InputError("give a prompt that texts go on from")
    strengths = check_strengths(wanted.strengths)
    plan = Plan(wanted.prompts, strengths, wanted.samples, wanted.seed, row["mean_norm"])
    parts = [
        asdict(plan),
        asdict(sampling),
        topic.topic_id,
        topic.words,
        topic.about,
        options.judge,
    ]
    made_of = [step.ledger(asset).data_version for asset in ("topics", "token_autoencoder")]
    version = digest([step.stage.code_version, generator.producer, *made_of, *map(repr, parts)])
    return Session(topic, generator, plan, sampling, version, row)


def compared(texts: pl.DataFrame, topic: SteeredTopic, encoders: Encoders) -> pl.DataFrame:
    """Add the drift of texts, and as their relevance the cosine to the topic's words."""
    encoder = encoders.open(EMBEDDER)
    relevance, drift = embedded(texts, encoder, topic.subject)
    return texts.with_columns(
        pl.Series("relevance", relevance),
        pl.Series("drift", drift),
        relevance_by=pl.lit(f"cosine by {encoder.producer}"),
    )


def with_verdicts(
    step: Step, texts: pl.DataFrame, topic: SteeredTopic, judges: Judges
) -> pl.DataFrame:
    """Take the relevance from who is to judge, where that is not the embedded encoder.

    Raises:
        InputError: the judge is out of reach.
        ReplyError: it gave no usable answer to some questions.
    """
    name = step.registration.options.judge
    if name == EMBEDDED:
        return texts
    judge = None if name == NONE else judges.open(name)
    if judge is None:
        return texts.with_columns(relevance="feature_share", relevance_by=pl.lit(BY_FEATURES))
    points = judged(step, judge, texts, topic)
    by = pl.lit(f"wins by {judge.producer}")
    return texts.with_columns(pl.Series("relevance", points), relevance_by=by)


def _features(step: Step, quantile: float) -> Features:
    from saetm.tokens.counting import counting_floors

    dictionary, quantiles = token_dictionary(step), token_quantiles(token_features(step))
    return Features(dictionary, counting_floors(dictionary, quantiles, quantile))
