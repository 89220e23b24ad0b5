"""Refuses a user's requests to a resource that are too many within a second; off unless a world says."""

from __future__ import annotations

from datetime import datetime, timedelta

from emulators.apify import rejections
from emulators.apify.state import Caller

_SECOND = timedelta(seconds=1)


class RateLimits:
    """Sliding windows of one second, one for each user and resource."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, tuple[str, ...]], list[datetime]] = {}

    def count(self, caller: Caller, segments: tuple[str, ...], now: datetime) -> None:
        """Count one request; a refused one counts for nothing.

        Raises:
            Rejection: There were too many within the last second.
        """
        limit = caller.user.limits.requests_per_second
        if limit is None:
            return
        key = (caller.user.id, segments[1:3])
        recent = [moment for moment in self._requests.get(key, []) if now - moment < _SECOND]
        self._requests[key] = recent
        if len(recent) >= limit:
            raise rejections.rate_limit_exceeded()
        recent.append(now)
