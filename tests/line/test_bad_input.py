"""What people really bring: every command ends in one sentence, and what was stored stays."""

import io
import json

import pytest
from PIL import Image

from saetm.tables import TABLES
from tests.line.homes import refusal, theme_files, theme_text
from tests.resources.inbox_folders import image_bytes, put

INTAKE = "items,captions"
LATIN = "Grüße aus Köln, mit Käse und Brötchen".encode("latin-1")


def bomb():
    """Encode an image whose header promises more pixels than Pillow will read."""
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    return file.getvalue()


def refused_run(home, dataset, select=INTAKE):
    return refusal(home.cli("run", dataset, "--select", select, "--json"))


def reasons(home, dataset):
    return {row["path"]: row["reason"] for row in home.table("rejects", dataset).to_dicts()}


def test_an_absent_folder_is_refused_and_not_registered(home, tmp_path):
    sentence = refusal(home.cli("add", "absent", str(tmp_path / "nothing")))

    assert "does not exist" in sentence
    assert "absent" not in home.registry.names()


def test_a_file_in_place_of_a_folder_is_refused(home, tmp_path):
    put(tmp_path, {"a.txt": "text"})

    assert "not a folder" in refusal(home.cli("add", "file", str(tmp_path / "a.txt")))


def test_an_empty_folder_is_refused_when_it_is_run(home, tmp_path):
    home.add("empty", tmp_path)

    assert "no images and no texts" in refused_run(home, "empty")


def test_an_emptied_folder_leaves_everything_that_was_stored(home, tmp_path):
    home.add("emptied", put(tmp_path, theme_files(5)))
    home.run("emptied", "items", "captions")
    for path in tmp_path.glob("*"):
        path.unlink()

    refused_run(home, "emptied")

    assert home.table("items", "emptied").height == 5
    assert home.table("captions", "emptied").height == 5


def test_a_folder_that_has_vanished_is_one_sentence_and_leaves_what_was_stored(home, tmp_path):
    folder = put(tmp_path / "gone", theme_files(5))
    home.add("vanished", folder)
    home.run("vanished", "items", "captions")
    folder.rename(tmp_path / "elsewhere")

    assert "gone" in refused_run(home, "vanished")
    assert home.table("items", "vanished").height == 5


def test_damaged_images_are_rejected_and_the_others_go_on(home, tmp_path):
    good = {f"good{number}.jpg": image_bytes(number) for number in range(3)}
    said = {f"good{number}.txt": theme_text(number) for number in range(3)}
    bad = {
        "cut.jpg": image_bytes(9)[:200],
        "nothing.png": b"",
        "bomb.png": bomb(),
        "text.jpg": b"this is no picture at all",
    }
    home.add("damaged", put(tmp_path, {**good, **said, **bad}))

    outcome = home.run("damaged", "items", "captions")

    assert outcome.tables["items"] == 3
    assert set(reasons(home, "damaged")) == set(bad)
    assert home.run("damaged", "items", "captions").is_nothing_new


def test_damaged_images_alone_are_one_sentence_with_the_first_reason(home, tmp_path):
    home.add("ruins", put(tmp_path, {"cut.jpg": image_bytes(9)[:200], "nothing.png": b""}))

    sentence = refused_run(home, "ruins")

    assert "no usable item: 2 were turned away" in sentence
    assert "'cut.jpg' is a damaged image" in sentence
    assert len(reasons(home, "ruins")) == 2


def test_texts_that_are_none_are_rejected_and_the_others_go_on(home, tmp_path):
    bad = {"latin.txt": LATIN, "blank.txt": " \n\t ", "nothing.txt": ""}
    double = {"twice.txt": theme_text(0)}
    home.add("texts-mixed", put(tmp_path, {**theme_files(4), **bad, **double}))

    outcome = home.run("texts-mixed", "items", "captions")

    assert outcome.tables["items"] == 4
    assert set(reasons(home, "texts-mixed")) == {*bad, *double}
    assert "000.txt" in reasons(home, "texts-mixed")["twice.txt"]
    again = home.run("texts-mixed", "items", "captions")
    assert again.is_nothing_new
    assert set(reasons(home, "texts-mixed")) == {*bad, *double}


def test_a_table_without_a_text_column_is_one_sentence_that_names_the_column(home, tmp_path):
    home.add("columns", put(tmp_path, {"posts.csv": "title,body\na,b\n"}))

    sentence = refused_run(home, "columns")

    assert "posts.csv" in sentence or "posts.csv" in reasons(home, "columns")
    assert "text" in sentence


@pytest.mark.parametrize("name", ["", " a", "a/b", "../up", "a\\b", "a\nb", ".hidden", "x" * 101])
def test_a_name_that_cannot_be_one_is_refused(home, tmp_path, name):
    sentence = refusal(home.cli("add", name, str(tmp_path)))

    assert "cannot name a dataset" in sentence
    assert name not in home.registry.names()


NAMES = ("a=b", "%2F", "A", "a")


@pytest.mark.slow
def test_absurd_names_are_datasets_like_others(home, tmp_path):
    folders = {name: put(tmp_path / str(n), theme_files(n + 1)) for n, name in enumerate(NAMES)}
    for name, folder in folders.items():
        assert home.cli("add", name, str(folder)).exit_code == 0, name
        home.run(name, "items")

    for number, name in enumerate(NAMES):
        assert home.table("items", name).height == number + 1, name
    shown = json.loads(home.cli("status", "--json").stdout)
    assert set(NAMES) <= {entry["dataset"] for entry in shown}


