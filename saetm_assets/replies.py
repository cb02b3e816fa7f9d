"""Questions to a language model, each asked once: replies are rows, whoever asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from resources.chat import Chat
from saetm.errors import ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.tables import REPLIES, Table
from saetm_assets.step import Step


@dataclass(frozen=True)
class Shelf:
    """Where replies are kept."""

    table: Table
    batch: int  # replies per commit
    more: Callable[[str], Mapping[str, str]] = lambda _question_id: {}  # further columns


NAMES = Shelf(REPLIES, 32)


def ask(step: Step, chat: Chat, questions: Sequence[Question], shelf: Shelf = NAMES) -> str:
    """Ask what was never asked; replies are committed as they come, so a crash loses few.

    Returns:
        Why some questions have no reply, or nothing. A later run asks them again: a few bad
        answers do not keep all the others from being used.

    Raises:
        InputError: whoever is asked is out of reach; what was answered until then is kept.
    """
    ids = {question_id(question, chat.producer): question for question in questions}
    known = set(step.scan(shelf.table).select("question_id").collect()["question_id"])
    owed = {key: question for key, question in ids.items() if key not in known}
    rows: list[dict[str, str]] = []
    trouble = ""
    with step.bar(len(owed)) as advance:
        try:
            for question, reply in chat.answer(list(owed.values())):
                rows.append(_row(question, reply, chat.producer, shelf))
                advance(1)
                if len(rows) == shelf.batch:
                    step.append(shelf.table, pl.DataFrame(rows))
                    rows.clear()
        except ReplyError as error:
            trouble = str(error)
        finally:
            if rows:
                step.append(shelf.table, pl.DataFrame(rows))
    return trouble


def replies(step: Step, table: Table = REPLIES) -> dict[str, str]:
    """Return all replies that the dataset has, by the id of their question."""
    return dict(step.scan(table).select("question_id", "reply").collect().iter_rows())


def _row(question: Question, reply: str, producer: str, shelf: Shelf) -> dict[str, str]:
    key = question_id(question, producer)
    own = {"question_id": key, "producer": producer, "prompt": question.prompt, "reply": reply}
    return own | dict(shelf.more(key))
