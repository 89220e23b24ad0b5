"""Notes which sections of the page have changed, so that a browser asks again for these only."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Final

SECTIONS: Final = ("processes", "instances", "apify", "events", "ledger", "state")


class Changes:
    """Counts the changes of each section; used from many threads."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(SECTIONS, 0)
        self._lock = threading.Lock()

    def note(self, *sections: str) -> None:
        """Note that these sections have changed."""
        with self._lock:
            for section in sections:
                self._counts[section] += 1

    def counts(self) -> Mapping[str, int]:
        """Return how often each section has changed."""
        with self._lock:
            return dict(self._counts)

    @staticmethod
    def between(before: Mapping[str, int], now: Mapping[str, int]) -> Iterable[str]:
        """Return the sections that have changed from one count to the other, in their order."""
        return [section for section in SECTIONS if before[section] != now[section]]
