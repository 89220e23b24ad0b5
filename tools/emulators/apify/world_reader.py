"""Reads JSON values with their types and says where a wrong one is; knows nothing of worlds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar, cast

from emulators.apify.world import WorldError

Choice = TypeVar("Choice", bound=str)


def shown(value: object) -> str:
    """Return the value as JSON, cut to what fits on a line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def wrong(place: str, value: object, wanted: str) -> WorldError:
    """Return the one-line error for a value that is not what was wanted; no place is the whole file."""
    where = f"{place}: " if place else ""
    return WorldError(f"{where}wanted {wanted}, got {shown(value)}")


MOST = 10**9
"""What no number in a world exceeds: more seconds than that have no date."""


class ObjectReader:
    """Reads one JSON object key by key; `close()` refuses keys that were not read."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise wrong(place, value, "an object")
        self._values: dict[str, Any] = value
        self._asked: list[str] = []
        self.place = place

    def at(self, key: str) -> str:
        """Return the place of a key, for messages."""
        return f"{self.place}.{key}" if self.place else key

    def has(self, key: str) -> bool:
        return self.raw(key) is not None

    def raw(self, key: str) -> Any:
        """Return the value unchanged, or None."""
        self._asked.append(key)
        return self._values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            raise wrong(self.at(key), value, "a non-empty text")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def choice(self, key: str, choices: Collection[Choice], default: Choice | None = None) -> Choice:
        value = self.text(key, default)
        if value not in choices:
            raise wrong(self.at(key), value, "one of " + ", ".join(choices))
        return cast("Choice", value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong(self.at(key), value, "true or false")
        return value

    def number(self, key: str, default: float) -> float:
        value = self.optional_number(key)
        return default if value is None else value

    def optional_number(self, key: str) -> float | None:
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise wrong(self.at(key), value, "a number of 0 or more")
        if not value <= MOST:  # NaN is not, either
            raise wrong(self.at(key), value, f"a number of at most {MOST}")
        return float(value)

    def integer(self, key: str, default: int) -> int:
        value = self.optional_integer(key)
        return default if value is None else value

    def optional_integer(self, key: str) -> int | None:
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise wrong(self.at(key), value, "a whole number of 0 or more")
        if value > MOST:
            raise wrong(self.at(key), value, f"a whole number of at most {MOST}")
        return value

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.raw(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise wrong(self.at(key), value, "an object")
        return value

    def array(self, key: str) -> list[Any]:
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong(self.at(key), value, "a list")
        return value

    def child(self, key: str) -> ObjectReader:
        """Return a reader of the object under the key; of an empty one if there is none."""
        value = self.raw(key)
        return ObjectReader({} if value is None else value, self.at(key))

    def children(self, key: str) -> Iterator[ObjectReader]:
        for index, value in enumerate(self.array(key)):
            yield ObjectReader(value, f"{self.at(key)}[{index}]")

    def close(self) -> None:
        """Refuse keys that were not read, so that a misspelt key is noticed.

        Raises:
            WorldError: There is such a key.
        """
        for key in self._values:
            if key not in self._asked:
                known = ", ".join(sorted(set(self._asked)))
                raise WorldError(f"{self.at(key)}: unknown key; known here are {known}")
