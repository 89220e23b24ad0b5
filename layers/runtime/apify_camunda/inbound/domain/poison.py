"""Decides which events are not worked on any more: one that ends its process, one that outlived its rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

DEATHS_OF_POISON: Final = 3
"""After so many works that ended their process an event is set aside."""
OLDEST: Final = timedelta(days=13)
"""An older event may have had effects whose rows have expired: rows are kept for 14 days."""
ENDS_ITS_PROCESS: Final = (
    f"Work on this event ended its process {DEATHS_OF_POISON} times. Look at the expressions of its elements "
    "and at the function's memory, then replay it."
)
TOO_OLD: Final = (
    f"The event is older than {OLDEST.days} days, so no row says any more which effects it had; working on "
    "it could have them twice. See in Operate what is missing, and start that by hand."
)


def is_older_than_rows(received_at: datetime, now: datetime) -> bool:
    """Return whether the rows of an event's effects may have expired."""
    return now - received_at > OLDEST
