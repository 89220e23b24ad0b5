"""Apify as a state machine: all it knows, moved by time and by commands; it does no IO and reads no clock.

A caller first sets the time (`advance`), then gives a command, and holds its own lock for both.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from emulators.apify.directory import Directory
from emulators.apify.dispatches import Dispatches, DueCall
from emulators.apify.identity import IdSequence
from emulators.apify.rejections import Rejection
from emulators.apify.run_inputs import input_of_task, json_input
from emulators.apify.runs import OptionChanges, RunInput, Runs, StartRequest
from emulators.apify.state import Call, Origin, Webhook
from emulators.apify.storages import Storages
from emulators.apify.timeline import Timeline, TraceEvent
from emulators.apify.webhooks import Webhooks
from emulators.apify.world import (
    AbortLastRun,
    DeleteWebhooks,
    DisableWebhooks,
    Happening,
    ResurrectLastRun,
    StartRun,
    Task,
    World,
)


class Machine:
    """The whole of Apify at one moment.

    Attributes:
        world: What it was made of.
        directory: Users, Actors, tasks and builds.
        storages: Datasets and key-value stores.
        dispatches: Events on their way to webhooks.
        webhooks: Webhooks.
        runs: Runs.
    """

    def __init__(self, world: World, now: datetime, *, begins: bool = True) -> None:
        """Make what the world holds; its events count from now, or (not `begins`) from `begin`."""
        self.world = world
        self._timeline = Timeline(now)
        ids = IdSequence(world.seed)
        self.directory = Directory(world, self._timeline)
        self.storages = Storages(world, self._timeline, ids)
        self.dispatches = Dispatches(self._timeline, ids)
        self.webhooks = Webhooks(self.dispatches, self._timeline, ids)
        self.runs = Runs(
            timing=world.timing,
            directory=self.directory,
            storages=self.storages,
            webhooks=self.webhooks,
            timeline=self._timeline,
            ids=ids,
        )
        self._has_begun = False
        if begins:
            self.begin()

    def begin(self) -> None:
        """Let the world's events happen, counted from now; once is enough."""
        if self._has_begun:
            return
        self._has_begun = True
        for event in self.world.events:
            happening = event.happening
            self._timeline.at(self.now + event.after, lambda happening=happening: self._happen(happening))  # type: ignore[misc]  # the default binds the loop's value

    def adopt(self, world: World) -> None:
        """Add what another world holds; its events do not happen."""
        self.directory.adopt(world)
        self.storages.adopt(world)

    @property
    def now(self) -> datetime:
        """The time that the machine was last told."""
        return self._timeline.now

    def advance(self, now: datetime) -> None:
        """Let everything happen that is due until `now`."""
        self._timeline.advance(now)

    def next_due(self) -> datetime | None:
        """Return when something happens by itself or a webhook is to be called next, or None."""
        return self.now if self.has_due_calls else self.next_moment()

    def next_moment(self) -> datetime | None:
        """Return when something will be due that is not due yet (a held call is overdue), or None."""
        moments = (self._timeline.next_due(), self.dispatches.next_retry_at())
        return min((moment for moment in moments if moment is not None), default=None)

    @property
    def has_due_calls(self) -> bool:
        """Whether `take_due_calls` would return one."""
        return self.dispatches.has_due_calls

    @property
    def has_trace(self) -> bool:
        """Whether `take_trace` would return something."""
        return bool(self._timeline.trace)

    @property
    def is_settled(self) -> bool:
        """Whether every webhook call that was due has been made and recorded."""
        return not self.has_due_calls and not self.dispatches.has_calls_under_way

    def take_due_calls(self) -> list[DueCall]:
        """Return the webhook calls to make now; `record_call` says how each went."""
        return self.dispatches.take_due()

    def record_call(self, dispatch_id: str, call: Call) -> None:
        self.dispatches.record(dispatch_id, call)

    def note(self, kind: str, **facts: str | int | None) -> None:
        """Add something that happened outside to the trace."""
        self._timeline.note(kind, **facts)

    def take_trace(self) -> list[TraceEvent]:
        """Return what happened since the last time, oldest first."""
        taken, self._timeline.trace = self._timeline.trace, []
        return taken

    def _happen(self, happening: Happening) -> None:
        match happening:
            case StartRun():
                self._start_by_hand(happening)
            case AbortLastRun():
                run = self.runs.last_of(happening.target)
                if run:
                    self.runs.abort(run, gracefully=False)
            case ResurrectLastRun():
                run = self.runs.last_of(happening.target)
                if run and run.is_terminal:
                    self.runs.resurrect(run, OptionChanges())
            case DeleteWebhooks():
                for webhook in self._webhooks_of(happening.username):
                    self.webhooks.delete(webhook)
            case DisableWebhooks():
                for webhook in self._webhooks_of(happening.username):
                    self.webhooks.disable(webhook)
            case _:
                assert_never(happening)

    def _start_by_hand(self, happening: StartRun) -> None:
        user = self.directory.user(happening.username)
        if user is None:
            return
        given = RunInput(value=None, record=None) if happening.input is None else json_input(happening.input)
        target = happening.target
        try:
            self.runs.start(
                StartRequest(
                    user=user,
                    target=target,
                    changes=OptionChanges(build=happening.build),
                    input=input_of_task(target, given) if isinstance(target, Task) else given,
                    origin=Origin(kind="WEB"),
                )
            )
        except Rejection as rejection:
            self.note("run", actor=target.name, status="REFUSED", reason=rejection.message)

    def _webhooks_of(self, username: str) -> list[Webhook]:
        user = self.directory.user(username)
        return self.webhooks.of(user) if user else []
