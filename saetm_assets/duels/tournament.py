"""Models that meet over items: what is asked about each duel, and what comes of the answers."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import polars as pl

from resources.view import DatasetView
from saetm.judging.duels import Drawn, Duel, draw_duels
from saetm.judging.ratings import Rating
from saetm.judging.top_topics import top_topics
from saetm.prompts.duels import (
    LONGEST_ITEM,
    Answer,
    SaidTopic,
    build_duel_question,
    parse_verdict,
)
from saetm.prompts.questions import Question, question_id
from saetm.tables import CAPTIONS, DUEL_RATINGS, DUELS
from saetm_assets.duels.contestants import Contestant
from saetm_assets.duels.said import Said, speaking
from saetm_assets.step import STAMPS

Tops = dict[str, list[tuple[str, float]]]  # by item: top topics with their shares
READABLE = r"[\p{L}\p{N}]"
HEAD = LONGEST_ITEM - 1  # characters of an item of which a judge surely sees what can be seen


@dataclass(frozen=True)
class Rules:
    """How models meet."""

    items: int  # duels of a pair, at most
    mass: float  # share of an item that its top topics reach
    most: int  # topics that are shown of a model
    seed: int


@dataclass(frozen=True)
class Meeting:
    """A duel with what is asked about it."""

    duel: Duel
    topics: tuple[list[str], list[str]]  # shown of the first and of the second
    question: Question


@dataclass(frozen=True)
class Bout:
    """A duel with its question and the answer of a judge."""

    meeting: Meeting
    question_id: str
    answer: Answer | None  # None while there is none


@dataclass(frozen=True)
class Field:
    """Who meets whom over which items."""

    drawn: Drawn
    tops: dict[str, Tops]  # by model, of the items that are met over
    texts: dict[str, str]  # of these items

    def shown(self, model: str) -> set[str]:
        """Return the topics of a model that are shown in some duel."""
        met = {each.item_id for each in self.drawn.duels if model in (each.first, each.second)}
        return {topic for item in met for topic, _ in self.tops[model][item]}


def draw_field(view: DatasetView, contestants: Sequence[Contestant], rules: Rules) -> Field:
    """Draw the duels, and read what they are about."""
    captions = view.in_service(CAPTIONS).select("item_id", "caption")
    can_be_read = captions.filter(
        pl.col("caption").str.slice(0, HEAD).str.contains(READABLE)
    ).select("item_id")
    said = {each.model: _items(each) for each in contestants}
    drawn = draw_duels(can_be_read.collect()["item_id"], said, items=rules.items, seed=rules.seed)
    met = pl.LazyFrame(
        {"item_id": sorted({duel.item_id for duel in drawn.duels})}, schema={"item_id": pl.String}
    )
    tops = {each.model: _tops(each, met, rules) for each in contestants}
    texts = dict(captions.join(met, on="item_id", how="semi").collect().iter_rows())
    return Field(drawn, tops, texts)


def _items(contestant: Contestant) -> AbstractSet[str]:
    """Return the items of which a model says something that can be shown."""
    says = (pl.col("shares").list.first() > 0) & pl.col("topics").list.first().is_in(
        speaking(contestant)
    )
    return set(contestant.mixtures.filter(says).select("item_id").collect()["item_id"])


def _tops(contestant: Contestant, met: pl.LazyFrame, rules: Rules) -> Tops:
    rows = contestant.mixtures.join(met, on="item_id", how="semi").collect()
    return {
        item: top_topics(topics, shares, mass=rules.mass, most=rules.most)
        for item, topics, shares in rows.select("item_id", "topics", "shares").iter_rows()
    }


def meetings(field: Field, said: Mapping[str, Said]) -> list[Meeting]:
    """Put every duel into a question.

    Args:
        field: the duels.
        said: by model, what is shown of each topic.
    """
    return [_meeting(field, said, duel) for duel in field.drawn.duels]


def _meeting(field: Field, said: Mapping[str, Said], duel: Duel) -> Meeting:
    tops = [field.tops[model][duel.item_id] for model in (duel.first, duel.second)]
    shown = [
        [SaidTopic(share, said[model].get(topic, ())) for topic, share in top]
        for model, top in zip((duel.first, duel.second), tops, strict=True)
    ]
    first, second = ([topic for topic, _ in top] for top in tops)
    question = build_duel_question(field.texts[duel.item_id], *shown)
    return Meeting(duel, (first, second), question)


def bouts(asked: Sequence[Meeting], producer: str, known: Mapping[str, str]) -> list[Bout]:
    """Lead replies back to their duels.

    Args:
        asked: the duels.
        producer: who judges.
        known: replies by the id of their question.
    """
    found = []
    for meeting in asked:
        key = question_id(meeting.question, producer)
        answer = parse_verdict(known[key]).answer if key in known else None
        found.append(Bout(meeting, key, answer))
    return found


def duel_rows(fought: Sequence[Bout], where: Mapping[str, str | int]) -> pl.DataFrame:
    """Return rows of DUELS, without stamps.

    Args:
        fought: duels with their answers.
        where: number of topics, what was shown, and who judged.
    """
    rows = [
        {
            **where,
            "item_id": each.meeting.duel.item_id,
            "first": each.meeting.duel.first,
            "second": each.meeting.duel.second,
            "first_topics": each.meeting.topics[0],
            "second_topics": each.meeting.topics[1],
            "question_id": each.question_id,
            "answer": each.answer,
        }
        for each in fought
    ]
    return pl.DataFrame(rows, schema=_content(DUELS.schema))


def rating_rows(
    ratings: Sequence[Rating],
    fought: Sequence[Bout],
    of_models: tuple[Mapping[str, str | None], Mapping[str, int]],
    where: Mapping[str, str | int],
) -> pl.DataFrame:
    """Return rows of DUEL_RATINGS, without stamps.

    Args:
        ratings: of the models.
        fought: their duels.
        of_models: by model the dataset whose topics they are, and how many items were passed over.
        where: number of topics, what was shown, and who judged.
    """
    sources, passed_over = of_models
    rows = [
        {
            **where,
            "model": each.model,
            "source": sources[each.model],
            "elo": each.elo.value,
            "low": each.elo.low,
            "high": each.elo.high,
            "strength": each.strength,
            "wins": each.wins,
            "ties": each.ties,
            "losses": each.losses,
            "unanswered": sum(_is_open(bout, each.model) for bout in fought),
            "passed_over": passed_over[each.model],
        }
        for each in ratings
    ]
    return pl.DataFrame(rows, schema=_content(DUEL_RATINGS.schema))


def answered(fought: Sequence[Bout]) -> Iterator[tuple[Duel, Answer]]:
    """Yield the duels that have an answer."""
    for each in fought:
        if each.answer is not None:
            yield each.meeting.duel, each.answer


def _is_open(bout: Bout, model: str) -> bool:
    duel = bout.meeting.duel
    return bout.answer is None and model in (duel.first, duel.second)


def _content(schema: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    return {name: kind for name, kind in schema.items() if name not in {"dataset", *STAMPS}}
