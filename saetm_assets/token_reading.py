"""The items of a dataset as a language model reads them for its autoencoder: in random order."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import polars as pl

from resources.portions import read_portion
from resources.token_model import TokenModel, TokenStates
from resources.token_spool import Reading, spooled
from resources.view import DatasetView
from saetm.tables import CAPTIONS
from saetm.tokens.config import TokenConfig

PORTION = 1024  # texts read from the lake at once
MOST_CHARACTERS = 16  # of a token, on average over a text; only so that a sample is enough


def token_states(
    view: DatasetView, model: TokenModel, config: TokenConfig
) -> AbstractContextManager[Reading]:
    """Yield what reads the states of at most `training_tokens` tokens, always the same.

    Args:
        view: the dataset.
        model: reads the captions of its items.
        config: how many tokens, and the seed of the order of the texts.
    """
    sample = _sample(view, config)
    characters = 2 * config.buffer_tokens  # about half a buffer of tokens
    return spooled(
        lambda: _first(in_groups(model, _texts(view, sample), characters), config.training_tokens)
    )


def in_groups(model: TokenModel, texts: Iterator[str], characters: int) -> Iterator[TokenStates]:
    """Yield the states of texts, a few of them at a time, so that long and short ones are mixed.

    A model takes the longest windows of many texts first. Where those alone are more than a
    shuffle buffer holds, a training sees long texts for a while and then short ones, and forgets
    the others: of 5,000 posts, 3 % of the variance.

    Args:
        model: the language model.
        texts: in the order in which they are numbered.
        characters: of a group, about.
    """
    first = 0
    for group in _groups(texts, characters):
        for batch in model.states(group):
            yield replace(batch, texts=batch.texts + first, first=batch.first + first)
        first += len(group)


def _sample(view: DatasetView, config: TokenConfig) -> pl.DataFrame:
    """Draw items in random order, enough of them for all tokens that are wanted."""
    captions = view.in_service(CAPTIONS).filter(pl.col("caption") != "")
    length = pl.col("caption").str.len_chars().cast(pl.Int64).alias("length")
    keys = captions.select("item_id", length, input_hash="caption_hash").sort("item_id").collect()
    order = np.random.default_rng(config.seed).permutation(keys.height)
    before = pl.col("length").cum_sum() - pl.col("length")
    return keys[order].filter(before < MOST_CHARACTERS * config.training_tokens).drop("length")


def _texts(view: DatasetView, sample: pl.DataFrame) -> Iterator[str]:
    wanted = view.in_service(CAPTIONS).select("item_id", "caption", input_hash="caption_hash")
    for keys in sample.iter_slices(PORTION):
        rows = read_portion(wanted, keys.sort("item_id"))
        yield from keys.join(rows, on="item_id", maintain_order="left")["caption"]


def _groups(texts: Iterator[str], characters: int) -> Iterator[list[str]]:
    group: list[str] = []
    length = 0
    for text in texts:
        group.append(text)
        length += len(text)
        if length >= characters:
            yield group
            group, length = [], 0
    if group:
        yield group


def _first(batches: Iterator[TokenStates], count: int) -> Iterator[TokenStates]:
    """Yield batches until there are so many tokens."""
    for batch in batches:
        yield batch
        count -= len(batch.texts)
        if count <= 0:
            return


def counted(reading: Reading, advance: Callable[[int], None]) -> Reading:
    """Tell of the tokens of every batch that is read."""

    def read() -> Iterator[TokenStates]:
        for batch in reading():
            yield batch
            advance(len(batch.texts))

    return read
