"""Judges at work: what was never asked is asked, and every answer is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from resources.bindings import Judges
from resources.chat import Chat
from saetm.errors import InputError, ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.tables import JUDGEMENTS
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
    """Ask the judge what was never asked; replies are committed as they come."""
    known = set(step.scan(JUDGEMENTS).select("question_id").collect()["question_id"])
    keyed = {question_id(each.question, judge.producer): each for each in asked}
    owed = [each for key, each in keyed.items() if key not in known]
    rows: list[dict[str, str]] = []
    with step.bar(len(owed)) as advance:
        try:
            for question, reply in judge.answer([each.question for each in owed]):
                rows.append(_row(keyed, judge, question, reply))
                advance(1)
                if len(rows) == BATCH:
                    step.append(JUDGEMENTS, pl.DataFrame(rows))
                    rows.clear()
        except (InputError, ReplyError) as error:
            bench.trouble, bench.is_away = str(error), isinstance(error, InputError)
        finally:
            if rows:
                step.append(JUDGEMENTS, pl.DataFrame(rows))


def _row(keyed: "dict[str, Asked]", judge: Chat, question: Question, reply: str) -> dict[str, str]:
    key = question_id(question, judge.producer)
    return {
        "question_id": key,
        "producer": judge.producer,
        "metric": keyed[key].metric,
        "prompt": question.prompt,
        "reply": reply,
    }


def _replies(step: Step, judge: Chat, asked: "Sequence[Asked]") -> dict[str, str]:
    ids = pl.LazyFrame(
        {"question_id": [question_id(each.question, judge.producer) for each in asked]},
        schema={"question_id": pl.String},
    )
    rows = step.scan(JUDGEMENTS).select("question_id", "reply")
    return dict(rows.join(ids.unique(), on="question_id", how="semi").collect().iter_rows())
