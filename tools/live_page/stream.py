"""Writes server-sent events: steps as they come, and once a second at most which sections have changed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Final

from live_page.changes import Changes
from live_page.steps import StepRing

HEARTBEAT_S: Final = 15.0
CHANGES_EVERY_S: Final = 1.0
_STEPS_EVERY_S: Final = 0.1
_MOST_AT_ONCE: Final = 500


def events(
    ring: StepRing,
    changes: Changes,
    *,
    after: int | None,
    is_wanted: Callable[[], bool],
    now: Callable[[], float] = time.monotonic,
) -> Iterator[bytes]:
    """Yield the events of a stream as long as it is wanted.

    Args:
        ring: Where steps come from.
        changes: Which sections have changed.
        after: The number of the last step that the browser has; None: it begins with what comes now.
        is_wanted: Whether the browser is still there.
        now: Seconds of a clock that never goes back.
    """
    seen = min(ring.last_seq if after is None else after, ring.last_seq)
    known = changes.counts()
    told_at = changed_at = now()
    yield _event("hello", json.dumps({"lastSeq": ring.last_seq}), seen)
    while is_wanted():
        ring.wait_after(seen, CHANGES_EVERY_S)
        texts = ring.after(seen, _MOST_AT_ONCE)
        if texts:
            seen = _seq_of(texts[-1])
            told_at = now()
            yield _event("step", f"[{','.join(texts)}]", seen)
        counts = changes.counts()
        sections = Changes.between(known, counts)
        if sections and now() - changed_at >= CHANGES_EVERY_S:
            known, told_at = counts, now()
            changed_at = told_at
            yield _event("changed", json.dumps({"sections": sections}), seen)
        if now() - told_at >= HEARTBEAT_S:
            told_at = now()
            yield b": still here\n\n"
        if texts and len(texts) < _MOST_AT_ONCE:
            time.sleep(_STEPS_EVERY_S)  # steps that come together are sent together


def _event(name: str, data: str, seq: int) -> bytes:
    return f"event: {name}\nid: {seq}\ndata: {data}\n\n".encode()


def _seq_of(text: str) -> int:
    return int(json.loads(text)["seq"])