@pytest.mark.parametrize(
    "name",
    [
        'it\'s a "test" of 100% <b>& more',
        pytest.param("海の写真 🦊 été", marks=pytest.mark.slow),
        pytest.param("''; DROP TABLE items; --", marks=pytest.mark.slow),
    ],
)
def test_an_absurd_name_and_fewer_items_than_topics_go_through_the_whole_line(home, tmp_path, name):
    folder = put(tmp_path, theme_files(12))
    assert home.cli("add", name, str(folder), "--set", "topic_count=50").exit_code == 0

    home.run(name)

    assert len(home.topics(name, 3)) == 3
    (page,) = [
        path
        for path in (home.root / "reports").glob("*.html")
        if path.read_text() == home.table("reports", name)["page"].item()
    ]
    assert page.parent == home.root / "reports"
    assert "<b>&" not in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--encoder", "open_clip:no-such-model/nowhere"], "open_clip"),
        (["--captioner", "nobody"], "'nobody'"),
        (["--set", "sae.kind=magic"], "'magic'"),
        (["--set", "colour=red"], "colour"),
        (["--set", "topic_count=-1"], "topic_count"),
        (["--set", "topic_count"], "key=value"),
        (["--set", "vocabulary=7"], "vocabulary"),
    ],
)
def test_an_option_that_cannot_be_is_named_when_it_is_given_or_used(
    home, tmp_path, arguments, named
):
    put(tmp_path, theme_files(4))
    name = f"optional {named}"
    result = home.cli("add", name, str(tmp_path), *arguments)

    if result.exit_code == 0:  # a model is looked for when it is needed
        result = home.cli("run", name, "--select", "items,captions,embeddings", "--json")

    assert named in refusal(result)


def test_options_in_a_file_are_checked_like_others(home, tmp_path):
    put(tmp_path, {**theme_files(4), "dataset.toml": 'encoder = "minilm"\ncolour = "red"\n'})

    assert "colour" in refusal(home.cli("add", "toml", str(tmp_path)))


def test_options_that_break_later_leave_what_was_stored(home, tmp_path):
    home.add("spoilt", put(tmp_path, theme_files(4)))
    home.run("spoilt", "items", "captions")
    put(tmp_path, {"dataset.toml": "topic_count = [[["})

    assert "dataset.toml" in refused_run(home, "spoilt")
    assert home.table("captions", "spoilt").height == 4


def test_an_unknown_asset_is_one_sentence_that_lists_them(home, tmp_path):
    home.add("assets", put(tmp_path, theme_files(2)))

    sentence = refused_run(home, "assets", select="items,magic")

    assert "'magic'" in sentence
    assert "emission_matrix" in sentence


def test_an_asset_before_what_it_reads_is_one_sentence(home, tmp_path):
    home.add("early", put(tmp_path, theme_files(2)))

    assert "never materialised" in refused_run(home, "early", select="topics")
    assert "never materialised" in refusal(home.cli("topics", "early"))


TOO_LITTLE = {
    "a single item": theme_files(1),
    "three identical texts": dict.fromkeys(["a.txt", "b.txt", "c.txt"], theme_text(0)),
    "stop words only": {f"{n}.txt": "and the of or it " * (n + 1) for n in range(6)},
}


@pytest.mark.parametrize(
    "case",
    [
        "a single item",
        pytest.param("three identical texts", marks=pytest.mark.slow),
        pytest.param("stop words only", marks=pytest.mark.slow),
    ],
)
def test_too_little_for_topics_is_one_sentence_and_the_items_stay(home, tmp_path, case):
    home.add(case, put(tmp_path, TOO_LITTLE[case]))

    sentence = refusal(home.cli("run", case, "--json"))

    assert "failed: " in sentence
    assert "Error" not in sentence
    assert "add" in sentence
    assert home.table("items", case).height == len(set(TOO_LITTLE[case].values()))


@pytest.mark.slow
def test_two_items_go_through_or_the_sentence_says_what_is_missing(home, tmp_path):
    home.add("two items", put(tmp_path, theme_files(2)), "topic_count=50")

    result = home.cli("run", "two items", "--json")

    if result.exit_code:
        assert "add" in refusal(result)
    else:
        topics = home.topics("two items", 50)
        assert 1 <= len(topics) <= 50
        assert sum(topic["weight"] for topic in topics) == pytest.approx(1.0, abs=1e-3)


def test_debug_shows_where_it_broke_and_without_it_nobody_sees_code(home, tmp_path):
    home.add("debugged", tmp_path)

    plain, debugged = (
        home.process("-m", "saetm_assets", *flags, "run", "debugged").communicate(timeout=120)[1]
        for flags in ([], ["--debug"])
    )

    assert plain.startswith("saetm: ")
    assert plain.count("\n") == 1
    assert "Traceback" in debugged
    assert "stages/items.py" in debugged
    assert debugged.endswith(plain)


def test_no_other_dataset_is_touched_by_a_failure(home, texts, tmp_path):
    before = {name: home.table(name, texts).height for name in TABLES}
    home.add("unlucky", tmp_path)

    refused_run(home, "unlucky")

    assert {name: home.table(name, texts).height for name in TABLES} == before
