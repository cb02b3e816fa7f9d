"""Stage 14: every topic gets a label, a description and a category."""

from dataclasses import asdict, dataclass, fields

import dagster as dg
import polars as pl

from resources.bindings import Chats
from resources.chat import Chat
from saetm.naming import still_named, summary_input
from saetm.options import SAE_TM
from saetm.prompts.questions import Question, question_id
from saetm.prompts.summaries import TopicBrief, brief_topic, build_summary_question, parse_summary
from saetm.tables import CAPTIONS, FEATURE_DESCRIPTIONS, ITEMS, TOPIC_SUMMARIES, TOPICS
from saetm.topics.changes import top
from saetm_assets.automation import RETRY, on_change
from saetm_assets.links import Links
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import MODELS
from saetm_assets.replies import ask, replies
from saetm_assets.step import OPTIONS, STAMPS, Desk, Step

CAPTIONS_SHOWN = 5
SUMMARY = [name for name in TOPIC_SUMMARIES.schema if name not in {"dataset", *STAMPS}]


@dataclass(frozen=True)
class TopicRow:
    """The columns of a topic that a brief is made of."""

    topic_id: str
    words: list[str]
    probabilities: list[float]
    items: list[str]
    features: list[int]


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["topics", "captions", "feature_descriptions"],
    group_name="topics",
    kinds={"deltalake", "vllm"},
    owners=OWNERS,
    code_version="1",
    pool=MODELS,
    metadata={OPTIONS: ["chat", "model"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def topic_summaries(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    chats: Chats,
    links: dg.ResourceParam[Links],
) -> dg.MaterializeResult[None]:
    """One row is the label, description and category of a topic; a label belongs to a node."""
    with desk.open(context) as step:
        chat, rules = chats.open(step.registration.options.chat), chats.open("embedded")
        topics = step.scan(TOPICS).unique("topic_id", keep="first", maintain_order=True).collect()
        kept = _kept(step, topics, chat)
        owed = topics.join(kept, on="topic_id", how="anti", maintain_order="left")
        named = _named(step, owed)
        trouble = ask(step, chat, [topic.question for topic in named])
        summaries = pl.concat([kept, _summaries(step, chat, rules, named)])
        step.renew(TOPIC_SUMMARIES, summaries)
        return step.close(
            TOPIC_SUMMARIES,
            version_of=("topic_id", "label", "description", "category"),
            metadata={
                "chat": chat.producer,
                "named by the rules": summaries.filter(producer=rules.producer).height,
                "kept from before": kept.height,
                "trouble": trouble or "none",
                "explorer": dg.MetadataValue.url(links.page(step.dataset, "topics")),
                "labels": _labels(summaries),
            },
        )


def _kept(step: Step, topics: pl.DataFrame, chat: Chat) -> pl.DataFrame:
    """Return the summaries of topics that keep their words, by who names topics now."""
    stored = step.scan(TOPIC_SUMMARIES).select(SUMMARY).collect()
    shown = stored.lazy().select(item_id="examples").explode("item_id").unique()
    present = step.scan(ITEMS).join(shown, on="item_id", how="semi").select("item_id").collect()
    return still_named(
        stored,
        topics,
        present["item_id"],
        producer=chat.producer,
        captioner=step.ledger("captions").producer,
    )


@dataclass(frozen=True)
class Named:
    """A topic that is to be named, with the question about it."""

    row: TopicRow
    question: Question


def _named(step: Step, topics: pl.DataFrame) -> list[Named]:
    """Put each topic into a question, with its best captions."""
    captions, meanings = _captions(step, topics), _meanings(step)
    columns = [field.name for field in fields(TopicRow)]
    rows = [TopicRow(**row) for row in topics.select(columns).rows(named=True)]
    briefs = [_brief(row, captions, meanings) for row in rows]
    return [
        Named(row, build_summary_question(brief)) for row, brief in zip(rows, briefs, strict=True)
    ]


def _labels(summaries: pl.DataFrame) -> dg.MetadataValue:
    """Return the labels as a table; Dagster shows its cells as plain text."""
    columns = ["topic_id", "label", "category", "description"]
    records = [dg.TableRecord(row) for row in summaries.select(columns).head(100).to_dicts()]
    return dg.MetadataValue.table(records)


def _brief(row: TopicRow, captions: dict[str, str], meanings: dict[int, str]) -> TopicBrief:
    shown = [captions[item] for item in row.items[:CAPTIONS_SHOWN] if item in captions]
    told = [meanings[each] for each in row.features if each in meanings]
    return brief_topic(row.topic_id, row.words, row.probabilities, shown, told)


def _meanings(step: Step) -> dict[int, str]:
    """Return what features are said to mean; nothing where they are of whole items."""
    if step.registration.options.model == SAE_TM:
        return {}
    described = step.scan(FEATURE_DESCRIPTIONS).select("feature", "description")
    return dict(described.collect().iter_rows())


def _captions(step: Step, topics: pl.DataFrame) -> dict[str, str]:
    best = topics.lazy().select(item_id=pl.col("items").list.head(CAPTIONS_SHOWN))
    items = best.explode("item_id")
    rows = step.in_service(CAPTIONS).join(items.unique(), on="item_id", how="semi")
    return dict(rows.select("item_id", "caption").collect().iter_rows())


def _summaries(step: Step, chat: Chat, rules: Chat, topics: list[Named]) -> pl.DataFrame:
    """Read the replies; a topic that the chat did not name is named by the rules."""
    known = replies(step)
    captioner = step.ledger("captions").producer
    rows = []
    for topic in topics:
        row, question = topic.row, topic.question
        key = question_id(question, chat.producer)
        by = chat if key in known else rules
        reply = known.get(key) or next(text for _, text in rules.answer([question]))
        rows.append(
            {
                "topic_id": row.topic_id,
                "producer": by.producer,
                "input_hash": summary_input(row.words, captioner),
                "question_id": key,
                "words": top(row.words),
                "examples": row.items[:CAPTIONS_SHOWN],
                **asdict(parse_summary(reply)),
            }
        )
    schema = {name: TOPIC_SUMMARIES.schema[name] for name in SUMMARY}
    return pl.DataFrame(rows, schema=schema)
