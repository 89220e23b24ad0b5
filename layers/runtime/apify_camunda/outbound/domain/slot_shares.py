"""Decides how many of the slots of a poller the jobs of one process, or of one Apify account, may hold.

A share follows what is free (dynamic thresholds): a group alone gets most slots, and always leaves some to
others; several groups whose jobs hang together still leave some.

Source: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998
"""

from __future__ import annotations

from collections import Counter
from typing import Final

PROCESS_FACTOR: Final = 3
"""The jobs of one process hold at most three quarters of the slots."""
ACCOUNT_FACTOR: Final = 7
"""The jobs of one Apify account hold at most seven eighths: many processes may share one account."""


class SlotShares:
    """Which group holds how many of the slots of one process.

    Args:
        slots: How many jobs may be at work at once.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._used = 0
        self._held: Counter[str] = Counter()

    def take(self, process: str) -> bool:
        """Take a slot for a job of a process; False where the process holds its share."""
        free = self._slots - self._used
        if free < 1 or self._held[process] >= PROCESS_FACTOR * free:
            return False
        self._used += 1
        self._held[process] += 1
        return True

    def join(self, account: str, process: str) -> bool:
        """Count a job that has a slot to an account too; False where the account holds its share.

        The only job of a process always joins: processes that share an account stop no other process of it.
        """
        free = self._slots - self._used
        if self._held[process] > 1 and self._held[account] >= ACCOUNT_FACTOR * (free + 1):
            return False
        self._held[account] += 1
        return True

    def leave(self, process: str, account: str | None) -> None:
        """Give a slot back."""
        self._used -= 1
        for group in (process, account):
            if group is not None:
                self._held[group] -= 1
                if not self._held[group]:
                    del self._held[group]
