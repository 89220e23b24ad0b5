"""What happened during a local run, as steps that a person or a program can follow.

The Camunda stand-in, the Apify emulator and the local AWS report in their own words; here they become one
kind of step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

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
        what: Subject, dot, past participle (`job.activated`), or what a function wrote in its log.
        is_detail: Left out of what a person sees unless everything is asked for.
    """

    who: str
    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_detail: bool = False


Report: TypeAlias = Callable[[Step], None]

_CAMUNDA_DETAILS = frozenset(
    {
        "element.activated",
        "job.created",
        "job.locked",
        "job.recurred",
        "job.timed_out",
        "variables.set",
    }
)
_NOTED_LEVELS = frozenset({"INFO", "WARNING", "ERROR", "CRITICAL"})
_NOT_FACTS_OF_OURS = frozenset(
    {"level", "location", "message", "timestamp", "service", "xray_trace_id", "taskName", "exception_name"}
)
_LONGEST_LINE = 2000


def from_camunda(kind: str, facts: Mapping[str, Any]) -> Step:
    """Return what the stand-in's trace says."""
    return Step("camunda", kind, dict(facts), is_detail=kind in _CAMUNDA_DETAILS)


def from_apify(kind: str, facts: Mapping[str, Any]) -> Step:
    """Return what the emulator's trace says."""
    match kind:
        case "run":
            return Step("apify", f"run.{str(facts['status']).lower()}", dict(facts))
        case "webhook":
            others = {name: value for name, value in facts.items() if name != "what"}
            return Step("apify", f"webhook.{facts['what']}", others)
        case "delivery":
            return Step("apify", "webhook.called", dict(facts))
        case "request":
            return Step("apify", "request.answered", dict(facts), is_detail=True)
        case _:
            return Step("apify", kind, dict(facts))


def from_aws(observation: Observation) -> Step:
    """Return what the local AWS observed; functions are named as their folders are."""
    match observation:
        case FunctionLogged():
            return _log_line(folder_of(observation.function_name), observation.line)
        case RequestAnswered():
            facts: dict[str, Any] = {
                "request": f"{observation.method} {observation.path}",
                "status": observation.status,
                "ms": _ms(observation.duration),
            }
            return Step("http_api", "request.answered", facts)
        case _:
            return _invocation(folder_of(observation.function_name), observation)


def folder_of(function_name: str) -> str:
    """Return where a function's code lives: both `local-poll-jobs` and `local-PollJobs` in poll_jobs."""
    name = function_name.partition("-")[2] or function_name
    return re.sub(r"(?<=[a-z])(?=[A-Z])|-", "_", name).lower()


def _invocation(
    who: str,
    observation: InvocationEnded | InvocationThrottled | EventGivenUp | ScheduleFired | QueueBatchHandled,
) -> Step:
    match observation:
        case InvocationEnded(error_type=None):
            facts: dict[str, Any] = {"ms": _ms(observation.duration), "cold": observation.is_cold}
            return Step(who, "invocation.ended", facts, is_detail=True)
        case InvocationEnded():
            return Step(who, "invocation.failed", {"error": observation.error_type})
        case InvocationThrottled():
            return Step(who, "invocation.throttled", is_detail=True)
        case EventGivenUp():
            facts = {"condition": observation.condition, "attempts": observation.attempts}
            return Step(who, "event.given_up", facts, is_detail=True)
        case ScheduleFired():
            return Step(who, "schedule.fired", is_detail=True)
        case QueueBatchHandled():
            return Step(who, "batch.handled", {"deleted": observation.deleted, "left": observation.left})


def from_log(function_name: str, line: str) -> Step:
    """Return a line that a deployed function wrote."""
    return _log_line(folder_of(function_name), line)


def _log_line(who: str, line: str) -> Step:
    """Return a line that a function wrote: a log record, metrics, or the runtime's own words."""
    try:
        entry = json.loads(line)
    except ValueError:
        entry = None
    match entry:
        case {"_aws": {"CloudWatchMetrics": [{"Metrics": metrics}]}}:
            counted = {metric["Name"]: entry.get(metric["Name"]) for metric in metrics}
            return Step(who, "metrics.counted", counted, is_detail=True)
        case {"message": str(message), "level": str(level)}:
            facts = {name: value for name, value in entry.items() if name not in _NOT_FACTS_OF_OURS}
            return Step(who, message, facts, is_detail=level not in _NOTED_LEVELS)
        case _:
            text = line.rstrip()[:_LONGEST_LINE]
            return Step(who, "line.written", {"line": text}, is_detail=not line.startswith("[ERROR]"))


def _ms(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
