"""Stage 7: the sparse autoencoder of a language model's token states."""

import dagster as dg

from resources.bindings import ComputeFace
from saetm.errors import InputError
from saetm.tables import TOKEN_AUTOENCODERS
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk

TRAINED_BY = ("model", "layer", "autoencoder", "dictionary_size", "active_features")
SHOWN = ("training_tokens", "buffer_tokens", "window", "seed")


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["captions"],
    group_name="tokens",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: [f"tokens.{name}" for name in (*TRAINED_BY, *SHOWN)]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def token_autoencoder(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], compute: ComputeFace
) -> dg.MaterializeResult[None]:
    """One row is the autoencoder of token states of a dataset; features are in `token_features`.

    Without a language model (`tokens.model` is none) there is nothing to train.
    """
    with desk.open(context) as step, compute.card():
        if step.union is not None:
            return relay(step, step.union, TOKEN_AUTOENCODERS)
        if not step.registration.options.tokens.is_off:
            raise InputError("training on token states is not there yet")
        return step.close(TOKEN_AUTOENCODERS, version_of=("sae_id", "producer", "settings"))
