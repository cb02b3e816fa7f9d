"""Stage 8: on how many tokens of each item each feature fires."""

import dagster as dg

from resources.bindings import ComputeFace
from saetm.errors import InputError
from saetm.tables import FEATURE_COUNTS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["captions", "token_autoencoder"],
    group_name="tokens",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: ["tokens.model", "tokens.window", "tokens.quantile"]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def feature_counts(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], compute: ComputeFace
) -> dg.MaterializeResult[None]:
    """One row is the features that fire in an item, and on how many of its tokens.

    Without a language model (`tokens.model` is none) there is nothing to count.
    """
    with desk.open(context) as step, compute.card():
        if step.union is not None:
            return relay(step, step.union, FEATURE_COUNTS)
        if not step.registration.options.tokens.is_off:
            raise InputError("counting on token states is not there yet")
        return step.close(FEATURE_COUNTS, version_of=("item_id", "producer", "input_hash"))
