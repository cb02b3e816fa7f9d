"""Promotions are appended; the newest one that reads an encoder's vectors is in service."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from resources.foundations import Foundations
from resources.lake import Lake
from saetm.errors import InputError
from saetm.sae.exports import Provenance, export
from saetm.sae.weights import to_frame
from saetm.tables import EMBEDDINGS, FOUNDATIONS, SAE_CHECKPOINTS, SAE_FEATURES
from tests.core.test_sae_weights import same, weights
from tests.strategies import example_rows

AT = datetime(2026, 5, 6, tzinfo=UTC)
NOTE = {"run_id": "a test"}
MINILM = "minilm@53aa of given captions"


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


@pytest.fixture
def foundations(lake):
    return Foundations(lake)


def train(lake, dataset, sae, encoder=MINILM):
    """Enter an autoencoder as the stage does."""
    row = example_rows(SAE_CHECKPOINTS, 1, dataset=dataset).to_dicts()[0] | {
        "sae_id": sae.sae_id,
        "kind": sae.kind,
        "encoder": encoder,
        "active_features": sae.active_features,
        "threshold": sae.threshold,
        "decoder_bias": sae.decoder_bias.tobytes(),
        "variance_explained": 0.5,
    }
    checkpoint = pl.DataFrame([row], schema=SAE_CHECKPOINTS.schema)
    lake.replace(SAE_CHECKPOINTS, dataset, checkpoint, note=NOTE)
    features = to_frame(sae).with_columns(dataset=pl.lit(dataset), sae_id=pl.lit(sae.sae_id))
    lake.replace(SAE_FEATURES, dataset, features, note=NOTE)


def test_what_an_encoder_read_does_not_matter_and_the_encoder_does(lake, foundations):
    train(lake, "it's", weights())
    promoted = foundations.promote("it's", at=AT)

    assert foundations.in_service("minilm@53aa of openai:m@1 captions", 11) == promoted
    assert foundations.in_service("minilm@other of given captions", 11) is None
    assert foundations.in_service(MINILM, 12) is None
    assert same(foundations.weights(promoted), weights())
    assert promoted.dataset == "it's"


def test_the_newest_promotion_serves_though_the_clock_was_set_back(lake, foundations):
    for seed, name in enumerate(("old", "new")):
        train(lake, name, weights(seed=seed))
        foundations.promote(name, at=AT - timedelta(days=seed))

    assert foundations.in_service(MINILM, 11).dataset == "new"
    assert [each.dataset for each in foundations.every()] == ["new", "old"]


def test_promoting_an_older_one_again_puts_it_back_and_keeps_the_history(lake, foundations):
    for seed, name in enumerate(("first", "second")):
        train(lake, name, weights(seed=seed))
        foundations.promote(name, at=AT)

    back = foundations.promote(weights(seed=0).sae_id, at=AT)

    assert foundations.in_service(MINILM, 11) == back
    assert [each.dataset for each in foundations.every()] == ["first", "second", "first"]
    assert foundations.every_in_service() == [back]


def test_encoders_are_served_side_by_side(lake, foundations):
    train(lake, "a", weights(seed=0))
    train(lake, "b", weights(seed=1), encoder="open_clip:m@1 of images")
    served = [foundations.promote(name, at=AT) for name in ("a", "b")]

    assert foundations.every_in_service() == served[::-1]


def test_promoting_what_serves_already_makes_no_commit(lake, foundations):
    train(lake, "a", weights())
    first = foundations.promote("a", at=AT)
    version = lake.version(FOUNDATIONS)

    assert foundations.promote("a", at=AT + timedelta(days=1)) == first
    assert foundations.import_content(foundations.content("a"), None, at=AT) == first
    assert lake.version(FOUNDATIONS) == version


def test_an_import_fits_the_vectors_that_its_encoder_gives_here(lake, foundations):
    rows = example_rows(EMBEDDINGS, 1, dataset="d")
    lake.append(EMBEDDINGS, rows.with_columns(producer=pl.lit(MINILM), dim=384), note=NOTE)
    content = export(weights(), Provenance(encoder="minilm@53aa"))

    with pytest.raises(InputError, match="11 components, and 'minilm@53aa' gives 384 here"):
        foundations.import_content(content, None, at=AT)
    assert foundations.every() == []


def test_a_retired_dataset_leaves_its_foundation_behind(lake, foundations):
    train(lake, "gone", weights())
    promoted = foundations.promote("gone", at=AT)
    for table in (SAE_CHECKPOINTS, SAE_FEATURES):
        lake.remove(table, "gone", note=NOTE)

    assert same(foundations.weights(foundations.in_service(MINILM, 11)), weights())
    assert foundations.promote(promoted.sae_id, at=AT) == promoted
    with pytest.raises(InputError, match="nothing called 'gone' has an autoencoder"):
        foundations.promote("gone", at=AT)
