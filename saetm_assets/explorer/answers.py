"""Answers that are kept for a while, each worked out once whoever asks first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class _Slot:
    """An answer, or the wait for it."""

    lock: Lock = field(default_factory=Lock)
    is_known: bool = False
    answer: Any = None


class Answers:
    """Keeps the answers that were asked for last.

    Those who ask for the same wait for each other; those who ask for other things do not.
    """

    def __init__(self, most: int) -> None:
        """Keep so many at most."""
        self._most = most
        self._lock = Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    def get(self, key: Hashable, load: Callable[[], T]) -> T:
        """Return the answer of a key; a load that fails is tried again by who asks next."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._most:
                self._slots.popitem(last=False)
        with slot.lock:
            if not slot.is_known:
                slot.answer, slot.is_known = load(), True
            found: T = slot.answer
        return found
