"""Topics put before a judge, and its replies read as scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saetm.errors import ReplyError
from saetm.metrics.intervals import SEED, Estimate, mean_estimate
from saetm.metrics.intruders import draw_intrusions
from saetm.prompts.judging import (
    Metric,
    build_intruder_question,
    build_rating_question,
    parse_intruder,
    parse_rating,
    readable,
)
from saetm.prompts.questions import Question, question_id


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a topic, and what would be right."""

    topic: int
    metric: Metric
    question: Question
    shown: tuple[str, ...] = ()  # words to choose the intruder from
    intruder: str = ""


def questions_about(
    top_words: Sequence[Sequence[str]], held: Sequence[Sequence[str]], *, seed: int = SEED
) -> list[Asked]:
    """Ask for the rating and for the intruders of each topic.

    Args:
        top_words: of each topic, best first, as many as are judged.
        held: of each topic all the words that are known to be its own.
        seed: of what is shown with intruders.

    Returns:
        No rating of a topic of which fewer than two words can be read, and no intruders where
        there are none to draw.
    """
    pools = [_readable(words) for words in top_words]
    ratings = [
        Asked(topic, "rating", build_rating_question(words))
        for topic, words in enumerate(pools)
        if len(words) > 1
    ]
    own = [frozenset(_readable(words)) for words in held]
    intruders = [
        Asked(
            each.topic, "intruder", build_intruder_question(each.shown), each.shown, each.intruder
        )
        for each in draw_intrusions(pools, own, seed=seed)
    ]
    return ratings + intruders


def judged_estimates(
    asked: Sequence[Asked], replies: Mapping[str, str], producer: str, *, seed: int = SEED
) -> dict[str, Estimate]:
    """Average the judge's ratings, from 0 to 100, and its share of intruders found.

    Args:
        asked: questions about the topics of one model.
        replies: by the id of their question; a topic without one that can be read is left out.
        producer: the judge that wrote them.
        seed: of the intervals, whose units are topics.

    Returns:
        `rating` and `intruder`, each only where there are replies.
    """
    found: dict[str, dict[int, list[float]]] = {}
    for each in asked:
        reply = replies.get(question_id(each.question, producer))
        value = None if reply is None else _value(each, reply)
        if value is not None:
            found.setdefault(each.metric, {}).setdefault(each.topic, []).append(value)
    return {
        metric: mean_estimate(
            np.array([np.mean(values) for values in by_topic.values()]), seed=seed
        )
        for metric, by_topic in found.items()
    }


def _value(asked: Asked, reply: str) -> float | None:
    try:
        if asked.metric == "rating":
            return parse_rating(reply).score
        return float(parse_intruder(reply, shown=asked.shown) == asked.intruder)
    except ReplyError:
        return None


def _readable(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(word for word in map(readable, words) if word))
