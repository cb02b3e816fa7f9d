"""Stage 7: the sparse autoencoder of a language model's token states."""

from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from resources.bindings import ComputeFace
from resources.dictionaries import Published, check_fit, open_dictionary
from resources.token_model import TokenModel, open_token_model
from saetm.tables import TOKEN_AUTOENCODERS, TOKEN_FEATURES
from saetm_assets.automation import RETRY, on_change
from saetm_assets.partitions import DATASETS_PARTITIONS, OWNERS
from saetm_assets.pools import GPU
from saetm_assets.relay import relay
from saetm_assets.step import OPTIONS, Desk, Step
from saetm_assets.token_reading import counted, token_states
from saetm_assets.token_rows import autoencoder_row, feature_rows

if TYPE_CHECKING:
    from resources.token_spool import Reading

TRAIN, TRAINED = "train", "trained"
MADE_BY = (
    "model",
    "layer",
    "autoencoder",
    "dictionary_size",
    "active_features",
    "training_tokens",
    "buffer_tokens",
    "window",
    "seed",
)
NUMBERS = ("token_count", "variance_explained", "l0", "dead_share", "dictionary_size", "mean_norm")


@dg.asset(
    partitions_def=DATASETS_PARTITIONS,
    deps=["captions"],
    group_name="tokens",
    kinds={"deltalake", "pytorch"},
    owners=OWNERS,
    code_version="1",
    pool=GPU,
    metadata={OPTIONS: [f"tokens.{name}" for name in MADE_BY]},
    retry_policy=RETRY,
    automation_condition=on_change(),
)
def token_autoencoder(
    context: dg.AssetExecutionContext, desk: dg.ResourceParam[Desk], compute: ComputeFace
) -> dg.MaterializeResult[None]:
    """One row is the autoencoder of token states of a dataset; features are in `token_features`.

    Without a language model (`tokens.model` is none) there is nothing to train. Once there is one,
    it stays when items are added: training anew is a decision, made by changing an option.
    """
    with desk.open(context) as step, compute.card():
        if step.union is not None:
            return relay(step, step.union, TOKEN_AUTOENCODERS)
        config = step.registration.options.tokens
        if config.is_off:
            step.renew(TOKEN_AUTOENCODERS, TOKEN_AUTOENCODERS.empty())
            step.renew(TOKEN_FEATURES, TOKEN_FEATURES.empty())
        else:
            settings = compute.open()
            model = open_token_model(config.model, config.layer, settings, window=config.window)
            if not _stays(step, model):
                _make(step, model, settings.resolve_device())
        rows = step.scan(TOKEN_AUTOENCODERS).collect()
        return step.close(
            TOKEN_AUTOENCODERS,
            version_of=("sae_id", "producer", "settings"),
            metadata={name: rows[name][0] for name in ("origin", *NUMBERS) if _has(rows, name)},
        )


def _stays(step: Step, model: TokenModel) -> bool:
    """Tell whether the autoencoder that is there is the one that the options ask for."""
    columns = ("producer", "settings", "dictionary_size")
    rows = step.scan(TOKEN_AUTOENCODERS).select(columns).collect().rows()
    return rows == [(model.producer, _settings(step), step.count(TOKEN_FEATURES))]


def _make(step: Step, model: TokenModel, device: str) -> None:
    """Train or open an autoencoder, and see what it does on tokens of the dataset."""
    from saetm.tokens.statistics import measure_tokens

    config = step.registration.options.tokens
    with token_states(step, model, config) as states, step.bar(None) as advance:
        reading = counted(states, advance)
        found = _found(step, model, reading, device)
        dictionary = found.dictionary
        statistics = measure_tokens(reading, dictionary, device=device, seed=config.seed)
    known = {"origin": found.origin, "model": config.model, "settings": _settings(step)}
    row = {**autoencoder_row(dictionary, statistics, model), **known}
    # The autoencoder in service keeps its features until the new one is there.
    step.replace(TOKEN_FEATURES, feature_rows(found, statistics), sae_id=row["sae_id"])
    step.replace(TOKEN_AUTOENCODERS, pl.DataFrame([row]))
    others = step.scan(TOKEN_FEATURES).select("sae_id").filter(pl.col("sae_id") != row["sae_id"])
    step.delete(TOKEN_FEATURES, others.unique().collect())


def _found(step: Step, model: TokenModel, reading: "Reading", device: str) -> Published:
    """Return an autoencoder, and where it comes from."""
    from saetm.tokens.dictionary import from_weights
    from saetm.tokens.training import train_on_tokens

    config = step.registration.options.tokens
    if config.autoencoder == TRAIN:
        training = train_on_tokens(reading, config, device=device)
        return Published(from_weights(training.weights), TRAINED, model.layer, model.source)
    published = open_dictionary(config.autoencoder)
    check_fit(published, model)
    return published


def _settings(step: Step) -> str:
    config = step.registration.options.tokens
    return config.model_dump_json(include={*MADE_BY}, exclude_defaults=True)


def _has(rows: pl.DataFrame, name: str) -> bool:
    return rows.height > 0 and rows[name][0] is not None
