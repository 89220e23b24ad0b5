"""Decides how much time is left; it never asks what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which something must have ended."""

    at: datetime

    def remaining(self, now: datetime) -> timedelta:
        """Return the time that is left; never negative."""
        return max(self.at - now, timedelta())

    def has_passed(self, now: datetime) -> bool:
        """Say whether no time is left."""
        return now >= self.at

    def earlier_by(self, margin: timedelta) -> Deadline:
        """Return a deadline that leaves `margin` for what comes after."""
        return Deadline(self.at - margin)

    def or_sooner(self, at: datetime) -> Deadline:
        """Return the earlier of this deadline and `at`."""
        return self if self.at <= at else Deadline(at)

    def or_later(self, at: datetime) -> Deadline:
        """Return the later of this deadline and `at`."""
        return self if self.at >= at else Deadline(at)
