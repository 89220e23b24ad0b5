"""How Apify's ids and times look; ids follow from a seed alone, so that a world goes the same way twice."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 17
_ISO_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?")


def derived_id(seed: str, *parts: object) -> str:
    """Return the 17 base62 characters that belong to the parts under this seed."""
    digest = hashlib.sha256("\n".join([seed, *map(str, parts)]).encode()).digest()
    number = int.from_bytes(digest, "big")
    characters = []
    for _ in range(_ID_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)


class IdSequence:
    """Hands out one new id a call, a sequence of its own for each kind of thing."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._counts: dict[str, int] = {}

    def next(self, kind: str) -> str:
        """Return the next id of this kind."""
        count = self._counts.get(kind, 0) + 1
        self._counts[kind] = count
        return derived_id(self._seed, kind, count)


def apify_time(moment: datetime) -> str:
    """Return the moment as Apify writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def optional_time(moment: datetime | None) -> str | None:
    """Return the moment as Apify writes it, or None."""
    return None if moment is None else apify_time(moment)


def to_milliseconds(moment: datetime) -> datetime:
    """Return the moment without what Apify's notation cannot say."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def read_time(text: str) -> datetime | None:
    """Return the moment that an ISO 8601 text names (UTC where it names no zone), or None."""
    if not _ISO_DATE_TIME.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
