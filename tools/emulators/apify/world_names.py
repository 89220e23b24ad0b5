"""Reads names in a world file that must be those of something else in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from emulators.apify.world_reader import ObjectReader, wrong

Named = TypeVar("Named")


def owner_at(reader: ObjectReader, key: str, usernames: frozenset[str]) -> str:
    name = reader.text(key)
    if name not in usernames:
        raise wrong(reader.at(key), name, "one of the users " + ", ".join(sorted(usernames)))
    return name


def named_at(reader: ObjectReader, key: str, known: Mapping[str, Named]) -> Named:
    name = reader.text(key)
    if name not in known:
        choice = f"one of {', '.join(sorted(known))}" if known else "one that this file has, but it has none"
        raise wrong(reader.at(key), name, choice)
    return known[name]
