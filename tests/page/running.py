"""Starts a local world and gives the address of its page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.command import serving, when_ready


@contextmanager
def page(home: Path, *given: str | Path) -> Iterator[str]:
    """Start a local world and return the address of its page; what the command prints is read away."""
    ready = home / "ready.json"
    with serving(home, "--ready-file", ready, *given) as process:
        assert process.stdout is not None
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield str(when_ready(ready)["page_url"])
