"""Reads durations as Java writes and reads them: `PT1H`, `P1DT0.5S`, never months or years.

Source: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/time/Duration.html#parse(java.lang.CharSequence)
"""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"(?P<sign>[-+]?)P(?:(?P<days>[-+]?\d{1,9})D)?"
    r"(?P<time>T(?:(?P<hours>[-+]?\d{1,12})H)?(?:(?P<minutes>[-+]?\d{1,12})M)?"
    r"(?:(?P<seconds>[-+]?\d{1,14}(?:[.,]\d{0,9})?)S)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_iso_duration(text: str) -> timedelta | None:
    """Return the duration, or None if the text is not one or does not fit into a timedelta."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    parts = {name: match[name] for name in ("days", "hours", "minutes", "seconds")}
    if all(part is None for part in parts.values()) or (match["time"] or "").upper() == "T":
        return None
    try:
        duration = timedelta(**{name: float(part.replace(",", ".")) for name, part in parts.items() if part})
    except OverflowError:
        return None
    return -duration if match["sign"] == "-" else duration
