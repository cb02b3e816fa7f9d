"""Topic models compared in pairs: who met over what, what judges answered, and the ratings."""

import polars as pl

from saetm.tables.columns import CREATED, DATASET, ITEM, RUN, float64, int32, listed, text
from saetm.tables.contract import Table

_COUNT = int32("topic_count", "K: how many topics every model was asked for")
_SHOW = text("show", "what a judge was shown of a topic: words (or features), or summary")
_JUDGE = text("judge", "who judged, as it was asked for: embedded, openai:MODEL or vllm:MODEL")
_PRODUCER = text("producer", "judge, revision and version of the prompts")

DUELS = Table(
    "duels",
    "topic_duels",
    "two topic models that met over an item, and what a judge said",
    ("dataset", "topic_count", "show", "judge", "item_id", "first", "second"),
    (
        DATASET,
        _COUNT,
        _SHOW,
        _JUDGE,
        ITEM,
        text("first", "topic model that was shown as A"),
        text("second", "topic model that was shown as B"),
        listed("first_topics", pl.String(), "topics shown of A, largest first"),
        listed("second_topics", pl.String(), "topics shown of B, largest first"),
        text("question_id", "question that was asked, and under which its reply is kept"),
        text("answer", "A, B or tie; null while there is none", nullable=True),
        _PRODUCER,
        RUN,
        CREATED,
    ),
)

DUEL_REPLIES = Table(
    "duel_replies",
    "topic_duels",
    "an answer about two models, or about a topic of a rival: cache and audit trail at once",
    ("dataset", "question_id"),
    (
        DATASET,
        text("question_id", "hash of prompt, schema and producer"),
        text("producer", "who answered: model, revision and version of the prompts"),
        text("purpose", "duel, or summary of a topic that no stage names"),
        text("prompt", "what was asked"),
        text("reply", "what was answered, as it came"),
        RUN,
        CREATED,
    ),
)

DUEL_RATINGS = Table(
    "duel_ratings",
    "topic_duels",
    "a topic model with its rating among those that it met last",
    ("dataset", "topic_count", "show", "judge", "model"),
    (
        DATASET,
        _COUNT,
        _SHOW,
        _JUDGE,
        text("model", "topic model that is rated"),
        text("source", "dataset whose topics they are; null for a fit of a rival", nullable=True),
        float64("elo", "400 points more are ten wins to one; the mean of the models is 1500"),
        float64("low", "lower end of its 95 % bootstrap interval over items", nullable=True),
        float64("high", "upper end; null where the items are too few to draw", nullable=True),
        float64("strength", "p of Bradley and Terry; the geometric mean of the models is 1"),
        int32("wins", "duels won"),
        int32("ties", "duels without a winner, half a win for both"),
        int32("losses", "duels lost"),
        int32("unanswered", "duels to which the judge gave no answer that can be read"),
        int32("passed_over", "items not met over, since this model says nothing of them"),
        _PRODUCER,
        RUN,
        CREATED,
    ),
)
