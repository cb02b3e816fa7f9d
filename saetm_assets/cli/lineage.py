"""Follow a topic back, from its label to the files, and say why it changed."""

from itertools import islice

import click
from rich.text import Text
from rich.tree import Tree

from resources.lake import Lake
from resources.settings import load_settings
from resources.then import LakeThen, lake_at
from resources.timeline import SHORT_ID, shown
from saetm.prompts.wording import clean
from saetm.queries.autoencoders import Autoencoder
from saetm.queries.change import Change, Moved, Told, topic_change
from saetm.queries.lineage import BestItem, Feature, Lineage, topic_lineage
from saetm.queries.reason import no_reason, reasons, what_happened, why
from saetm.queries.topic import Topic
from saetm.queries.trail import Item
from saetm.queries.tree_nodes import Node
from saetm.tables.autoencoders import TOKENS
from saetm_assets.cli.made import (
    as_text,
    branch,
    joined,
    line,
    listed,
    made,
    part_line,
    quoted,
)
from saetm_assets.cli.show import open_console
from saetm_assets.home import open_registry

WORDS_SHOWN, FEATURES_SHOWN, ITEMS_SHOWN = 12, 8, 5  # in a terminal; JSON has more


def show_lineage(name: str, topic: str, *, as_json: bool) -> None:
    """Print where a topic of a dataset came from.

    Raises:
        InputError: there is no such dataset or topic.
    """
    lineage = topic_lineage(open_lake(name), name, topic)
    if as_json:
        click.echo(as_text(lineage))
        return
    open_console().print(_tree(lineage))


def show_change(name: str, topic: str, since: str, *, as_json: bool) -> None:
    """Print why a topic changed since a moment.

    Args:
        name: the dataset.
        topic: the topic; it need not be there any more.
        since: an ISO date or time, or a run's id.
        as_json: whether to print JSON.

    Raises:
        InputError: there was no such dataset, topic or moment.
    """
    lake = open_lake(name)
    then = lake_at(lake, name, since)
    change = topic_change(then, lake, name, topic)
    if as_json:
        at = {"run_id": then.moment.run_id, "at": then.moment.at}
        click.echo(as_text(change, since=at, why=why(change), reasons=reasons(change)))
        return
    open_console().print(_change_tree(change, then))


def open_lake(name: str) -> Lake:
    """Open the lake, once it is known that there is such a dataset.

    Raises:
        InputError: there is none.
    """
    settings = load_settings()
    open_registry(settings).find(name)
    return Lake(settings.lake_uri)


def feature_line(feature: Feature, share: float) -> Text:
    """Say what a feature is about, and how large its part is."""
    about = feature.description or " ".join(word.word for word in feature.words)
    return part_line(share, f"feature {feature.feature}: {about}")


def item_lines(item: Item) -> tuple[str, ...]:
    """Say what is known of an item."""
    file, caption = item.file, item.caption
    size = f"{file.width}x{file.height}" if file.width else None
    when = item.timestamp.date().isoformat() if item.timestamp else None
    by = f"captioned by {caption.producer}" if caption else None
    return (
        quoted(caption.text) if caption else "no caption",
        joined(f"{file.bytes:,} bytes", size, when, item.group, item.url),
        joined(f"item {item.item_id}", by, _runs(item)),
    )


def learned_from(sae: Autoencoder) -> str:
    """Name what an autoencoder was trained on."""
    return "tokens" if sae.kind == TOKENS else "items"


def autoencoder_lines(sae: Autoencoder) -> tuple[str, ...]:
    """Say what an autoencoder is and what it was trained on."""
    explained = sae.variance_explained
    known = None if explained is None else f"explains {explained:.1%} of the variance"
    count = sae.training_set.item_count
    trained = sae.training_set.dataset or "elsewhere, imported"
    items = f"{count:,} {learned_from(sae)}" if count else None
    return (
        joined(sae.kind, f"{sae.dictionary_size:,} features", f"L0 {sae.l0:.1f}", known),
        joined(f"trained on {trained}", items, f"run {sae.run_id[:SHORT_ID]}"),
        f"reads {sae.encoder}",
    )


