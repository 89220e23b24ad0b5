"""The clock and the chance of an evaluation whose caller brings none; nothing else here reads them."""

from __future__ import annotations

import random
import time
import uuid


class SystemClock:
    """The machine's clock in UTC, and its randomness."""

    def now_ns(self) -> int:
        return time.time_ns()

    def zone(self) -> str:
        return "UTC"

    def random(self) -> float:
        return random.random()  # noqa: S311  FEEL's random number() is no secret

    def uuid(self) -> str:
        return str(uuid.uuid4())


SYSTEM_CLOCK = SystemClock()
