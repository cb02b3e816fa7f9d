"""Words that do not belong, drawn among the words of a topic for a judge to find."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

MEMBERS = 5  # words of the topic that are shown beside the intruder (paper, section 5)
DRAWS = 5  # questions about each topic
SEED = 0


@dataclass(frozen=True, slots=True)
class Intrusion:
    """Words of a topic with one of another topic among them."""

    topic: int  # position of the topic
    shown: tuple[str, ...]  # in an order of chance
    intruder: str  # the one of another topic


def draw_intrusions(
    top_words: Sequence[Sequence[str]],
    held: Sequence[Collection[str]],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> list[Intrusion]:
    """Draw five top words of each topic, and one of another topic that this one does not hold.

    Args:
        top_words: of T topics, best first, no word twice in a topic.
        held: of each topic all words that are known to be its own, its top words or more.
        draws: questions per topic.
        seed: of the draws; those about a topic depend on the words, and on its position.

    Returns:
        As many as there are draws for each topic; none for a topic that has only one word, or
        that holds the top words of all others, as one that is alone does.
    """
    drawn = []
    for topic, words in enumerate(top_words):
        rng = np.random.default_rng([seed, topic])
        others = rng.permutation(np.delete(np.arange(len(top_words)), topic)).tolist()
        found = (_strangers(top_words[other], held[topic]) for other in others)
        strangers = list(islice(filter(None, found), draws))
        if strangers and len(words) > 1:
            drawn += [_draw(topic, words, strangers[n % len(strangers)], rng) for n in range(draws)]
    return drawn


def _strangers(words: Sequence[str], held: Collection[str]) -> list[str]:
    return [word for word in words if word not in held]


def _draw(
    topic: int, words: Sequence[str], strangers: Sequence[str], rng: np.random.Generator
) -> Intrusion:
    intruder = strangers[int(rng.integers(len(strangers)))]
    members = rng.permutation(len(words))[:MEMBERS].tolist()
    shown = [intruder, *(words[member] for member in members)]
    order = rng.permutation(len(shown)).tolist()
    return Intrusion(topic, tuple(shown[place] for place in order), intruder)
