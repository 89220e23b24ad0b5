"""A poller that only notes how often it was woken."""

from __future__ import annotations


class FakeWaker:
    def __init__(self) -> None:
        self.woken = 0

    async def wake(self) -> None:
        self.woken += 1
