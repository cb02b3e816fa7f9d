"""A judge that goes through all duels: its answers, its ratings, and what was in its way."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from resources.bindings import Encoders, Judges
from resources.chat import Chat
from resources.embedded_duels import EmbeddedDuelJudge
from saetm.errors import ContractError, InputError
from saetm.judging.ratings import Rating, rate
from saetm.tables import Table
from saetm_assets.duels.asking import DUEL, ask, replies
from saetm_assets.duels.tournament import Bout, Meeting, answered, bouts, duel_rows, rating_rows
from saetm_assets.step import STAMPS, Step

EMBEDDED = "embedded"


@dataclass(frozen=True)
class Bench:
    """A judge and the name that it was asked for by."""

    name: str
    judge: Chat


@dataclass(frozen=True)
class Entered:
    """What is entered for the duels, whoever judges them."""

    sources: dict[str, str | None]  # by model the dataset whose topics they are
    passed_over: dict[str, int]  # by model, items of which it says nothing
    topic_count: int
    show: str
    seed: int


@dataclass(frozen=True)
class Round:
    """What came of one judge."""

    name: str
    producer: str
    duels: pl.DataFrame  # rows of DUELS
    ratings: pl.DataFrame  # rows of DUEL_RATINGS; none where models cannot be rated
    trouble: str  # what was in the way; empty where nothing was


def open_bench(name: str, encoders: Encoders, judges: Judges) -> Bench:
    """Open the judge of this name.

    Raises:
        InputError: there is no such judge, or nobody is to judge.
    """
    if name == EMBEDDED:
        return Bench(name, EmbeddedDuelJudge(encoders.open("minilm")))
    judge = judges.open(name)
    if judge is None:
        raise InputError("nobody is to judge: name a judge, such as embedded or openai:MODEL")
    return Bench(name, judge)


def play(step: Step, bench: Bench, asked: Sequence[Meeting], entered: Entered) -> Round:
    """Ask a judge about all duels that it never answered, and rate the models by all answers."""
    producer = bench.judge.producer
    trouble = ask(step, bench.judge, [each.question for each in asked], DUEL)
    fought = bouts(asked, producer, replies(step))
    where: dict[str, str | int] = {
        "topic_count": entered.topic_count,
        "show": entered.show,
        "judge": bench.name,
        "producer": producer,
    }
    ratings, unrated = _rated(entered, fought)
    rows = rating_rows(ratings, fought, (entered.sources, entered.passed_over), where)
    told = " ".join(filter(None, (_unanswered(fought), trouble, unrated)))
    return Round(bench.name, producer, duel_rows(fought, where), rows, told)


def beside(step: Step, table: Table, rounds: Sequence[Round]) -> pl.DataFrame:
    """Return the rows of a table that stay: by others, at other numbers or shown otherwise."""
    asked = pl.concat([each.duels for each in rounds]).lazy()
    columns = [name for name in table.schema if name not in {"dataset", *STAMPS}]
    rows = step.scan(table).select(columns)
    return rows.join(asked, on=["topic_count", "show", "judge"], how="anti").collect()


def _rated(entered: Entered, fought: Sequence[Bout]) -> tuple[list[Rating], str]:
    """Rate the models; where answers do not link them, say so."""
    try:
        return rate(sorted(entered.sources), list(answered(fought)), seed=entered.seed), ""
    except ContractError as error:
        return [], f"{error}."


def _unanswered(fought: Sequence[Bout]) -> str:
    silent = sum(each.answer is None for each in fought)
    if not silent:
        return ""
    return (
        f"{silent} of {len(fought)} duels have no answer, so ratings are over the others; the "
        "next run asks again."
    )
