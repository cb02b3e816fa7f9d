"""A question to a language model, and the id under which its reply is kept."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"

PROMPTS_VERSION = 1  # raised with every change of wording, so that a row's producer tells


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt with the form of its answer.

    A language model sees `prompt` and `schema`. `facts` is the same material as values, for
    answers by rule and for leading a reply back to its topic; what it holds beyond the prompt
    must not change an answer, since the reply is kept under an id without it. Whoever answers
    calls `parse` before handing a reply on, so that no reply is kept that cannot be read.
    """

    prompt: str  # what the model reads
    schema: dict[str, JSON]  # JSON schema of the answer, an object
    facts: dict[str, JSON]  # the material behind the prompt
    parse: Callable[[str], object]  # reads a reply, or raises ReplyError


def question_id(question: Question, producer: str) -> str:
    """Return the key of a question's reply: the same question to the same producer, the same id.

    Args:
        question: what is asked; its facts and parser do not enter.
        producer: who answers: model, revision, sampling.

    Returns:
        32 hexadecimal digits (BLAKE2b, 16 bytes) over prompt, schema and producer. The parts are
        joined as a JSON array, so that no text can move from one part into another.
    """
    parts = json.dumps([question.prompt, question.schema, producer], sort_keys=True)
    return hashlib.blake2b(parts.encode("ascii"), digest_size=16).hexdigest()
