import io
import json

import numpy as np
import polars as pl
import pytest

from tests.resources.inbox_folders import image_bytes, put, scan


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def parquet(columns, schema=None):
    buffer = io.BytesIO()
    pl.DataFrame(columns, schema).write_parquet(buffer)
    return buffer.getvalue()


def with_metadata(tmp_path, *rows):
    return put(tmp_path, {"a.jpg": image_bytes(1), "metadata.jsonl": lines(*rows)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.jsonl", b'{"file_name": "a.jpg", "caption": "a cat", "group": "pets"}'),
        ("metadata.csv", b"file_name,caption,group\na.jpg,a cat,pets\n"),
        ("words.csv", b"file_name,text,group\na.jpg,a cat,pets\n"),
        (
            "metadata.parquet",
            parquet({"file_name": ["a.jpg"], "caption": ["a cat"], "group": ["pets"]}),
        ),
    ],
)
def test_metadata_of_every_kind_reach_their_image(tmp_path, name, content):
    found = scan(put(tmp_path, {"a.jpg": image_bytes(), name: content}))

    assert found.items.select("path", "text", "group").rows() == [("a.jpg", "a cat", "pets")]
    assert found.rejects.is_empty()


def test_metadata_speak_of_files_in_their_own_folder(tmp_path):
    row = lines({"file_name": "a.jpg", "caption": "below"}, {"file_name": "x/b.jpg", "group": "g"})
    names = ("a.jpg", "train/a.jpg", "train/x/b.jpg")
    files = {name: image_bytes(number) for number, name in enumerate(names)}
    found = scan(put(tmp_path, files | {"train/metadata.jsonl": row}))

    assert found.items.select("path", "text", "group").rows() == [
        ("a.jpg", None, None),
        ("train/a.jpg", "below", None),
        ("train/x/b.jpg", None, "g"),
    ]


@pytest.mark.parametrize(
    "kind", [pl.List(pl.Float64), pl.List(pl.Float32), pl.Array(pl.Float32, 2)], ids=str
)
def test_vectors_become_little_endian_float32(tmp_path, kind):
    columns = {"file_name": ["a.jpg", "b.jpg"], "embedding": [[1.5, -2], None]}
    table = parquet(columns, {"file_name": pl.String, "embedding": kind})
    files = {"a.jpg": image_bytes(1), "b.jpg": image_bytes(2), "embeddings.parquet": table}
    found = scan(put(tmp_path, files))

    assert np.frombuffer(found.item("a.jpg")["embedding"], "<f4").tolist() == [1.5, -2]
    assert found.item("b.jpg")["embedding"] is None
    assert found.rejects.is_empty()


