"""What a judge was asked about topics, and what it answered."""

from saetm.tables.columns import CREATED, DATASET, RUN, text
from saetm.tables.contract import Table

JUDGEMENTS = Table(
    "judgements",
    "scores",
    "a judge's answer to a question about words: cache and audit trail at once",
    ("dataset", "question_id"),
    (
        DATASET,
        text("question_id", "hash of prompt, schema and producer"),
        text("producer", "judge, revision and version of the prompts"),
        text("metric", "rating or intruder"),
        text("prompt", "what was asked"),
        text("reply", "what was answered, as it came"),
        RUN,
        CREATED,
    ),
)
