"""Runs the tests on another date: `python -m tests.other_dates '2028-02-29 12:00' [arguments of pytest]`.

It needs Linux and a C compiler, so it is not part of CI. Deadlines and waits keep the real monotonic clock;
only the date differs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

SOURCE = Path(__file__).with_name("calendar_shift.c")


def shift_to(date: str, now: datetime) -> timedelta:
    """Return how far the calendar is shifted for a date, or for `+400d`: a number of days from now."""
    if date.startswith(("+", "-")) and date.endswith("d"):
        return timedelta(days=int(date[:-1]))
    return datetime.fromisoformat(date) - now


def environment(shift: timedelta, folder: Path) -> dict[str, str]:
    """Return the environment in which processes have the shifted calendar."""
    library = folder / "calendar_shift.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE)], check=True)
    return {
        **os.environ,
        "LD_PRELOAD": str(library),
        "CALENDAR_SHIFT_S": str(round(shift.total_seconds())),
    }


def main() -> int:
    """Run the tests and return pytest's exit code."""
    date, *arguments = sys.argv[1:] or sys.exit("Give a date, for example '2028-02-29 12:00' or +400d.")
    shift = shift_to(date, datetime.now())  # noqa: DTZ005 - the date is given in the machine's zone
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, env=environment(shift, Path(folder)), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
