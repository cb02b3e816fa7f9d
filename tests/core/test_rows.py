import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import ContractError
from saetm.rows import content_version, digest, pending, stale
from tests.strategies import TEXTS, row_frames, wanted_frame

VALUES = {
    pl.String(): TEXTS,
    pl.Int32(): st.integers(-9, 9),
    pl.Float64(): st.floats(),
    pl.Boolean(): st.booleans(),
    pl.Binary(): st.binary(max_size=4),
    pl.Datetime("us", "UTC"): st.datetimes().map(lambda instant: instant.replace(microsecond=7)),
    pl.List(pl.Float32()): st.lists(st.floats(width=32), max_size=3),
    pl.List(pl.String()): st.lists(st.none() | TEXTS, max_size=3),
}


def pairs(frame):
    return set(frame.select("item_id", "input_hash").collect().rows())


def do_the_work(wanted, present):
    """What a stage does with rows: delete what is stale, append what is owed."""
    gone = stale(wanted, present, wanted, producer="p")
    kept = present.join(gone, on=["item_id", "producer"], how="anti")
    owed = pending(wanted, kept.filter(producer="p")).with_columns(producer=pl.lit("p"))
    return pl.concat([kept, owed.select(kept.collect_schema().names())])


@given(row_frames())
def test_what_is_owed_and_what_is_there_are_all_that_is_wanted(frames):
    wanted, present = frames
    mine = present.filter(producer="p")

    assert pairs(pending(wanted, mine)) == pairs(wanted) - pairs(mine)


@given(row_frames())
def test_after_the_work_nothing_is_owed_and_nothing_is_stale(frames):
    wanted, present = frames
    done = do_the_work(wanted, present)
    mine = done.filter(producer="p")

    assert pairs(mine) == pairs(wanted)
    assert pending(wanted, mine).collect().height == 0
    assert stale(wanted, done, wanted, producer="p").collect().height == 0


@given(row_frames())
def test_working_twice_is_working_once(frames):
    wanted, present = frames
    once = do_the_work(wanted, present).collect()
    twice = do_the_work(wanted, once.lazy()).collect()

    assert sorted(once.rows()) == sorted(twice.rows())


@given(row_frames(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(frames, chance):
    wanted, present = (frame.collect() for frame in frames)
    shuffled = [
        frame.sample(fraction=1.0, shuffle=True, seed=chance.randrange(99)).lazy()
        for frame in (wanted, present)
    ]

    assert pairs(pending(*shuffled)) == pairs(pending(wanted.lazy(), present.lazy()))
    gone = [
        stale(*f, f[0], producer="p").collect() for f in (shuffled, (wanted.lazy(), present.lazy()))
    ]
    assert sorted(gone[0].rows()) == sorted(gone[1].rows())


@given(row_frames())
def test_rows_of_other_producers_stay_while_their_item_stays(frames):
    wanted, present = frames
    items = {item for item, _ in pairs(wanted)}
    others = set(present.filter(producer="q").collect().rows())
    kept = set(do_the_work(wanted, present).filter(producer="q").collect().rows())

    assert kept == {row for row in others if row[0] in items}


@given(row_frames())
def test_a_batch_that_was_done_is_not_owed_again(frames):
    wanted, _ = frames
    half = wanted.head(wanted.collect().height // 2)

    assert pairs(pending(wanted, half)) | pairs(half) == pairs(wanted)
    assert not pairs(pending(wanted, half)) & pairs(half)


def test_what_the_work_needs_travels_with_the_owed_rows():
    wanted = wanted_frame({"a": "1"}).with_columns(text=pl.lit("hello"))

    owed = pending(wanted, wanted_frame({"b": "1"})).collect()
    assert owed.row(0, named=True) == {"item_id": "a", "input_hash": "1", "text": "hello"}


@st.composite
def frames_of_values(draw, *, min_rows=0):
    dtypes = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3))
    height = draw(st.integers(min_rows, 5))
    return pl.DataFrame(
        [
            pl.Series(
                f"c{i}",
                draw(st.lists(st.none() | VALUES[t], min_size=height, max_size=height)),
                dtype=t,
                strict=False,
            )
            for i, t in enumerate(dtypes)
        ]
    )


@given(frames_of_values(), st.integers(0, 99))
def test_a_version_ignores_the_order_of_rows(frame, seed):
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)

    assert content_version(shuffled) == content_version(frame)


