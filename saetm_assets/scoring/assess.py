"""A topic model's topics held against the evidence, and put into questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saetm.metrics.intervals import Estimate
from saetm.tables import ITEMS
from saetm_assets.scoring.entrants import Entrant
from saetm_assets.step import Step

if TYPE_CHECKING:
    from saetm.scoring.judged import Asked
    from saetm.scoring.words import Evidence

Estimates = dict[str, Estimate]
Cell = str | int | float | None


@dataclass(frozen=True)
class Assessed:
    """A model whose topics were measured, and what a judge is to be asked about them."""

    entrant: Entrant
    estimates: Estimates  # by metric
    asked: "list[Asked]"


def assess(
    step: Step, entrant: Entrant, evidence: "Evidence", ids: dict[str, int]
) -> Assessed | None:
    """Measure the topics of a model, by everything but a judge.

    Args:
        step: at work on the dataset.
        entrant: the model at a number of topics.
        evidence: what its words are held against.
        ids: of the words of the vocabulary.

    Returns:
        None where its topics have words that the vocabulary lacks: they are of an earlier one.
    """
    from saetm.scoring.judged import questions_about
    from saetm.scoring.words import POOL_WORDS, word_estimates

    topics = entrant.topics.collect()["words"].to_list()
    top = in_numbers(topics, ids, POOL_WORDS)
    if top is None:
        return None
    estimates = word_estimates(top, evidence)
    if not estimates:
        return Assessed(entrant, {}, [])  # a vocabulary of one word has no pairs
    estimates.update(_agreement(step, entrant))
    estimates.update(_of_refits(entrant, ids))
    pools = [words[: top.shape[1]] for words in topics]
    return Assessed(entrant, estimates, questions_about(pools, topics))


def in_numbers(topics: list[list[str]], ids: dict[str, int], size: int) -> NDArray[np.int32] | None:
    """Return the (T, n) ids of the first words of topics, n being `size` or as many as all have.

    None where a word is not of the vocabulary.
    """
    n_words = min([size, *map(len, topics)])
    rows = [[ids.get(word, -1) for word in words[:n_words]] for words in topics]
    numbers = np.array(rows, dtype=np.int32).reshape(len(topics), n_words)
    return None if (numbers < 0).any() else numbers


def _agreement(step: Step, entrant: Entrant) -> Estimates:
    """Compare the largest topic of each item, or none, with its group, where groups are given."""
    from saetm.metrics.agreement import partition_estimates

    groups = step.scan(ITEMS).select("item_id", "group").drop_nulls()
    both = entrant.largest.join(groups, on="item_id").sort("item_id").collect()
    if both["group"].n_unique() < 2:
        return {}
    return partition_estimates(both["topic"].to_numpy(), both["group"].to_numpy())


def _of_refits(entrant: Entrant, ids: dict[str, int]) -> Estimates:
    """Average what refits with other seeds, on nine tenths of the items, say of the model."""
    from saetm.metrics.intervals import mean_estimate
    from saetm.scoring.words import POOL_WORDS, stability_estimate

    rows = entrant.refits.sort("refit", "topic").select("refit", "words").collect()
    found = {
        refit: in_numbers(topics["words"].to_list(), ids, POOL_WORDS)
        for (refit,), topics in rows.partition_by("refit", as_dict=True).items()
    }
    whole, others = found.pop(0, None), [each for each in found.values() if each is not None]
    estimates = {}
    if whole is not None and others:
        estimates["stability"] = stability_estimate(whole, others)
    perplexities = entrant.fits.select("perplexity").drop_nulls().collect()["perplexity"]
    if len(perplexities):
        estimates["perplexity"] = mean_estimate(perplexities.to_numpy())
    return estimates


def without_intruder(assessed: Assessed) -> int:
    """Count the topics that hold the top words of all others, so that none of them can intrude."""
    topics = {
        metric: {each.topic for each in assessed.asked if each.metric == metric}
        for metric in ("rating", "intruder")
    }
    return len(topics["rating"] - topics["intruder"])


def score_rows(
    assessed: Assessed, judged: Estimates, input_hash: str | None
) -> Iterator[dict[str, Cell]]:
    """Yield a row of SCORES per metric.

    Args:
        assessed: the model.
        judged: what a judge found.
        input_hash: of what was computed; None where something of it has to be asked again.
    """
    for metric, estimate in {**assessed.estimates, **judged}.items():
        yield {
            "model": assessed.entrant.model,
            "topic_count": assessed.entrant.topic_count,
            "metric": metric,
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "units": estimate.units,
            "input_hash": input_hash,
        }
