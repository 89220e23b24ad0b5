"""Prints what happens, line by line: in columns for a person, as JSON for a program."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TextIO
from urllib.parse import urlsplit

from apify_camunda_cli.formatting import one_line, printable, shortened, show
from apify_camunda_cli.local.steps import Step

_FOR_PROGRAMS = frozenset(
    {
        "attempt_id",
        "cold",
        "dispatch",
        "effect_key",
        "element_kind",
        "event_id",
        "instance",
        "job",
        "job_key",
        "key",
        "ms",
        "reference",
        "registration_id",
        "type",
        "until",
        "webhook_id",
    }
)
"""Facts that a person sees with --verbose only."""
EVERYTHING_STARTED = "everything.started"
EVERYTHING_READY = "everything.ready"
PAGE_STARTED = "page.started"
_LONGEST_FACT = 100
_SENTENCES = frozenset({"error", "message", "reason", "rejection"})
"""Facts that a person reads to the end: the advice comes last."""
_INDENT = " " * 30


class Journal:
    """Prints steps as they come, from any thread, and keeps them for the summary.

    Args:
        out: Where to; None where standard output is closed.
        as_json: For a program.
        show_details: For a person who wants to see everything.
        now: The time.
        on_unwritable: Is called once, when nothing more can be written.

    Attributes:
        failure: Why nothing more can be written: a closed pipe, a full disk.
    """

    def __init__(
        self,
        out: TextIO | None,
        *,
        as_json: bool,
        show_details: bool,
        now: Callable[[], datetime],
        on_unwritable: Callable[[], None],
    ) -> None:
        self._out = out
        self._on_unwritable = on_unwritable
        self.failure: OSError | None = None
        self._as_json = as_json
        self._show_details = show_details
        self._now = now
        self._began = now()
        self._is_closed = False
        self._lock = threading.Lock()
        self.steps: list[Step] = []

    def __call__(self, step: Step) -> None:
        """Take a step; after the summary none is taken any more."""
        with self._lock:
            if self._is_closed:
                return
            self.steps.append(step)
            if self._as_json:
                self._print(step_json(round(self.elapsed_s, 3), step))
            elif self._show_details or not step.is_detail:
                self._print(self._line(step))

    @property
    def elapsed_s(self) -> float:
        """Return how many seconds have passed since the journal began."""
        return (self._now() - self._began).total_seconds()

    def count_of_facts(self) -> int:
        """Return how many steps were more than a detail: while it grows, something goes on."""
        with self._lock:
            return sum(not step.is_detail for step in self.steps)

    def say(self, text: str) -> None:
        """Print a message for a person; a program reads the summary."""
        with self._lock:
            if not self._as_json and not self._is_closed:
                self._print(text)

    def conclude(self, headline: str, summary: Mapping[str, Any]) -> None:
        """Print the summary, and nothing after it: one line for a program, paragraphs for a person."""
        with self._lock:
            if self._as_json:
                self._print(json.dumps({"summary": _plain(summary)}))
            else:
                self._print(f"\n{headline}")
                for name, value in summary.items():
                    if value not in ({}, [], 0) and name not in ("state", "reason"):
                        self._print(f"\n{name.replace('_', ' ').capitalize()}\n{_paragraph(_plain(value))}")
            self._is_closed = True

    def _line(self, step: Step) -> str:
        start = f"{self.elapsed_s:7.2f} s  {step.who:<18}  {step.what:<26}"
        if step.what == EVERYTHING_STARTED:
            return start.rstrip() + "".join(
                f"\n{_INDENT}{name:<13} {value}" for name, value in step.facts.items()
            )
        return f"{start}  {facts_of(step, show_details=self._show_details)}".rstrip()

    def _print(self, text: str) -> None:
        if self._out is None or self._is_closed:
            return
        try:
            print(text, file=self._out, flush=True)
        except OSError as error:
            self._is_closed = True
            self.failure = error
            self._on_unwritable()


def facts_of(step: Step, *, show_details: bool) -> str:
    """Return the facts of a step on one line, those for programs only with details."""
    facts = (
        _fact(name, value)
        for name, value in step.facts.items()
        if value not in (None, "") and (show_details or name not in _FOR_PROGRAMS)
    )
    return "  ".join(facts)


def step_json(at: object, step: Step) -> str:
    """Return a step as one flat JSON object: when, who, what, and its facts."""
    own = {"at": at, "who": step.who, "what": step.what}
    return json.dumps(own | {name: value for name, value in _plain(step.facts).items() if name not in own})


def _fact(name: str, value: Any) -> str:
    if name == "url":  # the host is always this machine
        return f"{name}={urlsplit(str(value)).path}"
    if name in _SENTENCES and isinstance(value, str):
        return f"{name}={printable(one_line(value))}"
    text = printable(value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False))
    return f"{name}={text if len(text) <= _LONGEST_FACT else text[: _LONGEST_FACT - 3] + '...'}"


def _paragraph(value: Any) -> str:
    if not isinstance(value, Mapping):
        return f"  {show(value, indent=2)}"
    named = {printable(name): part for name, part in value.items()}
    width = max(map(len, named))
    return "\n".join(
        f"  {name:<{width}}  {show(shortened(part), indent=width + 4)}" for name, part in named.items()
    )


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
