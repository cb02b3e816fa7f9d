"""Questions to a language model, each asked once: replies are rows, whoever asks."""

import polars as pl

from resources.chat import Chat
from saetm.errors import ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.tables import REPLIES
from saetm_assets.step import Step

BATCH = 32  # replies per commit


def ask(step: Step, chat: Chat, questions: list[Question]) -> str:
    """Ask what was never asked; replies are committed as they come, so a crash loses few.

    Returns:
        Why some questions have no reply, or nothing. The rules answer them until a later run gets
        one: a few bad answers do not keep all the others from being shown.
    """
    ids = {question_id(question, chat.producer): question for question in questions}
    known = set(step.scan(REPLIES).select("question_id").collect()["question_id"])
    owed = {key: question for key, question in ids.items() if key not in known}
    rows: list[dict[str, str]] = []
    trouble = ""
    with step.bar(len(owed)) as advance:
        try:
            for question, reply in chat.answer(list(owed.values())):
                rows.append(_reply_row(question, reply, chat.producer))
                advance(1)
                if len(rows) == BATCH:
                    step.append(REPLIES, pl.DataFrame(rows))
                    rows.clear()
        except ReplyError as error:
            trouble = str(error)
        finally:
            if rows:
                step.append(REPLIES, pl.DataFrame(rows))
    return trouble


def replies(step: Step) -> dict[str, str]:
    """Return all replies that the dataset has, by the id of their question."""
    return dict(step.scan(REPLIES).select("question_id", "reply").collect().iter_rows())


def _reply_row(question: Question, reply: str, producer: str) -> dict[str, str]:
    return {
        "question_id": question_id(question, producer),
        "producer": producer,
        "prompt": question.prompt,
        "reply": reply,
    }