def _tree(lineage: Lineage) -> Tree:
    topic = lineage.topic
    label = topic.name.label if topic.name else "not named, for no stored cut shows it"
    tree = Tree(Text(clean(f"{lineage.dataset} / {topic.topic_id}  {label}"), style="bold"))
    branch(tree, "topic", *_topic_lines(topic))
    if lineage.node:
        branch(tree, f"tree node {lineage.node.node}", *_node_lines(lineage.node))
    features = branch(tree, f"features: {len(topic.features):,}, the heaviest first")
    shown = zip(lineage.features, lineage.feature_shares, strict=True)
    for each, share in islice(shown, FEATURES_SHOWN):
        features.add(feature_line(each, share))
    if sae := lineage.autoencoder:
        branch(tree, f"autoencoder {sae.sae_id}", *autoencoder_lines(sae))
    branch(tree, "activations", lineage.activations)
    items = branch(tree, "items: the best first")
    for best in lineage.items[:ITEMS_SHOWN]:
        _add_item(items, best)
    branch(tree, "made by").add(made(lineage.steps))
    return tree


def _topic_lines(topic: Topic) -> list[str]:
    count = None if topic.item_count is None else f"in {topic.item_count:,} items"
    cuts = topic.cuts and f"stored at {listed(map(str, topic.cuts))} topics"
    lines = [joined(f"{topic.weight:.1%} of the mass of all items", count, cuts or None)]
    lines.append(" ".join(word.word for word in topic.words[:WORDS_SHOWN]))
    if name := topic.name:
        lines.append(name.description)
        asked = name.question_id and f"question {name.question_id}"
        lines.append(joined(f"named by {name.producer}", asked, f"run {name.run_id[:SHORT_ID]}"))
    return lines


def _node_lines(node: Node) -> tuple[str, ...]:
    into = f"goes into {node.parent}" if node.parent else "the root"
    merged = f"merged from {' and '.join(node.children)}" if node.children else "a leaf"
    span = f"the tree shows it at {node.shows_from} to {node.shows_to} topics"
    return (joined(merged, into, f"cost {node.height:.3g}"), span)


def _add_item(under: Tree, best: BestItem) -> None:
    part = under.add(part_line(best.share, best.item.file.path))
    for text in item_lines(best.item):
        part.add(line(text))


def _runs(item: Item) -> str:
    """Name the runs that wrote its rows; mostly there is one."""
    ids = {table: run[:SHORT_ID] for table, run in item.runs.items()}
    if len(set(ids.values())) == 1:
        return f"all rows by run {ids['items']}"
    return "runs " + " ".join(f"{table}@{run}" for table, run in ids.items())


def _change_tree(change: Change, then: LakeThen) -> Tree:
    moment = f"run {then.moment.run_id[:SHORT_ID]} of {shown(then.moment.at)}"
    tree = Tree(Text(clean(f"{change.dataset} / {change.topic_id} since {moment}"), style="bold"))
    tree.add(line(what_happened(change)))
    branch(tree, "why", *(reasons(change) or (no_reason(change),)))
    _add_moved(tree, "words", change.words)
    if change.features is None:
        branch(tree, "features", "of another autoencoder, so they cannot be compared")
    else:
        _add_moved(tree, "features", change.features)
    _add_moved(tree, "best items", change.best_items)
    _add_moved(tree, "files", change.files)
    if change.history:
        branch(tree, "history", *map(_told, change.history))
    followed = [each for each in change.differences if each.what in {"rows", "producer"}]
    lines = (f"{each.what} of {each.asset}: {each.then} to {each.now}" for each in followed)
    if followed:
        branch(tree, "in between", *lines)
    return tree


def _told(change: Told) -> str:
    near = f", next to {listed(change.relatives)}" if change.relatives else ""
    when = shown(change.created_at)[:16]
    return f"{when}, at {change.topic_count} topics: {change.topic_id} {change.change}{near}"


def _add_moved(under: Tree, title: str, things: Moved) -> None:
    if things.came or things.went:
        came = f"came {things.came:,}: {listed(things.first_came)}"
        went = f"went {things.went:,}: {listed(things.first_went)}"
        branch(under, title, *([came] * bool(things.came)), *([went] * bool(things.went)))
