"""Follows what a deployment does: the logs of its functions, or the steps of a local run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apify_camunda.platform.ports import Clock

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.target import DEFAULT_STACK
from apify_camunda_cli.errors import NotDone
from apify_camunda_cli.local.journal import facts_of, step_json
from apify_camunda_cli.local.steps import Step, from_log

_FUNCTIONS = ("ReceiveWebhook", "DeliverEvent", "ReconcileWebhooks", "PollJobs")
_ASK_AGAIN_AFTER = timedelta(seconds=2)
_LOOK_AGAIN_AFTER = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True)
class Followed:
    """A step, and when it happened."""

    at: datetime
    step: Step

    def json(self) -> str:
        """Return the form for programs."""
        return step_json(self.at.isoformat(), self.step)

    def line(self, *, show_details: bool) -> str:
        """Return the form for people."""
        start = f"{self.at.isoformat(timespec='seconds')[:19]}  {self.step.who:<18}  {self.step.what:<26}"
        return f"{start}  {facts_of(self.step, show_details=show_details)}".rstrip()


async def from_logs(container: Container, *, since: datetime, once: bool) -> AsyncIterator[Followed]:
    """Yield what the functions of a stack have logged, in order, and go on unless it is asked for once."""
    groups = await asyncio.to_thread(_log_groups, container)
    starts = dict.fromkeys(groups, int(since.timestamp() * 1000))
    seen: set[str] = set()
    while True:
        events: list[tuple[str, dict[str, Any]]] = []
        for function, group in groups.items():
            found = await asyncio.to_thread(_log_events, container, group, starts[function])
            events += [(function, event) for event in found if event["eventId"] not in seen]
            starts[function] = max([starts[function], *(event["timestamp"] for event in found)])
        seen.update(event["eventId"] for _, event in events)
        for function, event in sorted(events, key=lambda each: each[1]["timestamp"]):
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            yield Followed(at, from_log(function, event["message"]))
        if once:
            return
        await container.clock.sleep(_ASK_AGAIN_AFTER)


def _log_groups(container: Container) -> dict[str, str]:
    stack = container.deployment.target.stack or DEFAULT_STACK
    ask = container.aws("cloudformation").describe_stack_resource
    return {
        function: ask(StackName=stack, LogicalResourceId=f"{function}Logs")["StackResourceDetail"][
            "PhysicalResourceId"
        ]
        for function in _FUNCTIONS
    }


def _log_events(container: Container, group: str, start_ms: int) -> list[dict[str, Any]]:
    pages = container.aws("logs").get_paginator("filter_log_events")
    return [
        event for page in pages.paginate(logGroupName=group, startTime=start_ms) for event in page["events"]
    ]


async def from_file(path: Path, clock: Clock, *, since: datetime, once: bool) -> AsyncIterator[Followed]:
    """Yield the steps that a local run has written, and go on until it ends, unless it is asked for once.

    Raises:
        NotDone: The run is over.
    """
    position = 0
    while True:
        lines, position = await asyncio.to_thread(_new_lines, path, position)
        for followed in _steps(lines):
            if followed.at >= since:
                yield followed
        if once:
            return
        await clock.sleep(_LOOK_AGAIN_AFTER)


def _new_lines(path: Path, position: int) -> tuple[list[str], int]:
    """Return the whole lines after a position, and the position after them."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotDone(f"The local run that wrote {path} has ended.") from None
    if position > len(content):  # the run has emptied its file
        position = 0
    end = content.rfind(b"\n") + 1
    return content[position:end].decode().splitlines(), max(end, position)


def _steps(lines: list[str]) -> Iterator[Followed]:
    for line in lines:
        facts = json.loads(line)
        at, who, what = facts.pop("at"), facts.pop("who"), facts.pop("what")
        yield Followed(datetime.fromisoformat(at), Step(who, what, facts))
