"""Which items two models meet over, and which of both is shown first."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations

from saetm.rows import digest


@dataclass(frozen=True, slots=True)
class Duel:
    """Two models that meet over an item."""

    item_id: str
    first: str  # model that is shown as A
    second: str  # model that is shown as B


@dataclass(frozen=True, slots=True)
class Drawn:
    """Duels, and what had to be passed over to find them."""

    duels: list[Duel]
    passed_over: dict[str, int]  # items of which a model says nothing, over all its pairs


def draw_duels(
    item_ids: Iterable[str], said: Mapping[str, AbstractSet[str]], *, items: int, seed: int
) -> Drawn:
    """Let every pair of models meet over a sample of items.

    One order of the items, drawn from their ids, serves all pairs: models that say something of
    the same items meet over the same ones. So a pair's duels do not depend on who else is there,
    and of a dataset that grows most of them stay, with their answers. Which model is shown first
    is drawn for each duel by itself.

    Args:
        item_ids: of all items that can be shown.
        said: of each model the items of which it says something.
        items: most duels of a pair.
        seed: of both draws.

    Returns:
        Duels by pair, pairs by the names of their models. A pair has fewer than `items` where
        both say something of fewer.
    """
    order = sorted(item_ids, key=lambda each: digest([str(seed), each]))
    duels: list[Duel] = []
    passed_over = Counter(dict.fromkeys(said, 0))
    for one, other in combinations(sorted(said), 2):
        met = 0
        for item in order:
            if met == items:
                break
            silent = [model for model in (one, other) if item not in said[model]]
            passed_over.update(silent)
            if not silent:
                duels.append(_shown(item, one, other, seed))
                met += 1
    return Drawn(duels, dict(passed_over))


def _shown(item_id: str, one: str, other: str, seed: int) -> Duel:
    coin = int(digest([str(seed), item_id, one, other]), 16) % 2
    return Duel(item_id, *((one, other) if coin else (other, one)))
