"""Reads the wall clock and waits; the only place that does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta) -> None:
        """Wait for `duration`, at least one turn of the event loop."""
        await asyncio.sleep(max(duration.total_seconds(), 0))
