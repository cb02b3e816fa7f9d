import polars as pl
import pytest

from resources.lake import Lake
from saetm.errors import ContractError, InputError, SaetmError
from saetm.tables import DATASETS, SCORES, TABLES, VOCABULARY
from tests.strategies import ABSURD_NAMES, example_rows

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
NOTE = {"run_id": "run-7", "asset": "vocabulary"}


@pytest.fixture
def lake(tmp_path):
    return Lake(str(tmp_path / "lake"))


def words(lake, dataset):
    return sorted(lake.scan(VOCABULARY, dataset).collect()["word"])


def vocabulary(dataset, *of_words):
    rows = example_rows(VOCABULARY, len(of_words), dataset=dataset)
    return rows.with_columns(word=pl.Series(of_words, dtype=pl.String))


def scores(dataset, **columns):
    height = len(next(iter(columns.values())))
    rows = example_rows(SCORES, height, dataset=dataset)
    return rows.with_columns(pl.Series(name, values) for name, values in columns.items())


@EVERY
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_table_is_read_by_plain_polars_as_it_was_written(lake, table, count):
    rows = example_rows(table, count)
    lake.replace(table, "d", rows, note=NOTE)
    stored = pl.scan_delta(lake.uri(table))

    assert stored.collect_schema() == table.schema
    assert stored.collect().sort(table.key).equals(rows.sort(table.key))


def test_every_table_is_created_empty_with_its_meaning(lake):
    lake.create()
    lake.create()

    for table in TABLES.values():
        assert pl.scan_delta(lake.uri(table)).collect().equals(table.empty())
        assert lake.version(table) == 0


@EVERY
def test_a_table_that_was_never_written_is_empty_and_reading_writes_nothing(lake, tmp_path, table):
    assert lake.scan(table).collect().equals(table.empty())
    assert lake.scan(table, "d").collect().equals(table.empty())
    assert not (tmp_path / "lake").exists()


def test_absurd_names_do_not_leak_into_one_another(lake):
    for name in ABSURD_NAMES:
        lake.append(VOCABULARY, vocabulary(name, f"{name} 1", f"{name} 2"), note=NOTE)
    for name in ABSURD_NAMES:
        assert words(lake, name) == [f"{name} 1", f"{name} 2"]
    for name in ABSURD_NAMES[::2]:
        lake.replace(VOCABULARY, name, vocabulary(name, f"{name} 3"), note=NOTE)
    for name in ABSURD_NAMES[1::2]:
        keys = pl.DataFrame({"word": [f"{name} 1"]})
        lake.delete(VOCABULARY, name, keys, note=NOTE)

    for name in ABSURD_NAMES[::2]:
        assert words(lake, name) == [f"{name} 3"]
    for name in ABSURD_NAMES[1::2]:
        assert words(lake, name) == [f"{name} 2"]


def test_removing_one_absurd_name_leaves_all_others(lake):
    everything = pl.concat(vocabulary(name, name) for name in ABSURD_NAMES)
    lake.append(VOCABULARY, everything, note=NOTE)
    left = list(ABSURD_NAMES)
    for name in ABSURD_NAMES:
        lake.remove(VOCABULARY, name, note=NOTE)
        left.remove(name)
        assert sorted(lake.scan(VOCABULARY).collect()["dataset"]) == sorted(left)


def test_an_unpartitioned_table_keeps_its_datasets_apart_as_well(lake):
    for name in ABSURD_NAMES:
        rows = example_rows(DATASETS, 1, dataset=name).with_columns(folder=pl.lit(name))
        lake.replace(DATASETS, name, rows, note=NOTE)
    for name in ABSURD_NAMES:
        assert lake.scan(DATASETS, name).collect()["folder"].to_list() == [name]


@pytest.mark.parametrize("folder", ["two words", "été 海", "100%", "a#b?c", "it's {a} *"])
def test_a_lake_may_lie_in_a_folder_of_any_name(tmp_path, folder):
    lake = Lake(str(tmp_path / folder))
    lake.append(VOCABULARY, vocabulary("a=b %20", "sea"), note=NOTE)
    lake.append(VOCABULARY, vocabulary("a=b %20", "boat"), note=NOTE)
    lake.delete(VOCABULARY, "a=b %20", pl.DataFrame({"word": ["sea"]}), note=NOTE)

    assert words(lake, "a=b %20") == ["boat"]
    assert [path.name for path in tmp_path.iterdir()] == [folder]


