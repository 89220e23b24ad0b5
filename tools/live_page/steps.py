"""Keeps the newest steps for the time line, as JSON text; memory is bounded by their count and their size."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

LANES: Final = ("apify", "delivery", "camunda", "job", "local")
MOST_STEPS: Final = 20_000
MOST_CHARACTERS: Final = 32_000_000
"""Of all steps together, as JSON; the oldest steps go first."""
_LONGEST_TEXT: Final = 2_000
_MOST_FACTS: Final = 100


class StepRing:
    """The newest steps, numbered from 1 in the order in which they came; used from many threads.

    Args:
        mask: Takes secret values out of the facts of a step.
        most_steps: How many steps are kept.
        most_characters: How many characters of JSON they may have together.
    """

    def __init__(
        self,
        *,
        mask: Callable[[Any], Any],
        most_steps: int = MOST_STEPS,
        most_characters: int = MOST_CHARACTERS,
    ) -> None:
        self._mask = mask
        self._most_steps = most_steps
        self._most_characters = most_characters
        self._texts: deque[str] = deque()
        self._characters = 0
        self._last = 0
        self._changed = threading.Condition()

    @property
    def last_seq(self) -> int:
        """Return the number of the newest step; 0 where none came."""
        with self._changed:
            return self._last

    @property
    def first_seq(self) -> int:
        """Return the number of the oldest step that is kept; the next number where none is."""
        with self._changed:
            return self._first

    def add(
        self, *, at: datetime, who: str, what: str, lane: str, facts: Mapping[str, Any], is_detail: bool
    ) -> None:
        """Keep a step, and let those that wait for one go on."""
        shown = self._mask({name: _plain(facts[name]) for name in list(facts)[:_MOST_FACTS]})
        with self._changed:
            self._last += 1
            step = {
                "seq": self._last,
                "at": at.isoformat(),
                "who": who,
                "what": what[:_LONGEST_TEXT],
                "lane": lane,
                "facts": shown,
                "isDetail": is_detail,
            }
            text = json.dumps(step, ensure_ascii=False)
            self._texts.append(text)
            self._characters += len(text)
            while len(self._texts) > self._most_steps or self._characters > self._most_characters:
                self._characters -= len(self._texts.popleft())
            self._changed.notify_all()

    def after(self, seq: int, limit: int) -> list[str]:
        """Return the oldest steps that came after one, as JSON texts, ascending."""
        with self._changed:
            start = max(seq + 1 - self._first, 0)
            return [self._texts[at] for at in range(start, min(start + limit, len(self._texts)))]

    def before(self, seq: int, limit: int) -> list[str]:
        """Return the newest steps that came before one, as JSON texts, ascending."""
        with self._changed:
            end = min(max(seq - self._first, 0), len(self._texts))
            return [self._texts[at] for at in range(max(end - limit, 0), end)]

    def wait_after(self, seq: int, timeout_s: float) -> None:
        """Return when a step after this one is there, at `wake`, or after this time."""
        with self._changed:
            if self._last <= seq:
                self._changed.wait(timeout_s)

    def wake(self) -> None:
        """Let those that wait look again."""
        with self._changed:
            self._changed.notify_all()

    @property
    def _first(self) -> int:
        return self._last - len(self._texts) + 1


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it, with long texts cut."""
    match value:
        case str():
            return value if len(value) <= _LONGEST_TEXT else f"{value[:_LONGEST_TEXT]}..."
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {str(name): _plain(value[name]) for name in list(value)[:_MOST_FACTS]}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in list(value)[:_MOST_FACTS]]
        case _:
            return _plain(str(value))
