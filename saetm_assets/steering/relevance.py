"""How much texts are about a topic: by a judge, by vectors, or by the model's own features."""

from collections.abc import Mapping

import polars as pl

from resources.chat import Chat
from saetm.errors import ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.prompts.steered import Choice, build_relevance_question, parse_choice
from saetm.rows import digest
from saetm_assets.replies import ask, replies
from saetm_assets.steering.texts import unsteered
from saetm_assets.steering.topic import SteeredTopic
from saetm_assets.step import Step

EMBEDDED, NONE = "embedded", "none"  # judges that are no language model
POINTS: Mapping[Choice, float] = {"A": 1.0, "tie": 0.5, "B": 0.0}  # of what is shown as A


def judged(step: Step, judge: Chat, texts: pl.DataFrame, topic: SteeredTopic) -> list[float]:
    """Let a judge pick between each text and the unsteered one of its prompt and draw.

    Which of the two is shown first goes by a hash of both; the same text twice is a tie that
    nobody is asked about. Replies are kept as they come, and never asked for again.

    Returns:
        1 for a win, 0.5 for a tie, 0 for a loss of each text.

    Raises:
        InputError: the judge is out of reach.
        ReplyError: the judge gave no usable answer to some questions.
    """
    pairs = _pairs(texts, topic)
    if trouble := ask(step, judge, [question for question, _ in pairs.values()]):
        raise ReplyError(trouble)
    known = replies(step)
    points = [0.5] * texts.height
    for place, (question, is_first) in pairs.items():
        won = POINTS[parse_choice(known[question_id(question, judge.producer)])]
        points[place] = won if is_first else 1 - won
    return points


def _pairs(texts: pl.DataFrame, topic: SteeredTopic) -> dict[int, tuple[Question, bool]]:
    """Return a question for each text that differs from its unsteered one, and if it is A."""
    said = texts["text"].to_list()
    pairs = {}
    for place, other in enumerate(unsteered(texts).tolist()):
        if said[place] != said[other]:
            is_first = _is_odd(said[place], said[other])
            first, second = (place, other) if is_first else (other, place)
            question = build_relevance_question(topic.about, topic.words, said[first], said[second])
            pairs[place] = (question, is_first)
    return pairs


def _is_odd(*texts: str) -> bool:
    """Toss a coin that falls alike for the same texts."""
    return int(digest(texts), 16) % 2 == 1
