"""What a judge is shown of a topic: its words, its features as they are described, or a summary."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import polars as pl

from resources.chat import Chat
from resources.view import DatasetView
from saetm.prompts.judging import readable
from saetm.prompts.questions import Question, question_id
from saetm.prompts.summaries import TopicBrief, brief_topic, build_summary_question, parse_summary
from saetm.tables import CAPTIONS, FEATURE_DESCRIPTIONS, TOPIC_SUMMARIES
from saetm_assets.duels.asking import SUMMARY, ask, replies
from saetm_assets.duels.contestants import Contestant
from saetm_assets.step import Step

Show = Literal["words", "summary"]
Said = dict[str, tuple[str, ...]]  # by topic
SHOWN = 10  # words or features of a topic
CAPTIONS_SHOWN = 5


@dataclass(frozen=True)
class Naming:
    """Who names the topics that no stage names, and by whom it is replaced."""

    chat: Chat
    rules: Chat


def speaking(contestant: Contestant) -> list[str]:
    """Return the topics with a word that can be read: others cannot be shown."""
    rows = contestant.topics.select("topic", "words").iter_rows()
    return [topic for topic, words in rows if any(map(readable, words))]


def words_of(view: DatasetView, contestant: Contestant) -> Said:
    """Return the top words of topics, or the descriptions of their top features.

    Topics over features of tokens are features: they are shown as these are described, and by
    their words only where none is.
    """
    words = {
        topic: tuple(filter(None, map(readable, each)))[:SHOWN]
        for topic, each in contestant.topics.select("topic", "words").iter_rows()
    }
    if contestant.source is None:
        return words
    return {**words, **_features(DatasetView(view.lake, contestant.source), contestant)}


def _features(source: DatasetView, contestant: Contestant) -> Said:
    weighed = contestant.topics.lazy().drop_nulls("feature_weights")
    pairs = weighed.select("topic", feature="features", weight="feature_weights").explode(
        "feature", "weight", empty_as_null=False
    )
    described = source.scan(FEATURE_DESCRIPTIONS).select("feature", "description").unique("feature")
    top = pairs.sort("weight", descending=True).group_by("topic", maintain_order=True).head(SHOWN)
    rows = top.join(described, on="feature", maintain_order="left").collect()
    said: dict[str, list[str]] = {}
    for topic, description in rows.select("topic", "description").iter_rows():
        if readable(description):
            said.setdefault(topic, []).append(description)
    return {topic: tuple(each) for topic, each in said.items()}


def summaries_of(
    step: Step, contestant: Contestant, topics: Collection[str], naming: Naming
) -> tuple[Said, str]:
    """Return label and description of topics, and what was in the way of those.

    Args:
        step: at work on the dataset.
        contestant: the topic model.
        topics: those that are shown.
        naming: asked about topics that have no summary yet, with the prompt of all others.
    """
    stored = _stored(step, contestant)
    owed = [topic for topic in topics if topic not in stored]
    questions = {
        topic: build_summary_question(each) for topic, each in _briefs(step, contestant, owed)
    }
    trouble = ask(step, naming.chat, list(questions.values()), SUMMARY)
    known = replies(step)
    for topic, question in questions.items():
        reply = known.get(question_id(question, naming.chat.producer))
        summary = parse_summary(reply or _by_rule(naming.rules, question))
        stored[topic] = (summary.label, summary.description)
    return stored, trouble


def _by_rule(rules: Chat, question: Question) -> str:
    return next(reply for _, reply in rules.answer([question]))


def _stored(step: Step, contestant: Contestant) -> Said:
    if contestant.source is None:
        return {}
    rows = DatasetView(step.lake, contestant.source).scan(TOPIC_SUMMARIES)
    columns = rows.select("topic_id", "label", "description").collect()
    return {topic: (label, description) for topic, label, description in columns.iter_rows()}


def _briefs(
    step: Step, contestant: Contestant, topics: Collection[str]
) -> list[tuple[str, TopicBrief]]:
    rows = contestant.topics.filter(pl.col("topic").is_in(list(topics)))
    captions = _captions(step, contestant, topics)
    told = rows.select("topic", "words", "probabilities").iter_rows()
    return [
        (topic, brief_topic(topic, words, probabilities, captions.get(topic, [])))
        for topic, words, probabilities in told
    ]


def _captions(step: Step, contestant: Contestant, topics: Collection[str]) -> dict[str, list[str]]:
    """Return captions of the items with the largest shares of each topic."""
    wanted = pl.col("topics").is_in(list(topics))
    pairs = contestant.mixtures.explode("topics", "shares", empty_as_null=False).filter(wanted)
    order = ["topics", "shares", "item_id"]
    best = pairs.sort(order, descending=[False, True, False])
    best = best.group_by("topics", maintain_order=True).head(CAPTIONS_SHOWN)
    texts = step.in_service(CAPTIONS).select("item_id", "caption")
    rows = best.join(texts, on="item_id", maintain_order="left").collect()
    found: dict[str, list[str]] = {}
    for topic, caption in rows.select("topics", "caption").iter_rows():
        found.setdefault(topic, []).append(caption)
    return found
