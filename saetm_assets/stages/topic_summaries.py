"""Stage 11: every topic gets a label, a description and a category."""

from dataclasses import asdict, dataclass, fields

import dagster as dg
import polars as pl

from resources.bindings import Chats
from resources.chat import Chat
from saetm.errors import ReplyError
from saetm.prompts.questions import Question, question_id
from saetm.prompts.summaries import TopicBrief, build_summary_question, parse_summary
from saetm.tables import CAPTIONS, REPLIES, TOPIC_SUMMARIES, TOPICS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step

BATCH = 32  # replies per commit
CAPTIONS_SHOWN = 5


@dataclass(frozen=True)
class TopicRow:
    """The columns of a topic that a brief is made of."""

    topic_id: str
    words: list[str]
    probabilities: list[float]
    items: list[str]


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "captions"],
    group_name="topics",
    kinds={"deltalake", "vllm"},
    owners=OWNERS,
    code_version="1",
    pool="gpu",
    metadata={OPTIONS: ["chat"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def topic_summaries(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], chats: Chats
) -> dg.MaterializeResult[None]:
    """One row is the label, description and category of a topic; a label belongs to a node."""
    with desk.open(context) as step:
        chat = chats.open(step.registration.options.chat)
        questions = {brief.topic_id: build_summary_question(brief) for brief in _briefs(step)}
        trouble = _ask(step, chat, questions)
        rules = chats.open("embedded")
        summaries = _summaries(step, chat, rules, questions)
        step.renew(TOPIC_SUMMARIES, summaries)
        return step.close(
            TOPIC_SUMMARIES,
            version_of=("topic_id", "label", "description", "category"),
            metadata={
                "chat": chat.producer,
                "named by the rules": summaries.filter(producer=rules.producer).height,
                "trouble": trouble or "none",
                "labels": _labels(summaries),
            },
        )


def _briefs(step: Step) -> list[TopicBrief]:
    """Put each distinct node of the stored cuts into a brief, with its best captions."""
    topics = step.scan(TOPICS).unique("topic_id", keep="first", maintain_order=True).collect()
    captions = _captions(step, topics)
    columns = [field.name for field in fields(TopicRow)]
    rows = topics.select(columns).rows(named=True)
    return [_brief(TopicRow(**row), captions) for row in rows]


def _labels(summaries: pl.DataFrame) -> dg.MetadataValue:
    """Return the labels as a table; Dagster shows its cells as plain text."""
    columns = ["topic_id", "label", "category", "description"]
    records = [dg.TableRecord(row) for row in summaries.select(columns).head(100).to_dicts()]
    return dg.MetadataValue.table(records)


def _brief(row: TopicRow, captions: dict[str, str]) -> TopicBrief:
    pairs = zip(row.words[:20], row.probabilities[:20], strict=True)
    top = tuple(sorted(pairs, key=lambda pair: -pair[1]))
    shown = [captions[item] for item in row.items[:CAPTIONS_SHOWN] if item in captions]
    return TopicBrief(
        topic_id=row.topic_id,
        words=top,
        specific_words=tuple(row.words[:10]),
        captions=tuple(shown),
    )


def _captions(step: Step, topics: pl.DataFrame) -> dict[str, str]:
    best = topics.lazy().select(item_id=pl.col("items").list.head(CAPTIONS_SHOWN))
    items = best.explode("item_id")
    rows = step.in_service(CAPTIONS).join(items.unique(), on="item_id", how="semi")
    return dict(rows.select("item_id", "caption").collect().iter_rows())


def _ask(step: Step, chat: Chat, questions: dict[str, Question]) -> str:
    """Ask what was never asked; replies are committed as they come, so a crash loses few.

    Returns:
        Why some questions have no reply, or nothing. The rules name their topics until a later
        run gets one: a few bad answers do not keep all the others from being shown.
    """
    ids = {question_id(question, chat.producer): question for question in questions.values()}
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


def _reply_row(question: Question, reply: str, producer: str) -> dict[str, str]:
    return {
        "question_id": question_id(question, producer),
        "producer": producer,
        "prompt": question.prompt,
        "reply": reply,
    }


def _summaries(step: Step, chat: Chat, rules: Chat, questions: dict[str, Question]) -> pl.DataFrame:
    """Read the replies; a topic that the chat did not name is named by the rules."""
    replies = dict(step.scan(REPLIES).select("question_id", "reply").collect().iter_rows())
    rows = []
    for topic_id, question in questions.items():
        key = question_id(question, chat.producer)
        named = chat if key in replies else rules
        reply = replies.get(key) or next(text for _, text in rules.answer([question]))
        summary = asdict(parse_summary(reply))
        rows.append(
            {"topic_id": topic_id, "producer": named.producer, "input_hash": key, **summary}
        )
    return pl.DataFrame(rows)