@pytest.mark.parametrize(
    "root",
    [*["/t/a%20b", "/t/a\\b", "/t/[a]", "/t/a\nb", "/t/\udcff", "/t/a=b"], "s3://b/env=prod"],
)
def test_a_folder_that_delta_would_get_lost_in_is_refused_at_once(root):
    with pytest.raises(InputError, match="folder with"):
        Lake(root)


def test_an_unknown_store_is_no_empty_lake():
    with pytest.raises(InputError, match="s3://"):
        Lake("s4://bucket/lake")


def test_a_file_uri_is_the_folder_it_names(tmp_path):
    lake = Lake((tmp_path / "a b").as_uri())
    lake.append(VOCABULARY, vocabulary("d", "sea"), note=NOTE)

    assert words(Lake(str(tmp_path / "a b")), "d") == ["sea"]


def test_replacing_touches_only_the_rows_of_its_equalities(lake):
    rows = scores("d", model=["lda", "lda", "etm"], metric=["npmi", "it's", "npmi"])
    lake.append(SCORES, rows, note=NOTE)
    lake.append(SCORES, scores("other", model=["lda"], metric=["npmi"]), note=NOTE)
    instead = scores("d", model=["lda"], metric=["it's"]).with_columns(value=pl.lit(0.5))
    written = lake.replace(SCORES, "d", instead, note=NOTE, model="lda", metric="it's")
    left = lake.scan(SCORES).select("dataset", "model", "metric", "value").collect()

    assert written == 1
    assert sorted(left.rows()) == [
        ("d", "etm", "npmi", 5e-324),
        ("d", "lda", "it's", 0.5),
        ("d", "lda", "npmi", 5e-324),
        ("other", "lda", "npmi", 5e-324),
    ]


def test_replacing_by_nothing_empties_just_that_part(lake):
    lake.append(SCORES, scores("d", model=["lda", "etm"]), note=NOTE)
    lake.replace(SCORES, "d", SCORES.empty(), note=NOTE, model="lda")

    assert lake.scan(SCORES, "d").collect()["model"].to_list() == ["etm"]


@pytest.mark.parametrize("where", [{}, {"model": "lda"}, {"nonsense": "lda"}])
def test_a_row_outside_of_what_is_replaced_is_refused_and_nothing_changes(lake, where):
    lake.append(SCORES, scores("d", model=["lda"]), note=NOTE)
    foreign = scores("e" if not where else "d", model=["etm"])
    with pytest.raises(ContractError, match="in every row"):
        lake.replace(SCORES, "d", foreign, note=NOTE, **where)

    assert lake.scan(SCORES).select("dataset", "model").collect().rows() == [("d", "lda")]


@pytest.mark.parametrize("columns", [["model"], ["model", "metric"], ["metric", "run_id", "model"]])
def test_deleting_hits_exactly_the_rows_that_equal_a_key(lake, columns):
    rows = pl.DataFrame(
        [(a, b, c) for a in "xy" for b in ("1", "it's") for c in ("r", 'q"')],
        schema=["model", "metric", "run_id"],
        orient="row",
    )
    stored = example_rows(SCORES, 8).with_columns(rows)
    keys = rows.select(columns)[[1, 6]]
    for dataset in ("d", "other"):
        lake.append(SCORES, stored.with_columns(dataset=pl.lit(dataset)), note=NOTE)
    lake.delete(SCORES, "d", keys, note=NOTE)
    expected = rows.join(keys, on=columns, how="anti")

    left = lake.scan(SCORES, "d").select(rows.columns).collect()
    assert sorted(left.rows()) == sorted(expected.rows())
    assert lake.scan(SCORES, "other").collect().height == 8


@pytest.mark.parametrize("columns", [["word"], ["word", "run_id"]])
def test_twelve_hundred_keys_are_deleted_and_no_other_row(lake, columns):
    rows = vocabulary("d", *(f"w'{i}" for i in range(1300))).with_columns(
        run_id=pl.Series(f"r{i % 7}" for i in range(1300))
    )
    lake.append(VOCABULARY, rows, note=NOTE)
    assert lake.delete(VOCABULARY, "d", rows[:1200].select(columns), note=NOTE) == 1200

    assert words(lake, "d") == sorted(rows[1200:]["word"])


