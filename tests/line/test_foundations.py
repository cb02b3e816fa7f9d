"""An autoencoder that one dataset trained serves the next ones, which train nothing."""

import json
import pickle

import pytest

from resources.foundations import Foundations
from saetm.sae.exports import read_export
from tests.line.homes import Home, refusal, way_to
from tests.line.themed import DIMENSION, FEW, themed_rows, write_rows

PROVIDED = "provided@float32"
UP_TO_SAE = way_to("sae_checkpoints")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("founded"))


def add(home, name, numbers, *options, **vectors):
    folder = home.root / "files" / name
    folder.parent.mkdir(exist_ok=True)
    home.add(name, write_rows(folder, "a.jsonl", themed_rows(numbers, **vectors)), *FEW, *options)
    return folder


def promoted(home, name):
    result = home.cli("sae", "promote", name)
    assert result.exit_code == 0, result.output
    return result.stdout


def listed(home):
    return json.loads(home.cli("sae", "list", "--json").stdout)


def bound(home, name):
    return home.table("sae_checkpoints", name).row(0, named=True)


@pytest.fixture(scope="module")
def first(home):
    """A dataset that trains its own autoencoder, which becomes the foundation."""
    add(home, "first", range(150))
    home.run("first", *UP_TO_SAE)
    promoted(home, "first")
    return "first"


@pytest.fixture(scope="module")
def second(home, first):  # noqa: ARG001  promoted before
    """A new dataset of the same encoder, taken as far as its topics have names."""
    add(home, "second", range(200, 230), seed=1)
    home.run("second", *way_to("topic_summaries"))
    return "second"


def test_a_new_dataset_binds_to_the_foundation_and_trains_nothing(home, first, second):
    mine, source = bound(home, second), bound(home, first)

    assert mine["sae_id"] == source["sae_id"]
    assert mine["origin"] == "foundation, trained on first"
    assert mine["training_item_count"] == source["training_item_count"] == 135
    assert mine["heldout_item_count"] == 30
    assert list(mine["curve_step"]) == []
    features = [
        home.table("sae_features", name).drop("dataset").sort("feature") for name in (first, second)
    ]
    assert features[0].equals(features[1])


def test_what_is_said_of_a_bound_autoencoder_is_measured_on_the_datasets_own_vectors(
    home, first, second
):
    mine, source = bound(home, second), bound(home, first)
    rows = home.table("activations", second).filter(run_id=mine["run_id"])

    assert mine["l0"] == pytest.approx(rows["features"].list.len().mean())
    fired = rows["features"].explode().n_unique()
    assert mine["dead_share"] == pytest.approx(1 - fired / mine["dictionary_size"])
    assert 0.5 < mine["variance_explained"] < 1
    assert mine["variance_explained"] != source["variance_explained"]


def test_topics_of_a_bound_dataset_are_topics_like_any(home, second):
    topics = home.topics(second, 3)

    assert len(topics) == 3
    assert all(topic["words"] for topic in topics)
    assert sum(topic["weight"] for topic in topics) == pytest.approx(1)


@pytest.mark.slow
def test_a_bound_dataset_stays_bound_when_rows_come_and_another_foundation_is_promoted(
    home, second
):
    add(home, "rival", range(60), "autoencoder=train", seed=7)
    home.run("rival", *UP_TO_SAE)
    before, version = bound(home, second), home.versions(second)["sae_checkpoints"]
    promoted(home, "rival")
    write_rows(home.root / "files" / second, "b.jsonl", themed_rows(range(230, 236), seed=1))

    run = home.run(second, *UP_TO_SAE)

    promoted(home, "first")  # back in service
    assert run.written["sae_checkpoints"] == 0
    assert run.written["embeddings"] == 6
    assert bound(home, second) == before
    assert home.versions(second)["sae_checkpoints"] == version


@pytest.mark.slow
@pytest.mark.usefixtures("first")
def test_settings_of_its_own_make_a_dataset_train(home):
    add(home, "settled", range(40), "sae.dictionary_size=8")
    add(home, "told", range(40), "autoencoder=train")
    for name in ("settled", "told"):
        home.run(name, *UP_TO_SAE)

        assert bound(home, name)["origin"] == "trained", name


@pytest.mark.slow
@pytest.mark.usefixtures("first")
def test_vectors_of_another_space_are_not_bound_by_default_but_on_demand(home):
    add(home, "strange", range(40), space=99)
    home.run("strange", *UP_TO_SAE)
    assert bound(home, "strange")["origin"] == "trained"

    home.add("strange", home.root / "files" / "strange", "autoencoder=foundation")
    home.run("strange", "sae_checkpoints")

    assert bound(home, "strange")["origin"] == "foundation, trained on first"
    assert bound(home, "strange")["variance_explained"] < 0.2
    sentence = refusal(home.cli("run", "strange", "--retrain", "--json"))
    assert "autoencoder=train" in sentence


def test_a_dataset_that_trained_its_own_is_not_rebound_by_a_promotion(home, first):
    assert home.run(first, "sae_checkpoints").written["sae_checkpoints"] == 0
    assert bound(home, first)["origin"] == "trained"


@pytest.mark.slow
@pytest.mark.usefixtures("first")
def test_retraining_gives_a_foundation_up_and_stays_given_up(home):
    add(home, "leaving", range(60), seed=3)
    home.run("leaving", *UP_TO_SAE)
    before = bound(home, "leaving")
    assert before["origin"].startswith("foundation")

    assert home.cli("run", "leaving", "--retrain", "--json").exit_code == 0
    after = bound(home, "leaving")
    home.run("leaving", "sae_checkpoints")

    assert after["origin"] == "trained"
    assert after["sae_id"] != before["sae_id"]
    assert bound(home, "leaving") == after
    ids = home.table("sae_features", "leaving")["sae_id"].unique().to_list()
    assert ids == [after["sae_id"]]


