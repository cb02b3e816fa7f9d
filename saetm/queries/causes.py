"""Why the assets of a dataset are not what they were: code, options, producers, rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saetm.queries.made_by import Step
from saetm.tables import SAE_CHECKPOINTS

CODE, OPTION, PRODUCER, ROWS, DATA = "code version", "option", "producer", "rows", "data version"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something of an asset that is not what it was."""

    asset: str
    what: str  # code version, option, producer, rows or data version
    name: str  # of the option, dotted; empty otherwise
    then: str
    now: str
    is_cause: bool  # whether it is none of the consequences of what differs upstream


def differences(then: tuple[Step, ...], now: tuple[Step, ...]) -> tuple[Difference, ...]:
    """Compare the steps of two moments, asset by asset, in the order of the line.

    What the ledger did not record at one of them is no difference. A producer names what it
    read as well, so another one is a cause only where nothing upstream was decided anew.
    """
    before = {step.asset: step for step in then}
    found: list[Difference] = []
    touched = {SAE_CHECKPOINTS.asset}  # the producer of activations is named after it
    for step in now:
        if (old := before.get(step.asset)) is None:
            continue
        own = list(_own(old, step))
        follows = bool(own) or not touched.isdisjoint(step.upstream or touched)
        found += [*own, *_results(old, step, is_cause=not follows)]
        if own or old.producer != step.producer:
            touched.add(step.asset)
    return tuple(found)


def unrecorded(then: tuple[Step, ...], now: tuple[Step, ...]) -> tuple[str, ...]:
    """Return the assets of which the ledger does not say code and options at both moments."""
    return tuple(dict.fromkeys(step.asset for step in (*then, *now) if step.code_version is None))


def _own(then: Step, now: Step) -> Iterator[Difference]:
    """Yield what was decided about the asset itself."""
    if then.code_version and now.code_version and then.code_version != now.code_version:
        yield Difference(now.asset, CODE, "", then.code_version, now.code_version, is_cause=True)
    if then.options is None or now.options is None:
        return
    old, new = flat(then.options), flat(now.options)
    for name in sorted(old.keys() | new.keys()):
        was, is_ = (_shown(options, name) for options in (old, new))
        if was != is_:
            yield Difference(now.asset, OPTION, name, was, is_, is_cause=True)


def _results(then: Step, now: Step, *, is_cause: bool) -> Iterator[Difference]:
    """Yield what came out differently."""
    if then.producer != now.producer:
        yield Difference(now.asset, PRODUCER, "", then.producer, now.producer, is_cause=is_cause)
    pairs = {
        ROWS: (str(then.row_count), str(now.row_count)),
        DATA: (then.data_version, now.data_version),
    }
    for what, (was, is_) in pairs.items():
        if was != is_:
            yield Difference(now.asset, what, "", was, is_, is_cause=False)


def flat(tree: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Write a tree of options with dotted names.

    Example:
        >>> flat({"sae": {"seed": 1}, "chat": "embedded"})
        {'sae.seed': 1, 'chat': 'embedded'}
    """
    found: dict[str, Any] = {}
    for name, value in tree.items():
        below = isinstance(value, Mapping)
        found |= flat(value, f"{above}{name}.") if below else {f"{above}{name}": value}
    return found


def _shown(options: Mapping[str, Any], name: str) -> str:
    return str(options[name]) if name in options else "not there"
