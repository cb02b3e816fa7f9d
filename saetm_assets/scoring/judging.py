"""Judges at work: what was never asked is asked, and every answer is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from resources.bindings import Judges
from resources.chat import Chat
from saetm.errors import InputError
from saetm.prompts.questions import question_id
from saetm.tables import JUDGEMENTS
from saetm_assets.replies import Shelf, ask
from saetm_assets.step import Step

if TYPE_CHECKING:
    from saetm.scoring.judged import Asked

BATCH = 256  # replies per commit


@dataclass
class Bench:
    """A judge, and what is in its way."""

    judge: Chat | None
    trouble: str = ""  # why questions have no reply
    is_away: bool = False  # so that everything is to be asked again

    @property
    def producer(self) -> str:
        """Who judges, as rows record it."""
        return self.judge.producer if self.judge else "none"


def open_bench(judges: Judges, name: str) -> Bench:
    """Open the judge of this name; one that cannot be opened hinders no other score."""
    try:
        return Bench(judges.open(name))
    except InputError as error:
        return Bench(None, trouble=str(error), is_away=True)


def judgements(step: Step, bench: Bench, asked: "Sequence[Asked]") -> dict[str, str]:
    """Return the replies to some questions by their ids, after asking what was never asked."""
    if bench.judge is None:
        return {}
    _ask(step, bench, bench.judge, asked)
    return _replies(step, bench.judge, asked)


def _ask(step: Step, bench: Bench, judge: Chat, asked: "Sequence[Asked]") -> None:
    """Ask the judge what was never asked; one that is out of reach hinders no other score."""
    metrics = {question_id(each.question, judge.producer): each.metric for each in asked}
    shelf = Shelf(JUDGEMENTS, BATCH, lambda key: {"metric": metrics[key]})
    try:
        bench.trouble = ask(step, judge, [each.question for each in asked], shelf)
    except InputError as error:
        bench.trouble, bench.is_away = str(error), True


def _replies(step: Step, judge: Chat, asked: "Sequence[Asked]") -> dict[str, str]:
    ids = pl.LazyFrame(
        {"question_id": [question_id(each.question, judge.producer) for each in asked]},
        schema={"question_id": pl.String},
    )
    rows = step.scan(JUDGEMENTS).select("question_id", "reply")
    return dict(rows.join(ids.unique(), on="question_id", how="semi").collect().iter_rows())
