"""Writes the steps of a local run into a file, so that `apify-camunda tail --ready` can follow them."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from apify_camunda_cli.local.journal import step_json
from apify_camunda_cli.local.steps import Step

_LARGEST_BYTES = 20_000_000


class StepFile:
    """A file of JSON lines, one a step; it is emptied when it has grown large, and removed at the end."""

    def __init__(self, now: Callable[[], datetime], *, largest_bytes: int = _LARGEST_BYTES) -> None:
        self._now = now
        self._largest_bytes = largest_bytes
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="apify-camunda-", ignore_cleanup_errors=True)
        self.path = Path(self._folder.name) / "steps.jsonl"

    def __enter__(self) -> Self:
        self._file = self.path.open("w", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._file.close()
        self._folder.cleanup()

    def __call__(self, step: Step) -> None:
        """Write a step, unless it is a detail; after the end none is written any more."""
        with self._lock:
            if step.is_detail or self._file.closed:
                return
            if self._file.tell() > self._largest_bytes:
                self._file.seek(0)
                self._file.truncate()
            self._file.write(f"{step_json(self._now().isoformat(), step)}\n")
            self._file.flush()
