"""Counters in memory."""

from __future__ import annotations

from collections import Counter


class FakeMetrics:
    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def count(self, name: str, value: int = 1) -> None:
        self.counted[name] += value
