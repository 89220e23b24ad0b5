"""The default clock and randomness of an evaluation. No other module of this package reads them."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's clock in UTC, and its randomness."""

    def now_ns(self) -> int:
        return time.time_ns()

    def zone(self) -> str:
        return "UTC"

    def random(self) -> float:
        import random  # noqa: PLC0415  slow to load, and few expressions ask for it

        return random.random()  # noqa: S311  FEEL's random number() is no secret

    def uuid(self) -> str:
        import uuid  # noqa: PLC0415  slow to load, and few expressions ask for it

        return str(uuid.uuid4())


SYSTEM_CLOCK = SystemClock()