@pytest.mark.parametrize(
    ("vector", "reason"),
    [
        ([1.0, float("nan")], "embedding holds a number that is not finite; kept without"),
        ([1.0, float("inf")], "embedding holds a number that is not finite; kept without"),
        ([1.0, 1e300], "embedding holds a number that is not finite; kept without"),
        ([1.0], "embedding has 1 numbers where the first one has 2; kept without"),
        ([[1.0], [2.0]], "embedding is not a plain list of numbers; kept without"),
        ([1.0, [2.0]], "embedding is not a plain list of numbers; kept without"),
        (["1", "2"], "embedding is not a plain list of numbers; kept without"),
        ([True, False], "embedding is not a plain list of numbers; kept without"),
        ([], "embedding is not a plain list of numbers; kept without"),
        ([1.0, None], "embedding is not a plain list of numbers; kept without"),
        ("north", "embedding is not a plain list of numbers; kept without"),
        ("[" * 5000, "embedding is not a plain list of numbers; kept without"),
        (7, "embedding is not a plain list of numbers; kept without"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_bad_vector_is_left_out_and_the_text_stays(tmp_path, vector, reason):
    rows = lines({"text": "one", "embedding": [1, 2]}, {"text": "two", "embedding": vector})
    found = scan(put(tmp_path, {"t.jsonl": rows}), "text")

    assert found.item("t.jsonl#2")["embedding"] is None
    assert found.rejects.rows() == [("t.jsonl#2", reason)]


def test_a_null_inside_a_parquet_vector_is_not_finite(tmp_path):
    table = parquet({"file_name": ["a.jpg"], "embedding": [[1.0, None]]})
    found = scan(put(tmp_path, {"a.jpg": image_bytes(), "e.parquet": table}))

    assert found.reasons("e.parquet#1") == [
        "embedding holds a number that is not finite; kept without"
    ]


def test_a_vector_in_csv_is_written_as_json(tmp_path):
    found = scan(put(tmp_path, {"t.csv": 'text,embedding\na,"[1, 2]"\nb,\n'}), "text")

    assert found.items["embedding"].to_list() == [np.array([1, 2], "<f4").tobytes(), None]
    assert found.rejects.is_empty()


def test_several_metadata_files_merge(tmp_path):
    files = {
        "a.jpg": image_bytes(),
        "captions.csv": "file_name,caption\na.jpg,a cat\n",
        "embeddings.parquet": parquet({"file_name": ["a.jpg"], "embedding": [[1.0]]}),
        "metadata.jsonl": '{"file_name": "a.jpg", "group": "pets", "caption": "a cat"}',
    }
    found = scan(put(tmp_path, files))

    item = found.item("a.jpg")
    assert (item["text"], item["group"], item["embedding"]) == ("a cat", "pets", b"\0\0\x80?")
    assert found.rejects.is_empty()


def test_of_contradicting_metadata_the_earlier_row_is_kept_and_the_later_named(tmp_path):
    rows = [{"file_name": "a.jpg", "caption": words, "group": "g"} for words in ("cat", "dog")]
    found = scan(with_metadata(tmp_path, *rows))

    assert found.item("a.jpg")["text"] == "cat"
    assert found.rejects.rows() == [
        ("metadata.jsonl#2", "another caption of 'a.jpg' stands in an earlier row and is kept")
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent.jpg", "file_name 'absent.jpg' is not among the items of the folder"),
        ("metadata.jsonl", "file_name 'metadata.jsonl' is not among the items of the folder"),
        ("", "has no file_name"),
        (None, "has no file_name"),
        (["a.jpg"], "has no file_name"),
        ("../inbox/a.jpg", "file_name '../inbox/a.jpg' points outside the folder"),
        ("x/../../a.jpg", "file_name 'x/../../a.jpg' points outside the folder"),
        ("..", "file_name '..' points outside the folder"),
        ("/etc/passwd", "file_name '/etc/passwd' points outside the folder"),
        ("\0", "file_name '\\x00' is not among the items of the folder"),
        ("\ud800", "file_name '\\ud800' is not among the items of the folder"),
    ],
    ids=repr,
)
def test_metadata_of_no_item_are_named(tmp_path, name, reason):
    found = scan(with_metadata(tmp_path, {"file_name": name, "caption": "x"}))

    assert found.rejects.rows() == [("metadata.jsonl#1", reason)]
    assert found.item("a.jpg")["text"] is None


def test_a_roundabout_name_inside_the_folder_is_understood(tmp_path):
    found = scan(with_metadata(tmp_path, {"file_name": "./x/../a.jpg", "caption": "here"}))

    assert found.item("a.jpg")["text"] == "here"


def test_composed_and_decomposed_names_meet(tmp_path):
    files = {"cafe\u0301.jpg": image_bytes(), "m.csv": "file_name,caption\ncaf\u00e9.jpg,coffee\n"}

    assert scan(put(tmp_path, files)).items["text"].to_list() == ["coffee"]


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ({"timestamp": "xyz"}, "timestamp 'xyz' is not a date; kept without"),
        ({"group": ["a", "b"]}, "group is not a single value but list; kept without"),
        ({"url": "\ud800"}, "url is not valid UTF-8; kept without"),
        ({"caption": 5}, "caption is not a string but int; kept without"),
    ],
    ids=repr,
)
def test_a_fact_that_cannot_be_read_is_left_out_and_the_item_stays(tmp_path, fact, reason):
    found = scan(with_metadata(tmp_path, {"file_name": "a.jpg"} | fact))

    item = found.item("a.jpg")
    assert [item[name] for name in ("timestamp", "group", "url", "text")] == [None] * 4
    assert found.rejects.rows() == [("metadata.jsonl#1", reason)]