@pytest.mark.parametrize(
    "keys",
    [{"word": [None, "a"]}, {"word": [None]}, {"word_id": [0.0]}, {"word_id": [None]}],
    ids=repr,
)
def test_keys_that_are_no_values_are_refused_and_nothing_is_deleted(lake, keys):
    lake.append(VOCABULARY, vocabulary("d", "a"), note=NOTE)
    with pytest.raises(ContractError, match="keys to delete"):
        lake.delete(VOCABULARY, "d", pl.DataFrame(keys), note=NOTE)

    assert words(lake, "d") == ["a"]


def test_whole_numbers_are_keys_beside_text(lake):
    rows = vocabulary("d", "a", "b", "c")
    lake.append(VOCABULARY, rows, note=NOTE)
    assert lake.delete(VOCABULARY, "d", rows[:2].select("word_id", "word"), note=NOTE) == 2

    assert words(lake, "d") == ["c"]


def test_an_unknown_key_column_is_one_sentence(lake):
    lake.append(VOCABULARY, vocabulary("d", "a"), note=NOTE)
    with pytest.raises(SaetmError) as caught:
        lake.delete(VOCABULARY, "d", pl.DataFrame({"nonsense": ["a"]}), note=NOTE)

    assert "nonsense" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_to_append_or_delete_is_no_commit(lake):
    lake.append(VOCABULARY, vocabulary("d", "a"), note=NOTE)
    before = lake.version(VOCABULARY)

    assert lake.append(VOCABULARY, VOCABULARY.empty(), note=NOTE) == 0
    assert lake.delete(VOCABULARY, "d", pl.DataFrame({"word": []}, {"word": str}), note=NOTE) == 0
    assert lake.version(VOCABULARY) == before


def test_every_commit_names_the_run_that_made_it(lake):
    lake.append(VOCABULARY, vocabulary("d", "a", "b"), note={**NOTE, "run_id": "r1"})
    lake.replace(VOCABULARY, "d", vocabulary("d", "a", "b"), note={**NOTE, "run_id": "r2"})
    lake.delete(VOCABULARY, "d", pl.DataFrame({"word": ["a"]}), note={**NOTE, "run_id": "r3"})
    lake.remove(VOCABULARY, "d", note={**NOTE, "run_id": "r4"})
    history = sorted(lake._open(VOCABULARY).history(), key=lambda commit: commit["version"])

    assert [commit.get("run_id") for commit in history] == [None, "r1", "r2", "r3", "r4"]
    assert {commit["asset"] for commit in history[1:]} == {"vocabulary"}


def test_a_table_tells_what_its_rows_are(lake):
    lake.create()

    assert lake._open(VOCABULARY).metadata().description == VOCABULARY.row
    assert lake._open(VOCABULARY).metadata().partition_columns == ["dataset"]
    assert lake._open(DATASETS).metadata().partition_columns == []


@pytest.mark.parametrize("broken", [{"word_id": ["x"]}, {"word": [7]}], ids=repr)
def test_a_frame_that_breaks_the_contract_is_refused_before_anything_is_stored(lake, broken):
    rows = vocabulary("d", "a").with_columns(**pl.DataFrame(broken).to_dict())
    with pytest.raises(ContractError, match="table vocabulary: column 'word"):
        lake.append(VOCABULARY, rows, note=NOTE)
    with pytest.raises(ContractError, match="table vocabulary: column 'word"):
        lake.replace(VOCABULARY, "d", rows, note=NOTE)

    assert lake.scan(VOCABULARY).collect().height == 0


def test_rows_are_written_over_those_with_their_key_and_no_others(lake):
    first = pl.DataFrame({"dataset": ["d"] * 3, "word": ["a", "b", "it's"]}).with_columns(
        word_id=pl.Series([0, 1, 2], dtype=pl.Int32),
        document_frequency=pl.lit(1, pl.Int32),
        word_count=pl.lit(1, pl.Int64),
        run_id=pl.lit("one"),
    )
    lake.append(VOCABULARY, first, note=NOTE)
    lake.append(VOCABULARY, first.with_columns(dataset=pl.lit("other")), note=NOTE)

    lake.rewrite(
        VOCABULARY, "d", first.tail(2).with_columns(run_id=pl.lit("two")), key="word", note=NOTE
    )

    runs = dict(lake.scan(VOCABULARY, "d").select("word", "run_id").collect().iter_rows())
    assert runs == {"a": "one", "b": "two", "it's": "two"}
    assert set(lake.scan(VOCABULARY, "other").collect()["run_id"]) == {"one"}
