"""Counters and durations in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta


class FakeMetrics:
    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.measured: defaultdict[str, list[timedelta]] = defaultdict(list)

    def count(self, name: str, value: int = 1) -> None:
        self.counted[name] += value

    def measure(self, name: str, duration: timedelta) -> None:
        self.measured[name].append(duration)
