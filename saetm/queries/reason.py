"""A change of a topic in plain words: what happened, and what it comes from."""

from collections.abc import Iterator

from saetm.queries.causes import CODE, OPTION, PRODUCER, Difference
from saetm.queries.change import Change, Moved, Side


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
    files = _counted(change.files, "item")
    if files:
        found.append(f"{files} the dataset")
    if change.recaptioned:
        found.append(f"{_items(change.recaptioned)} got another caption")
    if not found and change.unrecorded:
        found.append(
            f"code and options of {', '.join(change.unrecorded)} were not recorded at both moments"
        )
    return tuple(found)


def why(change: Change) -> str:
    """Say what happened and why, in one sentence."""
    because = reasons(change)
    if because:
        return f"{what_happened(change)}, because {' and '.join(because)}"
    if change.differences:
        return f"{what_happened(change)}; what it is made from was computed anew"
    return f"{what_happened(change)}; nothing that it is made from has changed"


def _parts(change: Change, then: Side, now: Side) -> Iterator[str]:
    if then.label != now.label:
        yield f"called {now.label or 'nothing'} instead of {then.label or 'nothing'}"
    if change.words.came or change.words.went:
        yield f"{change.words.went} of its top words went and {change.words.came} came"
    if abs(now.weight - then.weight) >= 0.0005:
        yield f"its share went from {then.weight:.1%} to {now.weight:.1%}"
    if then.item_count is not None and now.item_count not in {None, then.item_count}:
        yield f"from {then.item_count} to {now.item_count} items"
    if change.features and (change.features.came or change.features.went):
        yield f"{change.features.went} features went and {change.features.came} came"
    if change.best_items.came:
        yield f"{change.best_items.came} of its best items are others"


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


def _counted(things: Moved, name: str) -> str:
    came = f"{things.came:,} {name}{'s' * (things.came != 1)} came to" if things.came else ""
    went = f"{things.went:,} {name}{'s' * (things.went != 1)} left" if things.went else ""
    return " and ".join(part for part in (came, went) if part)


def _items(count: int) -> str:
    return f"{count:,} item{'s' * (count != 1)}"
