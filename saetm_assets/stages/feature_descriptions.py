"""Stage 9: what features of tokens mean, and which of them topics are made of."""

import dagster as dg

from saetm.errors import InputError
from saetm.tables import FEATURE_DESCRIPTIONS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import MODELS
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk


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
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk]
) -> dg.MaterializeResult[None]:
    """One row is a feature of tokens with its meaning, and why it is left out if it is."""
    with desk.open(context) as step:
        if step.union is not None:
            return relay(step, step.union, FEATURE_DESCRIPTIONS)
        if not step.registration.options.tokens.is_off:
            raise InputError("descriptions of features are not there yet")
        return step.close(FEATURE_DESCRIPTIONS, version_of=("feature", "description", "is_kept"))