def test_parquet_instants_become_utc(tmp_path):
    noon = pl.Series(["2024-06-01T12:00"]).str.to_datetime(time_unit="ns", time_zone="Europe/Paris")
    table = parquet({"text": ["a"], "timestamp": noon})
    found = scan(put(tmp_path, {"t.parquet": table}), "text")

    assert found.items["timestamp"][0].isoformat() == "2024-06-01T10:00:00+00:00"


@pytest.mark.parametrize(
    ("facts", "years"),
    [
        ({"timestamp": "1790-1805"}, (1790, 1806)),
        ({"timestamp": 1790, "timestamp_end": 1805}, (1790, 1806)),
        ({"timestamp": "1790s", "timestamp_end": "1805"}, (1790, 1806)),
        ({"timestamp": 1790}, (1790, None)),
    ],
    ids=repr,
)
def test_a_range_of_dates_lasts_to_the_end_of_what_it_names(tmp_path, facts, years):
    found = scan(put(tmp_path, {"t.jsonl": lines({"text": "a"} | facts)}), "text")

    assert found.rejects.is_empty()
    ends = found.items.row(0, named=True)["timestamp"], found.items["timestamp_end"][0]
    assert tuple(end and end.year for end in ends) == years


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"timestamp_end": 1805}, "timestamp_end stands without a timestamp; kept without"),
        (
            {"timestamp": 1805, "timestamp_end": 1790},
            "timestamp_end lies before the timestamp; kept without",
        ),
        (
            {"timestamp": "1805-1790"},
            "timestamp '1805-1790' is not a date: it ends before it begins; kept without",
        ),
    ],
    ids=repr,
)
def test_a_range_that_cannot_be_is_left_out(tmp_path, facts, reason):
    found = scan(put(tmp_path, {"t.jsonl": lines({"text": "a"} | facts)}), "text")

    assert found.rejects.rows() == [("t.jsonl#1", reason)]
    assert found.items["timestamp_end"].to_list() == [None]


def test_the_end_of_another_date_is_not_borrowed(tmp_path):
    rows = ({"file_name": "a.jpg", "timestamp": when} for when in ("1700", "1790-1805"))
    found = scan(with_metadata(tmp_path, *rows))

    item = found.item("a.jpg")
    assert (item["timestamp"].year, item["timestamp_end"]) == (1700, None)
    assert found.rejects["reason"].str.contains("another timestamp").to_list() == [True]


def test_a_text_file_of_the_same_stem_is_the_caption(tmp_path):
    files = {"x/a.jpg": image_bytes(1), "x/a.txt": "a cat\r\n", "a.txt": "somebody else's"}
    found = scan(put(tmp_path, files))

    assert found.items["text"].to_list() == ["a cat\n"]
    assert found.rejects.rows() == [
        ("a.txt", "no image has the same name, so this is nobody's caption")
    ]


def test_a_caption_that_is_no_text_is_left_out_and_the_image_stays(tmp_path):
    found = scan(put(tmp_path, {"a.jpg": image_bytes(), "a.txt": "Grüße".encode("cp1252")}))

    assert found.items["text"].to_list() == [None]
    assert found.reasons("a.txt") == ["is not UTF-8 text; save it in that encoding"]


def test_a_table_beside_images_without_file_names_is_refused(tmp_path):
    found = scan(put(tmp_path, {"a.jpg": image_bytes(), "metadata.csv": "text\nhello\n"}))

    assert found.rejects.rows() == [("metadata.csv", "has no file_name column, or no row")]


def test_metadata_of_text_files_reach_them_and_captions_do_not(tmp_path):
    row = {"file_name": "a.txt", "group": "letters", "caption": "ignored", "timestamp": "1740"}
    found = scan(put(tmp_path, {"a.txt": "Dear all,", "metadata.jsonl": lines(row)}), "text")

    item = found.item("a.txt")
    assert (item["text"], item["group"], item["timestamp"].year) == ("Dear all,", "letters", 1740)
    assert found.rejects.is_empty()
