"""Explain one item: what it is made of, from its file to its topics."""

from itertools import groupby

import click
from rich.text import Text
from rich.tree import Tree

from saetm.prompts.wording import clean
from saetm.queries.explanation import Explanation, TopicShare, explain_item
from saetm_assets.cli.lineage import autoencoder_lines, feature_line, item_lines, open_lake
from saetm_assets.cli.made import as_text, branch, line, made, part_line
from saetm_assets.cli.show import open_console

TOPICS_SHOWN = 4  # of a cut
WORDS_SHOWN = 6


def show_explanation(name: str, item: str, *, as_json: bool) -> None:
    """Print what an item of a dataset is made of.

    Args:
        name: the dataset.
        item: an item's id, its beginning, or its path.
        as_json: whether to print JSON.

    Raises:
        InputError: there is no such dataset or item.
    """
    explanation = explain_item(open_lake(name), name, item)
    if as_json:
        click.echo(as_text(explanation))
        return
    open_console().print(_tree(explanation))


def _tree(explanation: Explanation) -> Tree:
    item = explanation.item
    tree = Tree(Text(clean(f"{explanation.dataset} / {item.file.path}"), style="bold"))
    branch(tree, "item", *item_lines(item))
    features = branch(tree, "features: the strongest first")
    for each in explanation.features:
        features.add(feature_line(each.feature, each.share))
    if sae := explanation.autoencoder:
        branch(tree, f"autoencoder {sae.sae_id}", *autoencoder_lines(sae))
    for count, shares in groupby(explanation.topics, key=lambda topic: topic.topic_count):
        _add_topics(branch(tree, f"at {count} topics"), list(shares))
    branch(tree, "made by").add(made(explanation.steps))
    return tree


def _add_topics(under: Tree, shares: list[TopicShare]) -> None:
    for each in shares[:TOPICS_SHOWN]:
        name = each.label or " ".join(each.words[:WORDS_SHOWN])
        under.add(part_line(each.share, f"{each.topic_id} {name}"))
    if len(shares) > TOPICS_SHOWN:
        under.add(line(f"and {len(shares) - TOPICS_SHOWN} more"))
