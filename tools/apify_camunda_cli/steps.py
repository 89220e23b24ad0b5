"""What happened during a local run, as steps that a person or a program can follow.

Three parts report in their own words (the Camunda stand-in, the Apify emulator, the local AWS); here they
become one kind of step. Nothing here starts or decides anything.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TextIO, TypeAlias

from local_aws.observations import (
    EventGivenUp,
    FunctionLogged,
    InvocationEnded,
    InvocationThrottled,
    Observation,
    QueueBatchHandled,
    RequestAnswered,
    ScheduleFired,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened.

    Attributes:
        who: `camunda`, `apify`, or the part of the deployment that did it (`poll_jobs`, `http_api`, ...).
        what: Subject, dot, past participle: `job.activated`.
        is_detail: Left out of what a person sees unless everything is asked for.
    """

    who: str
    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_detail: bool = False


Report: TypeAlias = Callable[[Step], None]

_CAMUNDA_DETAILS = frozenset(
    {
        "variables.set",
        "job.timed_out",
        "job.lock_changed",
        "job.recurred",
        "subscription.created",
        "job.created",
    }
)
_APIFY_DETAILS = frozenset({"request"})


def from_camunda(kind: str, facts: Mapping[str, Any]) -> Step:
    """Return what the stand-in's trace says."""
    return Step("camunda", kind, dict(facts), is_detail=kind in _CAMUNDA_DETAILS)


def from_apify(kind: str, facts: Mapping[str, Any]) -> Step:
    """Return what the emulator's trace says."""
    return Step("apify", kind, dict(facts), is_detail=kind in _APIFY_DETAILS)


def from_aws(observation: Observation, logical_names: Mapping[str, str]) -> Step:  # noqa: PLR0911  # one a case
    """Return what the local AWS observed; functions are named as in the template."""

    def name(function: str) -> str:
        return logical_names.get(function, function)

    match observation:
        case FunctionLogged():
            return _log_line(name(observation.function_name), observation.line)
        case InvocationEnded():
            facts: dict[str, Any] = {"ms": _ms(observation.duration), "cold": observation.is_cold}
            if observation.error_type:
                facts["error"] = observation.error_type
            is_detail = observation.error_type is None
            return Step(name(observation.function_name), "invocation.ended", facts, is_detail=is_detail)
        case InvocationThrottled():
            return Step(name(observation.function_name), "invocation.throttled", is_detail=True)
        case EventGivenUp():
            facts = {"condition": observation.condition, "attempts": observation.attempts}
            return Step(name(observation.function_name), "event.given_up", facts, is_detail=True)
        case RequestAnswered():
            facts = {
                "request": f"{observation.method} {observation.path}",
                "status": observation.status,
                "ms": _ms(observation.duration),
            }
            return Step("http_api", "request.answered", facts)
        case ScheduleFired():
            return Step(name(observation.function_name), "schedule.fired", is_detail=True)
        case QueueBatchHandled():
            facts = {"deleted": observation.deleted, "left": observation.left}
            return Step(name(observation.function_name), "batch.handled", facts)


def _log_line(function: str, line: str) -> Step:
    """Return a line that a function wrote: JSON of ours, or the runtime's own words."""
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or "message" not in entry:
        is_detail = not line.startswith("[ERROR]")
        return Step(function, "wrote", {"line": line.rstrip()[:2000]}, is_detail=is_detail)
    shown = {key: value for key, value in entry.items() if key in _LOG_FACTS and value not in (None, "")}
    is_detail = entry.get("level") not in ("WARNING", "ERROR", "CRITICAL", "INFO")
    return Step(function, str(entry["message"]), shown, is_detail=is_detail)


_LOG_FACTS = frozenset(
    {
        "element",
        "job",
        "run_id",
        "operation",
        "attempt",
        "status",
        "reason",
        "registration",
        "event_type",
        "error",
    }
)


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)


class Journal:
    """Prints steps as they come, from whatever thread, and remembers them for the summary."""

    def __init__(
        self, out: TextIO, *, as_json: bool, show_details: bool, now: Callable[[], datetime]
    ) -> None:
        self._out = out
        self._as_json = as_json
        self._show_details = show_details
        self._now = now
        self._began = now()
        self._lock = threading.Lock()
        self.steps: list[Step] = []

    def __call__(self, step: Step) -> None:
        """Take a step."""
        with self._lock:
            self.steps.append(step)
            at = (self._now() - self._began).total_seconds()
            if self._as_json:
                record = {"at": round(at, 3), "who": step.who, "what": step.what, **_plain(step.facts)}
                print(json.dumps(record), file=self._out, flush=True)
            elif self._show_details or not step.is_detail:
                print(_line(at, step), file=self._out, flush=True)

    def count_of_facts(self) -> int:
        """Return how many steps were more than a detail: while it grows, something goes on."""
        with self._lock:
            return sum(not step.is_detail for step in self.steps)

    def say(self, text: str) -> None:
        """Tell a person something; a program is told in the summary."""
        if not self._as_json:
            with self._lock:
                print(text, file=self._out, flush=True)

    def conclude(self, summary: Mapping[str, Any]) -> None:
        """Print the summary: last line for a program, a paragraph for a person."""
        with self._lock:
            if self._as_json:
                print(json.dumps({"summary": _plain(summary)}), file=self._out, flush=True)
                return
            print(file=self._out)
            for name, value in summary.items():
                shown = value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)
                print(f"{name.replace('_', ' ')}: {shown}", file=self._out)
            self._out.flush()


def _line(at: float, step: Step) -> str:
    facts = "  ".join(
        f"{name}={_short(value)}" for name, value in step.facts.items() if value not in (None, "")
    )
    return f"{at:7.2f} s  {step.who:<18} {step.what:<24} {facts}".rstrip()


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
