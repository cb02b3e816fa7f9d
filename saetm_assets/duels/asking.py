"""Whoever answers at work: what was never asked is asked, and every answer is kept."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from resources.chat import Chat
from saetm.errors import InputError, ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.tables import DUEL_REPLIES
from saetm_assets.step import Step

BATCH = 64  # replies per commit
DUEL: Final = "duel"
SUMMARY: Final = "summary"


def ask(step: Step, chat: Chat, questions: Sequence[Question], purpose: str) -> str:
    """Ask what was never asked; replies are committed as they come, so that a crash loses few.

    Args:
        step: at work on the dataset.
        chat: who is asked.
        questions: what is asked; each once.
        purpose: DUEL or SUMMARY.

    Returns:
        Why some questions have no reply, or nothing. The next run asks them again.
    """
    known = replies(step)
    keyed = {question_id(question, chat.producer): question for question in questions}
    owed = [question for key, question in keyed.items() if key not in known]
    rows: list[dict[str, str]] = []
    try:
        with step.bar(len(owed)) as advance:
            for question, reply in chat.answer(owed):
                rows.append(_row(question, reply, chat.producer, purpose))
                advance(1)
                if len(rows) == BATCH:
                    step.append(DUEL_REPLIES, pl.DataFrame(rows))
                    rows.clear()
    except (InputError, ReplyError) as error:
        return str(error)
    finally:
        if rows:
            step.append(DUEL_REPLIES, pl.DataFrame(rows))
    return ""


def replies(step: Step) -> dict[str, str]:
    """Return all replies that are kept, by the id of their question."""
    rows = step.scan(DUEL_REPLIES).select("question_id", "reply").collect()
    return dict(rows.iter_rows())


def _row(question: Question, reply: str, producer: str, purpose: str) -> dict[str, str]:
    return {
        "question_id": question_id(question, producer),
        "producer": producer,
        "purpose": purpose,
        "prompt": question.prompt,
        "reply": reply,
    }
