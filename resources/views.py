"""Views: unions of one member, which make other topics of the same items."""

from collections.abc import Iterable

from resources.registry import Registration


def lines_of(registrations: Iterable[Registration], dataset: str) -> dict[str, list[str]]:
    """Return by topic model the datasets whose line makes it of the items of one of them.

    Args:
        registrations: of all datasets.
        dataset: the one whose items they are; its own line comes first.
    """
    every = list(registrations)
    own = [each for each in every if each.dataset == dataset]
    views = [each for each in every if each.options.members == (dataset,)]
    found: dict[str, list[str]] = {}
    for each in [*own, *views]:
        found.setdefault(each.options.model, []).append(each.dataset)
    return found
