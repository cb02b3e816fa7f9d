"""Why a topic changed between two moments."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from saetm.errors import InputError
from saetm.queries.answers import Row, rows
from saetm.queries.autoencoders import autoencoder_of
from saetm.queries.causes import Difference, differences, unrecorded
from saetm.queries.made_by import producers, way
from saetm.queries.shares import topic_items
from saetm.queries.source import Source, in_service
from saetm.queries.topic import Topic, find_topic
from saetm.tables import CAPTIONS, ITEMS, TOPIC_CHANGES
from saetm.topics.changes import top

MOST_LISTED = 20  # items that are named; all of them are counted
BEST = 10  # items by which a topic is known


@dataclass(frozen=True, slots=True)
class Side:
    """A topic at one of the two moments."""

    label: str | None
    weight: float
    item_count: int | None
    words: tuple[str, ...]  # the top ones
    features: tuple[int, ...]
    items: tuple[str, ...]  # the best ones
    sae_id: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Things that came and went: how many, and the first of them."""

    came: int
    went: int
    first_came: tuple[str, ...]
    first_went: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the history that the topics keep of themselves."""

    created_at: datetime
    topic_count: int
    change: str
    topic_id: str
    relatives: tuple[str, ...]
    run_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a topic in between, and why."""

    dataset: str
    topic_id: str
    then: Side | None  # None where it was not there
    now: Side | None
    words: Moved
    features: Moved | None  # None where they are of two autoencoders, and cannot be compared
    best_items: Moved  # by path
    files: Moved  # of the whole dataset, by path
    recaptioned: int  # items of both moments whose caption is another one
    differences: tuple[Difference, ...]  # of the assets, causes and consequences
    unrecorded: tuple[str, ...]  # assets whose code and options the ledger does not tell for both
    is_retrained: bool  # whether the autoencoder is another one
    history: tuple[Told, ...]

    def frame(self) -> pl.DataFrame:
        """Write what differs as rows: asset, what, name, then, now, is_cause."""
        names = ("asset", "what", "name", "then", "now", "is_cause")
        cells = [[getattr(each, name) for name in names] for each in self.differences]
        schema = {name: pl.String() for name in names[:-1]} | {"is_cause": pl.Boolean()}
        return pl.DataFrame(cells, schema=schema, orient="row")


def topic_change(then: Source, now: Source, dataset: str, topic_id: str) -> Change:
    """Compare a topic with itself, and say what made the difference.

    Args:
        then: the lake as it was.
        now: the lake as it is, or as it was later.
        dataset: the dataset.
        topic_id: the topic; it need not be there at both moments.

    Raises:
        InputError: it is there at neither.
    """
    before, after = (_side(source, dataset, topic_id) for source in (then, now))
    if before is None and after is None:
        raise InputError(f"{dataset!r} had no topic {topic_id!r} then, and has none now")
    was, is_ = (way(source, dataset) for source in (then, now))
    is_retrained = bool(before and after and before.sae_id != after.sae_id)
    old, new = before or _NOWHERE, after or _NOWHERE
    return Change(
        dataset=dataset,
        topic_id=topic_id,
        then=before,
        now=after,
        words=moved(old.words, new.words),
        features=None if is_retrained else moved(_texts(old.features), _texts(new.features)),
        best_items=_paths(then, now, dataset, moved(old.items, new.items)),
        files=_files(then, now, dataset),
        recaptioned=_recaptioned(then, now, dataset),
        differences=differences(was, is_),
        unrecorded=unrecorded(was, is_),
        is_retrained=is_retrained,
        history=_history(then, now, dataset, topic_id),
    )


def moved(then: tuple[str, ...], now: tuple[str, ...]) -> Moved:
    """Tell what came and went, in the order in which it stood.

    Example:
        >>> moved(("boat", "sail"), ("sail", "mast"))
        Moved(came=1, went=1, first_came=('mast',), first_went=('boat',))
    """
    came = [each for each in now if each not in set(then)]
    went = [each for each in then if each not in set(now)]
    return Moved(len(came), len(went), tuple(came[:MOST_LISTED]), tuple(went[:MOST_LISTED]))


_NOWHERE = Side(None, 0.0, None, (), (), (), None)


def _side(source: Source, dataset: str, topic_id: str) -> Side | None:
    try:
        topic, _ = find_topic(source, dataset, topic_id)
    except InputError:
        return None
    sae = autoencoder_of(source, dataset)
    return Side(
        label=topic.name.label if topic.name else None,
        weight=topic.weight,
        item_count=topic.item_count,
        words=tuple(top([word.word for word in topic.words])),
        features=topic.features,
        items=_best(source, dataset, topic),
        sae_id=sae.sae_id if sae else None,
    )


def _best(source: Source, dataset: str, topic: Topic) -> tuple[str, ...]:
    if topic.best_items:
        return topic.best_items[:BEST]
    coder = producers(way(source, dataset)).get("activations", "")
    found = rows(topic_items(source, dataset, topic, coder).head(BEST))
    return tuple(row["item_id"] for row in found)


def _texts(numbers: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(str(number) for number in numbers)


def _paths(then: Source, now: Source, dataset: str, items: Moved) -> Moved:
    """Name items by the paths of their files."""
    among = [*items.first_came, *items.first_went]
    paths: dict[str, str] = {}
    for source in (then, now):
        known = source.scan(ITEMS, dataset).filter(pl.col("item_id").is_in(among))
        paths |= {row["item_id"]: row["path"] for row in rows(known.select("item_id", "path"))}
    came, went = (
        tuple(paths.get(item, item) for item in side)
        for side in (items.first_came, items.first_went)
    )
    return Moved(items.came, items.went, came, went)


def _files(then: Source, now: Source, dataset: str) -> Moved:
    """Tell which items came to the dataset, and which left it."""
    old, new = (source.scan(ITEMS, dataset).select("item_id", "path") for source in (then, now))
    came = rows(new.join(old, on="item_id", how="anti").sort("path"))
    went = rows(old.join(new, on="item_id", how="anti").sort("path"))
    first_came, first_went = (
        tuple(row["path"] for row in side[:MOST_LISTED]) for side in (came, went)
    )
    return Moved(len(came), len(went), first_came, first_went)


def _recaptioned(then: Source, now: Source, dataset: str) -> int:
    old, new = (
        in_service(source, CAPTIONS, dataset).select("item_id", "caption_hash")
        for source in (then, now)
    )
    both = old.join(new, on="item_id").filter(
        pl.col("caption_hash") != pl.col("caption_hash_right")
    )
    return int(rows(both.select(pl.len()))[0]["len"])


def _history(then: Source, now: Source, dataset: str, topic_id: str) -> tuple[Told, ...]:
    """Read what the topics noted since of this one, or of one that it went into or came from."""
    names = ("created_at", "topic_count", "change", "topic_id", "relatives", "run_id")
    mine = (pl.col("topic_id") == topic_id) | pl.col("relatives").list.contains(topic_id)
    known = then.scan(TOPIC_CHANGES, dataset).select(TOPIC_CHANGES.key)
    since = now.scan(TOPIC_CHANGES, dataset).join(known, on=TOPIC_CHANGES.key, how="anti")
    told = since.filter(mine).select(names).sort("created_at", "topic_count", "change", "topic_id")
    return tuple(_told(row) for row in rows(told))


def _told(row: Row) -> Told:
    return Told(**row | {"relatives": tuple(row["relatives"])})
