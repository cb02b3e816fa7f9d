"""The door to whoever names topics and judges them: a language model, or rules.

A reply is a row keyed by the hash of its question, whoever wrote it. So the embedded rules, which
use no language model, answer the same questions in the same form as a model server does.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Protocol

from resources.asking import Asking
from resources.model_server import ModelServer
from resources.serving import FORMS, Serving, open_server
from saetm.errors import ContractError, InputError, ReplyError
from saetm.prompts.questions import PROMPTS_VERSION, Question
from saetm.prompts.rules import describe
from saetm.prompts.summaries import Category, brief_of, write_summary

RULES_VERSION = 1  # raised with every change of the rules, so that a row's producer tells

CategoryOf = Callable[[Sequence[str]], Category | None]


class Chat(Protocol):
    """Whoever answers questions."""

    @property
    def producer(self) -> str:
        """Who answers, as a row records it: model, revision, sampling, prompt version."""
        ...

    def answer(self, questions: Sequence[Question]) -> Generator[tuple[Question, str], None, None]:
        """Answer each question once, in any order.

        Yields:
            A question with its reply as soon as it is there, so that the caller can keep replies
            in batches: what was yielded is never asked again.

        A reply that the question cannot parse is never yielded.

        Raises:
            ReplyError: some questions got no usable reply; raised after all others were yielded.
            InputError: nobody is there to answer; raised after what was under way.
        """
        ...


class EmbeddedChat:
    """Answers summary questions by rule, with no language model and nothing to download."""

    def __init__(self, category_of: CategoryOf, *, categories: str = "wordnet") -> None:
        """Take the rule for categories.

        Args:
            category_of: tells from a topic's words, most probable first, whether it is concrete
                or abstract, or None where it cannot; such a topic counts as concrete.
            categories: name of that rule for the producer.
        """
        self._category_of = category_of
        self.producer = (
            f"embedded-rules@{RULES_VERSION} (no language model; "
            f"categories from {categories}, concrete where it cannot tell)"
        )

    def answer(self, questions: Sequence[Question]) -> Generator[tuple[Question, str], None, None]:
        """Answer each question by `saetm.prompts.rules.describe`; see `Chat.answer`."""
        failures: list[ReplyError] = []
        for question in questions:
            try:
                reply = self._reply(question)
            except ReplyError as error:
                failures.append(error)
            else:
                yield question, reply
        _raise_first(failures, asked=len(questions))

    def _reply(self, question: Question) -> str:
        try:
            brief = brief_of(question)
        except ContractError:
            raise ReplyError(
                "the embedded rules summarise topics and answer nothing else; set a language model"
            ) from None
        category = self._category_of([word for word, _ in brief.words]) or "concrete"
        return write_summary(describe(brief, category))


class OpenAIChat:
    """Answers by a language model behind an OpenAI-compatible server."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self.producer = f"{server.producer}, prompts@{PROMPTS_VERSION}"

    def answer(self, questions: Sequence[Question]) -> Generator[tuple[Question, str], None, None]:
        """Answer the questions, several at a time; see `Chat.answer`.

        A reply is yielded as the model wrote it, once it is known to be readable.
        """
        failures: list[ReplyError] = []
        with closing(self._server.each(questions, _reply)) as answers:
            for question, reply in answers:
                if isinstance(reply, ReplyError):
                    failures.append(reply)
                else:
                    yield question, reply
        _raise_first(failures, asked=len(questions))


def open_chat(
    name: str,
    *,
    category_of: CategoryOf,
    categories: str = "wordnet",
    serving: Serving | None = None,
) -> Chat:
    """Open a chat by its name.

    Args:
        name: "embedded", or a language model as `resources.serving.open_server` reads it.
        category_of: the embedded chat's rule for categories.
        categories: name of that rule, for the producer.
        serving: how models are reached.

    Raises:
        InputError: there is no chat of this name, or its server has no address.
    """
    if name == "embedded":
        return EmbeddedChat(category_of, categories=categories)
    server = open_server(name, serving or Serving())
    if server is None:
        raise InputError(f"there is no chat {name!r}; use 'embedded', {FORMS}")
    return OpenAIChat(server)


async def _reply(asking: Asking, question: Question) -> str:
    reply = await asking.ask(question.prompt, question.schema)
    question.parse(reply)
    return reply


def _raise_first(failures: Sequence[ReplyError], *, asked: int) -> None:
    if failures:
        raise ReplyError(
            f"{len(failures)} of {asked} questions got no usable reply; the first: {failures[0]}"
        )
