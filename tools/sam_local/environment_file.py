"""The file that `sam local invoke --env-vars` reads; it is there while the set-up runs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from sam_local.surroundings import Surroundings


@contextlib.contextmanager
def environment_file(running: Surroundings, path: Path) -> Iterator[Path]:
    """Write the file, and remove it when the block ends: without the set-up it leads nowhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(running.environment, indent=2) + "\n", encoding="utf-8")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
