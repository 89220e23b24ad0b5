"""Runs the tests on another date: `python -m tests.other_dates '2028-02-29 12:00' [arguments of pytest]`.

It needs Debian's package `libfaketime` and a C compiler, so it is not part of CI. Deadlines and waits
keep the real monotonic clock; only the date differs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

LIBRARY = "libfaketimeMT.so.1"
PLACES = (Path("/usr/lib"), Path("/usr/local/lib"), Path("/opt"))


def offset_of(date: str, now: datetime) -> str:
    """Return what libfaketime adds to the time: `+400d` as it is given, or the distance to a date."""
    if date.startswith(("+", "-")):
        return date
    return f"{(datetime.fromisoformat(date) - now).total_seconds():+.0f}"


def environment(date: str, folder: Path) -> dict[str, str]:
    """Return the environment in which processes have that date."""
    library = next((found for place in PLACES for found in place.rglob(LIBRARY)), None)
    if library is None:
        sys.exit(f"{LIBRARY} is not found; install the package libfaketime.")
    shim = folder / "monotonic_sleep.so"
    source = Path(__file__).with_name("monotonic_sleep.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(shim), str(source)], check=True)
    return {
        **os.environ,
        "LD_PRELOAD": f"{shim}:{library}",
        "FAKETIME": offset_of(date, datetime.now()),  # noqa: DTZ005 - libfaketime reads local times
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # with it, timed waits of a JVM end late or never
    }


def main() -> int:
    """Run the tests and return pytest's exit code."""
    date, *arguments = sys.argv[1:] or sys.exit("Give a date, for example '2028-02-29 12:00' or +400d.")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(command, env=environment(date, Path(folder)), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
