"""A dataset in memory beside what its tables say, on a line that ran."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from resources.lake import Lake
from resources.registry import Registry
from saetm.errors import InputError
from saetm.queries.groups import topic_groups
from saetm.queries.topics import items_of_topic
from saetm.queries.topics import topics as stored_topics
from saetm.queries.trends import trends
from saetm.tables import MATERIALISATIONS, SCORES
from saetm_assets.cut_view import compute_cut
from saetm_assets.explorer import sets
from saetm_assets.explorer.coherence import Coherence
from saetm_assets.explorer.library import KEPT, PATIENCE, Library
from saetm_assets.explorer.neighbours import like_words, met, place_of
from saetm_assets.explorer.trends import cut_trends, node_trends, topic_trends


@pytest.fixture(scope="module")
def lake(home):
    return Lake(str(home / "lake"))


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def library(home, lake, clock):
    return Library(lake, Registry(lake, home / "inbox"), lambda: clock[0])


@pytest.fixture
def tiles(library):
    return library.dataset("tiles")


def test_topics_at_a_stored_number_are_the_stored_ones(lake, tiles):
    for count in tiles.stored_counts:
        rows = stored_topics(lake, "tiles", count).collect()
        topics = tiles.cut(count).topics
        for name in ("topic_id", "item_count", "label", "description", "category"):
            shown = [getattr(t, name, None) or getattr(t.summary, name, None) for t in topics]
            assert shown == rows[name].to_list()
        assert [list(topic.words) for topic in topics] == rows["words"].to_list()


def test_topics_at_another_number_are_those_of_the_tree(tiles):
    for count in (1, 4, tiles.most_topics, 10_000):
        rows = compute_cut(tiles.view, tiles.clamped(count), tiles.options).topics
        assert [topic.topic_id for topic in tiles.cut(count).topics] == rows["topic_id"].to_list()
        assert all(topic.label for topic in tiles.cut(count).topics)


def test_any_node_of_the_tree_is_a_topic_with_items(lake, tiles):
    for topic_id in tiles.nodes["topic_id"].to_list():
        topic = tiles.topic(topic_id)
        shares = tiles.shares_of(topic_id).toarray().ravel()
        rows = items_of_topic(lake, "tiles", topic_id).collect()
        told = dict(rows.select("item_id", "share").iter_rows())
        assert topic.weight == pytest.approx(shares.mean(), rel=1e-4)
        for place, item_id in enumerate(tiles.material.item_ids):
            assert shares[place] == pytest.approx(told.get(item_id, 0.0), abs=1e-5)
        best = [tiles.material.item_ids[place] for place in topic.best]
        assert sorted(best) == sorted(rows["item_id"])


def test_a_node_by_itself_moves_as_it_does_among_the_topics_of_a_stored_cut(lake, tiles):
    columns = ["unit", "period", "starts_at", "place", "item_count", "share", "low", "high"]
    for count, per in product(tiles.stored_counts, ("month", "year", "decade", "group")):
        among = trends(lake, "tiles", count, per).collect()
        for topic in tiles.cut(count).topics:
            mine = among.filter(topic_id=topic.topic_id).select(*columns, "prevalence")
            alone = node_trends(tiles, topic.topic_id, count, per).select(mine.columns)
            assert_frame_equal(alone, mine, check_dtypes=False, abs_tol=1e-6)


def test_topics_move_on_their_pages_as_they_do_over_time(tiles):
    for count in tiles.stored_counts:
        rows, refusal = cut_trends(tiles, count, "year")
        shown = [topic_trends(tiles, t.topic_id, count, "year") for t in tiles.cut(count).topics]
        assert not refusal
        assert_frame_equal(pl.concat(shown), rows)
        assert rows["words"].list.len().max() > 0


def test_groups_from_memory_are_those_of_the_query(lake, tiles):
    for count in tiles.stored_counts:
        groups = topic_groups(lake, "tiles", count).collect()
        for topic in tiles.cut(count).topics:
            mine = groups.filter(topic_id=topic.topic_id)
            alone = sets.topic_groups(tiles, topic.topic_id)
            assert_frame_equal(alone, mine, check_dtypes=False, abs_tol=1e-6)


def test_coherence_is_the_one_that_is_scored(lake, tiles, monkeypatch):
    monkeypatch.setattr("saetm_assets.explorer.held_items.BLOCK", 7)  # several blocks
    for count in tiles.stored_counts:
        scores = lake.scan(SCORES, "tiles").filter(model="sae_tm", topic_count=count, metric="npmi")
        scored = scores.select("value").collect().item()
        assert np.mean(tiles.coherence.of(tiles.cut(count).topics)) == pytest.approx(scored)


def test_coherence_is_the_same_alone_and_after_others(tiles):
    topics = tiles.cut(4).topics
    one_by_one = Coherence(tiles.word_counts, tiles.material.words)

    alone = [one_by_one.of([topic])[0] for topic in reversed(topics)][::-1]

    assert alone == pytest.approx(tiles.coherence.of(topics))


def test_neighbours_are_other_topics_and_places_nest(tiles):
    cut = tiles.cut(4)
    for topic in cut.topics:
        beside = [*like_words(tiles, cut, topic, 9), *met(tiles, cut, topic, 9)]
        assert topic.topic_id not in {each.topic.topic_id for each in beside}
        place = place_of(tiles, topic)
        assert place.fewest <= 4 <= place.most
        for count in (place.fewest, place.most):
            assert topic.topic_id in tiles.cut(count).rank_of
        assert topic.topic_id not in tiles.cut(max(place.fewest - 1, 1)).rank_of
        assert place.most == tiles.tree.n_leaves or (
            {child.topic_id for child in place.children} <= tiles.cut(place.most + 1).rank_of.keys()
        )


def test_who_asks_for_what_is_not_there_is_told(tiles, library):
    with pytest.raises(InputError, match="no topic 't0'"):
        tiles.topic("t0")
    with pytest.raises(InputError, match="no item 'i0'"):
        tiles.item("i0")
    with pytest.raises(InputError, match="no dataset is called"):
        library.dataset("nobody")


def enter(lake, asset, **changed):
    """Append an entry to the ledger of a copy of `tiles`."""
    rows = lake.scan(MATERIALISATIONS, "tiles").filter(pl.col("asset") == asset).collect()
    later = pl.col("created_at").max() + pl.duration(seconds=1)
    entry = (
        rows.sort("created_at")
        .tail(1)
        .with_columns(later, **{k: pl.lit(v) for k, v in changed.items()})
    )
    lake.append(MATERIALISATIONS, entry, note={})


def test_a_dataset_stays_until_its_ledger_changes(library, clock, lake, tmp_path):
    copied = Lake(str(tmp_path))
    copied.append(MATERIALISATIONS, lake.scan(MATERIALISATIONS).collect(), note={})
    library.lake = copied
    first = library.dataset("tiles")

    enter(copied, "report", row_count=9)
    assert library.dataset("tiles") is first  # looked a moment ago
    clock[0] += 2 * PATIENCE
    second = library.dataset("tiles")
    clock[0] += 2 * PATIENCE

    assert second is not first
    assert library.dataset("tiles") is second


def test_while_a_run_writes_what_was_open_stays_as_it_was(library, clock, lake, tmp_path):
    copied = Lake(str(tmp_path))
    copied.append(MATERIALISATIONS, lake.scan(MATERIALISATIONS).collect(), note={})
    library.lake = copied
    first = library.dataset("tiles")

    enter(copied, "topics", input_version="")
    clock[0] += 2 * PATIENCE
    assert library.dataset("tiles") is first
    enter(copied, "topics", input_version="new", data_version="new")
    clock[0] += 2 * PATIENCE

    assert library.dataset("tiles") is not first


def test_few_datasets_are_kept(library, monkeypatch):
    monkeypatch.setattr("saetm_assets.explorer.library.KEPT", 1)
    first = library.dataset("tiles")
    library.dataset("posts")

    assert KEPT > 1
    assert library.dataset("tiles") is not first