@given(frames_of_values(), frames_of_values())
def test_versions_are_equal_exactly_when_the_rows_are(one, other):
    def shape(frame):
        kinds = [str(dtype) for dtype in frame.dtypes]
        return kinds, sorted(repr(row) for row in frame.rows())

    assert (content_version(one) == content_version(other)) == (shape(one) == shape(other))


@given(frames_of_values(min_rows=1))
def test_a_repeated_row_is_another_version(frame):
    assert content_version(pl.concat([frame, frame.head(1)])) != content_version(frame)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": ["x", "y"], "b": ["y", "x"]}, {"a": ["x", "y"], "b": ["x", "y"]}),
        ({"a": ["ab"], "b": ["c"]}, {"a": ["a"], "b": ["bc"]}),
        ({"a": [["a"], ["b"]]}, {"a": [["a", "b"], []]}),
        ({"a": [[1], None]}, {"a": [[1], []]}),
        ({"a": [[1], [None]]}, {"a": [[1], []]}),
        ({"a": ["", None]}, {"a": ["", ""]}),
        ({"a": [None, "b"], "c": ["x", "y"]}, {"a": [None, "b"], "c": ["y", "x"]}),
        ({"a": [1]}, {"a": ["1"]}),
        ({"a": [1]}, {"a": [1.0]}),
        ({"a": ["x"]}, {"a": [b"x"]}),
        ({"a": [1.0]}, {"a": [1.0000000000000002]}),
        ({"a": [0.0]}, {"a": [-0.0]}),
        ({"a": [1]}, {"b": [1]}),
        ({"a": [1], "b": [2]}, {"b": [2], "a": [1]}),
        ({"a": []}, {"a": [], "b": []}),
    ],
    ids=str,
)
def test_a_version_notices(one, other):
    assert content_version(pl.DataFrame(one)) != content_version(pl.DataFrame(other))


def test_the_width_of_a_number_is_not_content():
    frame = pl.DataFrame({"a": [1, 2], "b": [0.5, None]})
    narrow = frame.cast({"a": pl.Int16, "b": pl.Float32})

    assert content_version(narrow) == content_version(frame)


def test_every_not_a_number_is_the_same_content():
    bits = pl.Series("a", [0x7FF8000000000000, -0x0008000000000000, 0x7FF8000000000001])
    frames = [bits.slice(i, 1).reinterpret(dtype=pl.Float64).to_frame() for i in range(3)]

    assert [frame.item() != frame.item() for frame in frames] == [True] * 3
    assert len({content_version(frame) for frame in frames}) == 1


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Decimal(10, 2), pl.Struct({"a": pl.Int8})])
def test_a_type_without_a_version_is_refused(dtype):
    with pytest.raises(ContractError, match="'odd'"):
        content_version(pl.DataFrame({"odd": pl.Series([None], dtype=dtype)}))


STORED = "4c858106254a65c638b26f17bebe2e9a"


def test_a_version_is_the_same_in_every_process():
    program = (
        "import polars as pl; from saetm.rows import content_version; print(content_version("
        "pl.DataFrame({'a': ['x', None], 'b': [[1.5], []], 'c': [1, 2], 'd': [b'z', b'']})))"
    )
    versions = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, threads in (("1", "1"), ("2", "2"))
    }

    assert versions == {STORED}


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_digests_are_equal_exactly_when_the_parts_are(one, other):
    assert (digest(one) == digest(other)) == (one == other)


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_parts_do_not_run_into_each_other(parts):
    joined = ["".join(parts)]

    assert (digest(parts) == digest(joined)) == (parts == joined)
    assert digest([*parts, ""]) != digest(parts)


def test_rows_of_another_producer_stay_until_their_item_leaves():
    items = pl.LazyFrame({"item_id": ["a", "b"]})
    wanted = pl.LazyFrame({"item_id": ["a"], "input_hash": ["1"]})
    present = pl.LazyFrame(
        {
            "item_id": ["a", "b", "b", "gone"],
            "producer": ["old", "old", "p", "old"],
            "input_hash": ["0", "0", "0", "0"],
        }
    )

    leaving = stale(wanted, present, items, producer="p").collect()

    assert set(leaving.iter_rows()) == {("b", "p"), ("gone", "old")}
