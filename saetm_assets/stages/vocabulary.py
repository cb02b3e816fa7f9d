"""Stage 4: the words that topics may be made of."""

import dagster as dg

from saetm.errors import InputError
from saetm.tables import BAGS, VOCABULARY
from saetm.text.vocabulary import choose_vocabulary
from saetm_assets import pictures
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.step import OPTIONS, Desk, Step


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["bags"],
    group_name="words",
    kinds={"deltalake", "polars"},
    owners=OWNERS,
    code_version="1",
    metadata={OPTIONS: ["vocabulary"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def vocabulary(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk]
) -> dg.MaterializeResult[None]:
    """One row is a word of the vocabulary, with its document frequency."""
    with desk.open(context) as step:
        if step.owes(VOCABULARY):
            _choose(step)
        return step.close(
            VOCABULARY,
            version_of=("word_id", "word", "document_frequency", "word_count"),
            metadata={"most frequent words": _most_frequent(step)},
        )


def _choose(step: Step) -> None:
    options = step.registration.options.vocabulary
    words = choose_vocabulary(step.in_service(BAGS), options).collect()
    if words.is_empty():
        raise InputError(
            f"no word of {step.dataset!r} occurs in enough items to make a vocabulary: add "
            "longer captions or lower vocabulary.min_document_frequency"
        )
    step.replace(VOCABULARY, words)


def _most_frequent(step: Step) -> dg.MetadataValue:
    top = step.scan(VOCABULARY).sort("word_id").head(20).collect()
    return pictures.bars(
        top["word"].to_list(),
        top["document_frequency"].to_list(),
        title="Most frequent words",
        label="items",
    )
