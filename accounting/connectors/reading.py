"""Strict reading of JSON data: every mistake is named by the path of its key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class ProfileError(Exception):
    """A profile cannot be used. The message starts with the path of the key at fault."""


class Reader:
    """One JSON object, read key by key; `done` complains about keys nobody asked for."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise ProfileError(f"{path or 'profile'}: must be an object")
        self.path = path
        self._value = value
        self._read: set[str] = set()

    def at(self, key: str | int) -> str:
        return f"{self.path}.{key}" if self.path else str(key)

    def has(self, key: str) -> bool:
        return key in self._value

    def raw(self, key: str) -> Any:
        self._read.add(key)
        return self._value.get(key)

    def text(self, key: str, default: str | None = None, *, among: Collection[str] = ()) -> str:
        value = self._typed(key, str, "text", default)
        if among and value not in among:
            raise ProfileError(f"{self.at(key)}: must be one of {', '.join(sorted(among))}")
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number, not negative."""
        value = self._typed(key, int, "a whole number", default)
        if isinstance(value, bool) or value < 0:
            raise ProfileError(f"{self.at(key)}: must be a whole number, zero or more")
        return value

    def flag(self, key: str) -> bool:
        return self._typed(key, bool, "true or false", False)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        return self._each(key, str, "texts", default)

    def numbers(self, key: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        return self._each(key, int, "whole numbers", default)

    def inside(self, key: str) -> Reader:
        self._read.add(key)
        if key not in self._value:
            raise ProfileError(f"{self.at(key)}: is missing")
        return Reader(self._value[key], self.at(key))

    def table(self, key: str, read: Callable[[Reader], T]) -> dict[str, T]:
        inner = self.inside(key)
        return {name: read(inner.inside(name)) for name in inner.names()}

    def table_of_texts(self, key: str) -> dict[str, str]:
        inner = self.inside(key)
        return {name: inner.text(name) for name in inner.names()}

    def rows(self, key: str, read: Callable[[Reader], T]) -> tuple[T, ...]:
        items = self._typed(key, list, "a list", None)
        return tuple(read(Reader(item, f"{self.at(key)}[{n}]")) for n, item in enumerate(items))

    def names(self) -> list[str]:
        return list(self._value)

    def done(self) -> None:
        unknown = sorted(set(self._value) - self._read)
        if unknown:
            raise ProfileError(f"{self.at(unknown[0])}: is not a known key")

    def _typed(self, key: str, kind: type[T], words: str, default: T | None) -> T:
        self._read.add(key)
        if key not in self._value and default is not None:
            return default
        if key not in self._value:
            raise ProfileError(f"{self.at(key)}: is missing")
        value = self._value[key]
        if not isinstance(value, kind):
            raise ProfileError(f"{self.at(key)}: must be {words}")
        return value

    def _each(
        self, key: str, kind: type[T], words: str, default: tuple[T, ...] | None
    ) -> tuple[T, ...]:
        if default is not None and key not in self._value:
            return default
        items = self._typed(key, list, f"a list of {words}", None)
        if not all(isinstance(item, kind) for item in items):
            raise ProfileError(f"{self.at(key)}: must be a list of {words}")
        return tuple(items)
