"""Features of tokens in the line: counts in the table equal the formula, and are kept up."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from resources.compute import Compute
from resources.token_features import token_dictionary, token_features
from resources.token_model import open_token_model
from saetm.bridge import lists_to_csr
from saetm.errors import SaetmError
from saetm.tables import CAPTIONS, FEATURE_COUNTS, TOKEN_AUTOENCODERS
from tests.line.homes import theme_files, theme_text
from tests.resources.inbox_folders import put
from tests.tokens.planted_dictionaries import naive_codes, random_dictionary

STAGES = ("items", "captions", "token_autoencoder", "feature_counts")
F = 32

pytestmark = pytest.mark.slow


def published(folder, *, width=384):
    """Write a random autoencoder as sparsify does."""
    dictionary = random_dictionary(0, n_features=F, width=width)
    folder.mkdir()
    (folder / "cfg.json").write_text(json.dumps({"k": 8}))
    said = json.dumps({"index": "5", "description": "names of planets"})
    (folder / "explanations.jsonl").write_text(said)
    arrays = {
        "encoder.weight": dictionary.encoder,
        "encoder.bias": dictionary.encoder_bias,
        "W_dec": dictionary.decoder,
        "b_dec": dictionary.decoder_bias,
    }
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    save_file(tensors, folder / "sae.safetensors")
    return f"sparsify:{folder}"


@pytest.fixture(scope="module")
def counted(home, tmp_path_factory):
    """A dataset that the embedded language model has read at block 1."""
    files = theme_files(8) | {"long.txt": theme_text(0, length=300)}
    folder = put(tmp_path_factory.mktemp("counted"), files)
    autoencoder = published(tmp_path_factory.mktemp("sae") / "layers.1")
    options = ("tokens.model=minilm", "tokens.layer=1", f"tokens.autoencoder={autoencoder}")
    home.add("counted", folder, *options)
    home.run("counted", *STAGES)
    return folder


def counts_of(home):
    rows = home.view("counted").in_service(FEATURE_COUNTS).sort("item_id").collect()
    return rows, lists_to_csr(rows["features"], rows["counts"], n_columns=F).toarray()


def naive_counts(home, share, *, nudge):
    """Count token by token what texts say, with quantiles as the table has them.

    Quantiles of few activations are activations themselves, which the next reading of the same
    token may round to either side: `nudge` moves the floors.
    """
    view = home.view("counted")
    texts = view.scan(CAPTIONS).sort("item_id").collect()["caption"].to_list()
    quantiles = token_features(view)["quantiles"].to_list()  # of a dead feature none
    floors = [found[round(share * 20) - 1] * nudge if found else np.inf for found in quantiles]
    counts, tokens = np.zeros((len(texts), F)), np.zeros(len(texts))
    model = open_token_model("minilm", 1, Compute(device="cpu", batch_size=1))
    for window in model.windows(texts):
        codes = naive_codes(token_dictionary(view), window.states)
        counts[window.text_index] += (codes > floors).sum(axis=0)
        tokens[window.text_index] += len(window.pieces)
    return counts, tokens


@pytest.mark.usefixtures("counted")
def test_what_the_publisher_says_stands_with_the_features(home):
    rows = token_features(home.view("counted"))

    said = rows.drop_nulls("description").select("feature", "description", "description_source")

    assert said.rows() == [(5, "names of planets", "Neuronpedia")]
    assert rows["description_source"].null_count() == F - 1


@pytest.mark.usefixtures("counted")
def test_counts_are_those_of_the_formula(home):
    rows, counts = counts_of(home)

    most, tokens = naive_counts(home, 0.8, nudge=1 - 1e-5)
    least, _ = naive_counts(home, 0.8, nudge=1 + 1e-5)

    assert counts.sum() > 100
    assert (least <= counts).all()
    assert (counts <= most).all()
    assert most.sum() - least.sum() < 10
    assert rows["tokens"].to_list() == tokens.tolist()
    assert rows["tokens"].max() > 512  # of the text that is longer than the context


def test_a_second_run_does_nothing_and_another_quantile_counts_anew(home, counted):
    before, _ = counts_of(home)
    sae = home.view("counted").scan(TOKEN_AUTOENCODERS).collect()
    home.run("counted", *STAGES)
    assert counts_of(home)[0].equals(before)

    home.add("counted", counted, "tokens.quantile=0.5")
    home.run("counted", *STAGES)

    rows, counts = counts_of(home)
    assert (naive_counts(home, 0.5, nudge=1 + 1e-5)[0] <= counts).all()
    assert (counts <= naive_counts(home, 0.5, nudge=1 - 1e-5)[0]).all()
    assert " above 0.5 of minilm@" in rows["producer"][0]
    assert home.view("counted").scan(TOKEN_AUTOENCODERS).collect().equals(sae)


def test_an_autoencoder_of_another_width_fails_with_one_sentence(home, counted, tmp_path):
    narrow = published(tmp_path / "layers.1", width=64)
    home.add("counted", counted, f"tokens.autoencoder={narrow}")

    with pytest.raises(SaetmError, match=r"reads states of width 64, and those of .* have 384"):
        home.run("counted", *STAGES)
