import gzip
import io
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.inbox.reading import MAX_TEXT_CHARACTERS, clean_text
from resources.inbox.tables import Flaw, Row, read_rows
from saetm.errors import InputError
from saetm.items import content_id, normalise_text
from tests.resources.inbox_folders import put, scan


def lines(*rows):
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)


def parquet(**columns):
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.jsonl", lines({"text": "one"}, {"text": "two"}).encode()),
        ("t.jsonl.gz", gzip.compress(lines({"text": "one"}, {"text": "two"}).encode())),
        ("t.csv", b"id,text\n1,one\n2,two\n"),
        ("t.parquet", parquet(text=["one", "two"])),
    ],
    ids=["jsonl", "jsonl.gz", "csv", "parquet"],
)
def test_rows_of_every_kind_of_table_are_items(tmp_path, name, content):
    found = scan(put(tmp_path, {name: content}), "text")

    assert found.items.select("path", "text", "modality", "bytes", "item_id").rows() == [
        (f"{name}#1", "one", "text", 3, content_id(b"one")),
        (f"{name}#2", "two", "text", 3, content_id(b"two")),
    ]
    assert found.rejects.is_empty()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_one_text_is_one_item_in_any_encoding_it_may_come_in(tmp_path, encoding, name):
    body = {"a.txt": "naïve café", "a.csv": "text\nnaïve café\n"}
    content = body.get(name, lines({"text": "naïve café"}) + "\n").encode(encoding)

    assert scan(put(tmp_path, {name: content}), "text").items["text"].to_list() == ["naïve café"]


def test_line_ends_and_composed_accents_do_not_change_an_item(tmp_path):
    unix, windows = "caf\u00e9\nbar\n", "cafe\u0301\r\nbar\r\n"
    found = scan(put(tmp_path, {"a.txt": unix, "b.txt": windows}), "text")

    assert found.items["text"].to_list() == [unix]
    assert found.reasons("b.txt") == ["duplicate of 'a.txt'"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("Grüße".encode("cp1252"), "is not UTF-8 text; save it in that encoding"),
        ("odd".encode("utf-16")[:-1], "is not UTF-8 text; save it in that encoding"),
        ("no mark".encode("utf-16-le"), "holds NUL characters, so it is not a text"),
        (b"", "is empty"),
        (b" \n\t \r\n", "is empty"),
    ],
)
def test_a_file_that_is_no_text_is_refused_and_the_rest_goes_on(tmp_path, content, reason):
    found = scan(put(tmp_path, {"a.txt": content, "b.txt": "fine"}), "text")

    assert found.reasons("a.txt") == [reason]
    assert found.items["path"].to_list() == ["b.txt"]


def test_a_bad_line_costs_that_line_only(tmp_path):
    content = lines(
        {"text": "first"},
        '{"text": "cut off',
        '["a", "list"]',
        "",
        {"text": " "},
        {"words": "elsewhere"},
        {"text": 7},
        r'{"text": "\ud800"}',
        "[" * 100_000,
        {"text": "last"},
    )
    found = scan(put(tmp_path, {"t.jsonl": content}), "text")

    assert found.items["path"].to_list() == ["t.jsonl#1", "t.jsonl#10"]
    assert found.rejects.rows() == [
        ("t.jsonl#2", "is not valid JSON"),
        ("t.jsonl#3", "is not a JSON object"),
        ("t.jsonl#5", "text is empty"),
        ("t.jsonl#6", "text is empty"),
        ("t.jsonl#7", "text is not a string but int"),
        ("t.jsonl#8", "text is not valid UTF-8"),
        ("t.jsonl#9", "is not valid JSON"),
    ]


def test_a_line_in_another_encoding_costs_that_line_only(tmp_path):
    good = lines({"text": "good"}).encode()
    bad = '{"text": "Grüße"}'.encode("cp1252")
    found = scan(put(tmp_path, {"t.jsonl": bad + b"\n" + good}), "text")

    assert found.items["text"].to_list() == ["good"]
    assert found.reasons("t.jsonl#1") == ["text is not valid UTF-8"]


def test_a_bad_record_of_a_csv_costs_that_record_only(tmp_path):
    content = 'id,text\n1,"two\nlines, one ""text"""\n2\n3,a,b\n4,"x"y\n5,last\n6,"open\n7,lost\n'
    found = scan(put(tmp_path, {"t.csv": content}), "text")

    assert found.items.select("path", "text").rows() == [
        ("t.csv#1", 'two\nlines, one "text"'),
        ("t.csv#5", "last"),
    ]
    assert found.reasons("t.csv#2") == ["has 1 fields where the header has 2"]
    assert found.reasons("t.csv#3") == ["has 3 fields where the header has 2"]
    assert "is not valid CSV" in found.reasons("t.csv#4")[0]
    assert found.reasons("t.csv#6")[0].endswith("so lines 8 to 9 are left out")