def test_retraining_needs_the_autoencoder_among_what_is_selected(home, first):
    result = home.cli("run", first, "--retrain", "--select", "items", "--json")

    assert "--select leaves out" in refusal(result)


def test_a_foundation_that_is_not_there_cannot_be_asked_for(tmp_path):
    lone = Home(tmp_path / "lone")
    lone.root.mkdir()
    add(lone, "lone", range(20), "autoencoder=foundation")

    sentence = refusal(lone.cli("run", "lone", "--json"))

    assert f"there is no foundation for '{PROVIDED}' with {DIMENSION} components" in sentence


def test_the_list_says_what_is_in_service_and_who_is_bound(home, first, second):
    newest, *_ = listed(home)
    shown = home.cli("sae", "list").stdout

    assert newest["sae_id"] == bound(home, first)["sae_id"]
    assert newest["in_service"]
    assert {first, second} <= set(newest["bound"])
    for cell in (PROVIDED, newest["sae_id"], "trained on first", "yes"):
        assert cell in shown


def test_promoting_what_is_in_service_writes_nothing(home, first):
    before = listed(home)
    sae_id = bound(home, first)["sae_id"]

    said = promoted(home, first), promoted(home, sae_id)

    assert listed(home) == before
    assert all(sae_id in sentence for sentence in said)


def test_a_bound_dataset_promotes_what_it_is_bound_to(home, first, second):
    promoted(home, second)

    assert listed(home)[0]["dataset"] == first


def test_an_export_arrives_in_another_home_as_it_was(home, first, tmp_path):
    file, again = tmp_path / "sae.safetensors", tmp_path / "again.safetensors"
    other = Home(tmp_path / "other")
    other.root.mkdir()
    assert home.cli("sae", "export", first, str(file)).exit_code == 0

    result = other.cli("sae", "import", str(file))

    assert result.exit_code == 0, result.output
    (arrived,), source = listed(other), listed(home)[0]
    assert arrived["dataset"] == ""
    for name in ("sae_id", "encoder", "training_item_count", "variance_explained", "settings"):
        assert arrived[name] == source[name], name
    assert other.cli("sae", "export", arrived["sae_id"], str(again)).exit_code == 0
    assert again.read_bytes() == file.read_bytes()
    add(other, "third", range(300, 330), seed=5)
    other.run("third", *UP_TO_SAE)
    assert bound(other, "third")["sae_id"] == source["sae_id"]
    assert bound(other, "third")["origin"] == "foundation, imported"


@pytest.fixture(scope="module")
def silent(home, first, tmp_path_factory):
    """An export that does not say which encoder it reads."""
    from saetm.sae.weights import to_safetensors

    file = tmp_path_factory.mktemp("silent") / "silent.safetensors"
    weights, _ = read_export(Foundations(home.lake).content(first))
    file.write_bytes(to_safetensors(weights))
    return file


def test_a_file_that_names_no_encoder_needs_one(silent, tmp_path):
    fresh = Home(tmp_path / "fresh")
    fresh.root.mkdir()

    assert "say it with --encoder" in refusal(fresh.cli("sae", "import", str(silent)))
    assert fresh.cli("sae", "import", str(silent), "--encoder", "provided").exit_code == 0
    assert listed(fresh)[0]["encoder"] == PROVIDED


def broken(file, content):
    file.write_bytes(content)
    return str(file)


def test_files_that_cannot_be_used_are_refused_in_one_sentence(home, first, tmp_path):
    good = Foundations(home.lake).content(first)
    cases = {
        broken(tmp_path / "damaged", good[:-9] + b"\0" * 9): "but the weights are",
        broken(tmp_path / "short", good[:1000]): "not the safetensors of an autoencoder",
        broken(tmp_path / "pickle", pickle.dumps({"w": 1})): "not the safetensors",
        broken(tmp_path / "empty", b""): "not the safetensors",
        str(tmp_path): "cannot be read",
        str(tmp_path / "nowhere"): "cannot be read",
    }
    before = listed(home)

    for path, why in cases.items():
        assert why in refusal(home.cli("sae", "import", path)), path
    assert listed(home) == before


def test_a_file_of_another_dimension_or_encoder_is_refused(home, first, tmp_path):
    from saetm.sae.exports import Provenance, export
    from tests.core.test_sae_weights import weights

    other = broken(tmp_path / "wide", export(weights(), Provenance(encoder=PROVIDED)))
    mine = broken(tmp_path / "mine", Foundations(home.lake).content(first))

    assert "it reads vectors of 11 components" in refusal(home.cli("sae", "import", other))
    sentence = refusal(home.cli("sae", "import", mine, "--encoder", "minilm"))
    assert f"it reads '{PROVIDED}', not 'minilm@" in sentence


def test_names_that_nothing_has_and_files_that_are_there_are_refused(home, first, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")

    for command in (("promote", "it's"), ("export", "nobody", str(tmp_path / "x"))):
        assert "has an autoencoder" in refusal(home.cli("sae", *command))
    assert "File exists" in refusal(home.cli("sae", "export", first, str(taken)))
    assert taken.read_text() == "mine"


def test_an_empty_list_says_what_to_do(tmp_path):
    assert "saetm sae promote" in Home(tmp_path).cli("sae", "list").stdout
