"""Attributes that are loaded when they are first asked for."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Piece(Generic[T]):
    """Loads an attribute once, whichever thread asks first; the others wait for it.

    `functools.cached_property` would load it once per thread that asks while it is loading, and
    hold everything twice. The instance has a re-entrant `lock`.
    """

    def __init__(self, load: Callable[[Any], T]) -> None:
        """Take the method that loads it."""
        self._load = load
        self.__doc__ = load.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: Any, owner: type) -> Self | T:
        if instance is None:
            return self
        loaded: dict[str, T] = instance.__dict__
        with instance.lock:
            if self._name not in loaded:
                loaded[self._name] = self._load(instance)
        return loaded[self._name]
