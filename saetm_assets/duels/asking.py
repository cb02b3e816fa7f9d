"""Whoever answers at work on duels: one that goes away leaves what was answered."""

from collections.abc import Sequence
from typing import Final

from resources.chat import Chat
from saetm.errors import InputError
from saetm.prompts.questions import Question
from saetm.tables import DUEL_REPLIES
from saetm_assets import replies as asking
from saetm_assets.step import Step

BATCH = 64  # replies per commit
DUEL: Final = "duel"
SUMMARY: Final = "summary"


def ask(step: Step, chat: Chat, questions: Sequence[Question], purpose: str) -> str:
    """Ask what was never asked.

    Args:
        step: at work on the dataset.
        chat: who is asked.
        questions: what is asked; each once.
        purpose: DUEL or SUMMARY.

    Returns:
        Why some questions have no reply, or nothing. The next run asks them again.
    """
    shelf = asking.Shelf(DUEL_REPLIES, BATCH, lambda _key: {"purpose": purpose})
    try:
        return asking.ask(step, chat, questions, shelf)
    except InputError as error:
        return str(error)


def replies(step: Step) -> dict[str, str]:
    """Return all replies that are kept, by the id of their question."""
    return asking.replies(step, DUEL_REPLIES)