def test_a_csv_holds_texts_beyond_the_limit_of_its_reader(tmp_path):
    long = "word " * 50_000
    found = scan(put(tmp_path, {"t.csv": f'text\n"{long}"\n'}), "text")

    assert found.items["bytes"].to_list() == [250_000]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"words\nhello\n"),
        ("t.csv", b"text\n"),
        ("t.jsonl", b'{"words": "hello"}'),
        ("t.jsonl", b"not json at all"),
        ("t.parquet", parquet(words=["hello"])),
    ],
)
def test_a_table_without_a_text_column_is_refused_as_a_whole(tmp_path, name, content):
    found = scan(put(tmp_path, {name: content, "b.txt": "fine"}), "text")

    reason = "has neither a text nor a file_name column, or no row"
    assert found.rejects.rows() == [(name, reason)]
    assert found.items["path"].to_list() == ["b.txt"]


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.99])
def test_a_truncated_parquet_is_refused(tmp_path, cut):
    whole = parquet(text=[f"text number {number}" for number in range(500)])
    content = whole[: int(len(whole) * cut)]
    found = scan(put(tmp_path, {"t.parquet": content, "b.txt": "fine"}), "text")

    assert found.rejects.rows() == [("t.parquet", "is not valid Parquet, or is damaged")]
    assert found.items["path"].to_list() == ["b.txt"]


def test_a_truncated_gzip_keeps_the_lines_before_the_cut(tmp_path):
    content = lines(*({"text": f"text {number * 7919}"} for number in range(20_000)))
    whole = gzip.compress(content.encode())
    found = scan(put(tmp_path, {"t.jsonl.gz": whole[: len(whole) // 2]}), "text")

    reason = "is damaged gzip or ends early; what follows is lost"
    assert found.reasons("t.jsonl.gz") == [reason]
    assert 5_000 < found.items.height < 15_000


@pytest.mark.parametrize("content", [b"", b"plain", b"\x1f\x8b broken"])
def test_what_is_no_gzip_is_refused(tmp_path, content):
    found = scan(put(tmp_path, {"t.jsonl.gz": content, "b.txt": "fine"}), "text")

    assert len(found.reasons("t.jsonl.gz")) == 1
    assert found.items["path"].to_list() == ["b.txt"]


def test_rows_bring_timestamp_group_url_and_vector(tmp_path):
    row = {"text": "a", "timestamp": 1740, "group": 3, "url": " http://x ", "embedding": [1, 0.5]}
    item = scan(put(tmp_path, {"t.jsonl": lines(row)}), "text").item("t.jsonl#1")

    assert item["timestamp"].isoformat() == "1740-01-01T00:00:00+00:00"
    assert (item["group"], item["url"]) == ("3", "http://x")
    assert item["embedding"] == b"\x00\x00\x80?\x00\x00\x00?"


def test_equal_rows_of_several_tables_are_one_item(tmp_path):
    found = scan(put(tmp_path, {"a.csv": "text\nsame\n", "b.jsonl": '{"text": "same"}'}), "text")

    assert found.items["path"].to_list() == ["a.csv#1"]
    assert found.reasons("b.jsonl#1") == ["duplicate of 'a.csv#1'"]


def test_a_text_longer_than_a_shelf_of_books_is_refused():
    with pytest.raises(InputError, match="longer than"):
        clean_text("a" * (MAX_TEXT_CHARACTERS + 1))


@given(st.text())
def test_a_clean_text_stays_as_it_is(text):
    once = normalise_text(text)

    assert normalise_text(once) == once


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8))
def test_any_text_survives_json_lines(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("t") / "t.jsonl"
    path.write_text(lines(*({"text": text} for text in texts)) + "\n", "utf-8", newline="")

    assert [row.values["text"] for row in read_rows(path)] == texts


@given(
    name=st.sampled_from(["t.csv", "t.jsonl", "t.jsonl.gz", "t.parquet"]),
    content=st.binary(max_size=300) | st.text('",\n\r{}[]:a1\\', max_size=60).map(str.encode),
)
def test_arbitrary_bytes_make_rows_flaws_or_an_input_error(tmp_path_factory, name, content):
    path = tmp_path_factory.mktemp("t") / name
    path.write_bytes(content)
    try:
        rows = list(read_rows(path))
    except InputError:
        return

    assert all(isinstance(row, Row | Flaw) for row in rows)
