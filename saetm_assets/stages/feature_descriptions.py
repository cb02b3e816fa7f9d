"""Stage 9: what features of tokens mean, and which of them topics are made of."""

from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from resources.bindings import Chats, Lexicons
from resources.chat import Chat
from resources.token_features import token_features
from saetm.prompts.questions import Question, question_id
from saetm.tables import FEATURE_DESCRIPTIONS
from saetm.tokens.filters import VERDICT
from saetm_assets.automation import RETRY, on_change
from saetm_assets.feature_words import feature_words, item_shares
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import MODELS
from saetm_assets.relay import relay
from saetm_assets.replies import ask, replies
from saetm_assets.step import OPTIONS, Desk, Step

if TYPE_CHECKING:
    from saetm.tokens.contexts import Context

EMBEDDED, RULE, PUBLISHER = "embedded", "rule", "publisher"
READ = ("feature", "density", "description", "description_source")
CONTEXTS = ("contexts", "context_starts", "context_tokens", "context_activations")


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["feature_counts", "token_autoencoder", "bags", "vocabulary"],
    group_name="tokens",
    kinds={"deltalake", "polars"},
    owners=OWNERS,
    code_version="1",
    pool=MODELS,
    metadata={
        OPTIONS: [
            "chat",
            *(f"tokens.{name}" for name in ("max_density", "max_document_share", "drop")),
        ]
    },
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def feature_descriptions(
    context: dg.AssetExecutionContext,
    desk: dg.ResourceParam[Desk],
    chats: Chats,
    lexicons: Lexicons,
) -> dg.MaterializeResult[None]:
    """One row is a feature of tokens with its meaning, and why it is left out if it is."""
    with desk.open(context) as step:
        if step.union is not None:
            return relay(step, step.union, FEATURE_DESCRIPTIONS)
        trouble = ""
        if step.registration.options.tokens.is_off:
            step.renew(FEATURE_DESCRIPTIONS, FEATURE_DESCRIPTIONS.empty())
        elif step.owes(FEATURE_DESCRIPTIONS) or _waits_for_answers(step):
            trouble = _describe(step, chats, lexicons.open().stop_words)
        return step.close(
            FEATURE_DESCRIPTIONS,
            version_of=("feature", "description", "is_kept"),
            metadata={"left out": _left_out(step), "trouble": trouble or "none"},
        )


def _waits_for_answers(step: Step) -> bool:
    """Tell whether a language model was asked about features, and has not answered about some."""
    if step.registration.options.chat == EMBEDDED:
        return False
    rows = step.scan(FEATURE_DESCRIPTIONS).filter(
        pl.col("question_id").is_null(), pl.col("reason").is_null() | (pl.col("reason") == VERDICT)
    )
    return not rows.head(1).collect().is_empty()


def _describe(step: Step, chats: Chats, stop_words: frozenset[str]) -> str:
    """Write the descriptions; return why some are by rule although a model was asked."""
    from saetm.tokens.filters import numeric_reasons, with_reasons

    config, chat = step.registration.options.tokens, step.registration.options.chat
    features = token_features(step).select(*READ, *CONTEXTS)
    shares = item_shares(step, features.height)
    measured = numeric_reasons(features.with_columns(shares, feature_words(step)), config)
    contexts = [_contexts(row) for row in measured.select(CONTEXTS).rows(named=True)]
    described = _by_rule(measured, contexts, stop_words)
    trouble = ""
    if chat != EMBEDDED:
        described, trouble = _by_chat(step, chats.open(chat), described, contexts)
    step.renew(FEATURE_DESCRIPTIONS, with_reasons(described, config))
    return trouble


def _by_rule(
    features: pl.DataFrame, contexts: "list[list[Context]]", stop_words: frozenset[str]
) -> pl.DataFrame:
    """Add description, source, verdict and question_id; a publisher's description stays."""
    from saetm.tokens.rules import describe_feature, verdict_by_rule

    words = features["words"].to_list()
    said = [describe_feature(*each) for each in zip(contexts, words, strict=True)]
    verdicts = [verdict_by_rule(each, stop_words) for each in contexts]
    is_published = pl.col("description").is_not_null()
    return features.with_columns(
        description=pl.col("description").fill_null(pl.Series(said, dtype=pl.String)),
        source=pl.when(is_published).then(pl.lit(PUBLISHER)).otherwise(pl.lit(RULE)),
        verdict=pl.Series(verdicts, dtype=pl.String),
        question_id=pl.lit(None, dtype=pl.String),
    )


def _by_chat(
    step: Step, chat: Chat, features: pl.DataFrame, contexts: "list[list[Context]]"
) -> tuple[pl.DataFrame, str]:
    """Put what a language model says over what the rules say, where it answered.

    Features that are left out by what is counted are not asked about.
    """
    rows = features.rows(named=True)
    questions = {
        row["feature"]: _question(row, near)
        for row, near in zip(rows, contexts, strict=True)
        if row["reason"] is None
    }
    trouble = ask(step, chat, list(questions.values()))
    known = replies(step)
    said = []
    for row in rows:
        asked = questions.get(row["feature"])
        key = question_id(asked, chat.producer) if asked is not None else ""
        said.append(_read(row, key, known.get(key), chat.producer))
    return pl.DataFrame(said, schema=features.schema), trouble


def _question(row: dict[str, str], near: "list[Context]") -> Question:
    from saetm.tokens.questions import build_feature_question

    published = row["description"] if row["source"] == PUBLISHER else None
    return build_feature_question(near, row["words"], published)


def _read(
    row: dict[str, str | None], key: str, reply: str | None, producer: str
) -> dict[str, str | None]:
    """Take description and verdict from a reply; a publisher's description stays."""
    from saetm.tokens.questions import parse_reading

    if reply is None:
        return row
    reading = parse_reading(reply)
    judged = {**row, "verdict": reading.verdict, "question_id": key}
    if row["source"] == PUBLISHER:
        return judged
    return {**judged, "description": reading.description, "source": producer}


def _contexts(row: dict[str, list[str]]) -> "list[Context]":
    from saetm.tokens.contexts import Context

    return [Context(*each) for each in zip(*(row[name] for name in CONTEXTS), strict=True)]


def _left_out(step: Step) -> str:
    counts = step.scan(FEATURE_DESCRIPTIONS).group_by("reason").len().sort("len").collect()
    return ", ".join(f"{reason or 'kept'} {count}" for reason, count in counts.iter_rows())
