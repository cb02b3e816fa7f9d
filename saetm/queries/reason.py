"""A change of a topic in plain words: what happened, and what it comes from."""

from collections.abc import Iterator

from saetm.queries.causes import CODE, OPTION, PRODUCER, Difference
from saetm.queries.change import Change, Moved, Side

LEAST_SHARE = 0.0005  # of which a difference shows in percent with one decimal


def what_happened(change: Change) -> str:
    """Say in one sentence what happened to the topic.

    The words of a sentence come from captions and models: clean them for a terminal.
    """
    then, now = change.then, change.now
    if then is None:
        return f"{change.topic_id} was not there then"
    if now is None:
        return f"{change.topic_id} is there no more{_successor(change)}"
    parts = list(_parts(change, then, now))
    if not parts:
        return f"{change.topic_id} is what it was"
    return f"{change.topic_id}: {', '.join(parts)}"


def reasons(change: Change) -> tuple[str, ...]:
    """Say what it comes from, a sentence each; what was decided before what arrived.

    There is none where nothing that the topic is made from has changed.
    """
    causes = [each for each in change.differences if each.is_cause]
    found = [_told(each) for each in causes]
    if change.is_retrained and not any(each.asset == "sae_checkpoints" for each in causes):
        found.append("the autoencoder is another one, so its features are as well")
    if change.files.came:
        found.append(f"{_count(change.files.came, 'item')} came to the dataset")
    if change.files.went:
        found.append(f"{_count(change.files.went, 'item')} left the dataset")
    if change.recaptioned:
        found.append(f"{_count(change.recaptioned, 'item')} got another caption")
    if not found and change.differences and change.unrecorded:
        found.append(
            f"code and options of {', '.join(change.unrecorded)} were not recorded at both moments"
        )
    return tuple(found)


def why(change: Change) -> str:
    """Say what happened and why, in one sentence."""
    because = reasons(change)
    if because:
        return f"{what_happened(change)}, because {' and '.join(because)}"
    return f"{what_happened(change)}; {no_reason(change)}"


def no_reason(change: Change) -> str:
    """Say that no cause is known."""
    if change.differences:
        return "what it is made from was computed anew"
    return "nothing that it is made from has changed"


def _parts(change: Change, then: Side, now: Side) -> Iterator[str]:
    if then.label != now.label:
        yield f"called {now.label or 'nothing'} instead of {then.label or 'nothing'}"
    yield from _turnover(change.words, "top word")
    if abs(now.weight - then.weight) >= LEAST_SHARE:
        yield f"its share went from {then.weight:.1%} to {now.weight:.1%}"
    if then.item_count is not None and now.item_count not in {None, then.item_count}:
        yield f"from {then.item_count:,} to {now.item_count:,} items"
    if change.features:
        yield from _turnover(change.features, "feature")
    yield from _turnover(change.best_items, "best item")


def _turnover(things: Moved, name: str) -> Iterator[str]:
    """Say how many came and how many went."""
    if things.came:
        yield f"{_count(things.came, name)} came"
    if things.went:
        yield f"{_count(things.went, name)} went"


def _count(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' * (count != 1)}"


def _successor(change: Change) -> str:
    """Name what the topic went into, as the history of topics tells it."""
    gone = [each for each in change.history if each.topic_id == change.topic_id]
    last = next((each for each in reversed(gone) if each.change in {"merged", "died"}), None)
    if last is None or not last.relatives:
        return ""
    return f": it went into {last.relatives[0]}"


def _told(cause: Difference) -> str:
    went = f"went from {cause.then or 'none'} to {cause.now or 'none'}"
    subjects = {
        OPTION: f"the option {cause.name} of {cause.asset}",
        CODE: f"the code of {cause.asset}",
        PRODUCER: f"the producer of {cause.asset}",
    }
    return f"{subjects[cause.what]} {went}"
