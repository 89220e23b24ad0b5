"""Starts runs and changes their states as time passes; tells the webhooks, without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from emulators.apify import rejections
from emulators.apify.content import fits
from emulators.apify.directory import Directory
from emulators.apify.identity import IdSequence, apify_time
from emulators.apify.input_schema import check_input
from emulators.apify.rejections import Rejection
from emulators.apify.run_results import leave_results
from emulators.apify.state import Caller, Origin, Run, RunStatus
from emulators.apify.storages import Storages
from emulators.apify.timeline import Timeline
from emulators.apify.webhook_requests import AdHocWebhook
from emulators.apify.webhooks import Webhooks
from emulators.apify.world import Actor, Behaviour, Build, Record, RunDefaults, Task, Timing, User

_EVENT_OF = {
    "SUCCEEDED": "ACTOR.RUN.SUCCEEDED",
    "FAILED": "ACTOR.RUN.FAILED",
    "ABORTED": "ACTOR.RUN.ABORTED",
    "TIMED-OUT": "ACTOR.RUN.TIMED_OUT",
}


@dataclass(frozen=True, kw_only=True)
class OptionChanges:
    """What a request says about a run's options; None means that it says nothing."""

    build: str | None = None
    timeout_secs: int | None = None
    memory_mbytes: int | None = None
    max_items: int | None = None
    max_total_charge_usd: float | None = None

    def over(self, options: RunDefaults) -> RunDefaults:
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(options, **given)


@dataclass(frozen=True, kw_only=True)
class RunInput:
    """The body of a request that starts a run."""

    value: Any
    """As JSON; None if it is not JSON."""
    record: Record | None
    """As it will be stored under INPUT in the run's key-value store."""


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    user: User
    target: Actor | Task
    changes: OptionChanges
    input: RunInput
    webhooks: tuple[AdHocWebhook, ...] = ()
    origin: Origin = field(default_factory=Origin)


class Runs:
    """All runs of all users, oldest first."""

    def __init__(
        self,
        *,
        timing: Timing,
        directory: Directory,
        storages: Storages,
        webhooks: Webhooks,
        timeline: Timeline,
        ids: IdSequence,
    ) -> None:
        self._timing = timing
        self._directory = directory
        self._storages = storages
        self._webhooks = webhooks
        self._timeline = timeline
        self._ids = ids
        self._runs: dict[str, Run] = {}
        self._behaviour_uses: dict[tuple[str, int], int] = {}

    def start(self, request: StartRequest) -> Run:
        """Return the new run, READY, with its ad-hoc webhooks listening.

        Raises:
            Rejection: The options, the input or a limit forbid it; then nothing has happened.
        """
        target = request.target
        task = target if isinstance(target, Task) else None
        actor = self._directory.actor_by_id(target.actor_id) if isinstance(target, Task) else target
        options = request.changes.over(task.options if task else actor.default_run)
        build = self._directory.build_for(actor, options.build)
        self._check(request.user, actor, options)
        check_input(build.input_schema, request.input.value)
        run = self._made(request, actor, task, build, options)
        self._runs[run.id] = run
        for webhook in request.webhooks:
            self._webhooks.attach(run, webhook)
        self._write_log(run, "ACTOR: Creating container.")
        self._note(run)
        self._webhooks.trigger(run, "ACTOR.RUN.CREATED")
        self._plan(run, self._timing.startup, lambda: self._begin(run))
        return run

    def abort(self, run: Run, *, gracefully: bool) -> None:
        """Make the run end soon; do nothing if it has ended or is ending."""
        if run.status not in ("READY", "RUNNING"):
            return
        wait = self._timing.wind_down
        if gracefully:
            natural_end = run.stretch_started_at + run.behaviour.duration
            left = natural_end - self._timeline.now
            wait = max(timedelta(0), min(self._timing.graceful_abort, left))
        self._wind_down(run, "ABORTING", "ABORTED", wait)

    def finish(self, run: Run, status: RunStatus) -> None:
        """Make the run end now with a terminal status; do nothing if it has ended."""
        if run.is_terminal:
            return
        run.plan += 1  # what was planned for it does not happen
        self._finish(run, status)

    def resurrect(self, run: Run, changes: OptionChanges) -> None:
        """Let a finished run go on as the same run.

        Raises:
            Rejection: It has not finished, or the options or a limit forbid it.
        """
        if not run.is_terminal:
            message = "Only a finished Actor run can be resurrected."
            raise Rejection(400, "operation-not-allowed", message)
        options = changes.over(run.options)
        build = self._directory.build_for(run.actor, changes.build) if changes.build else run.build
        self._check(run.user, run.actor, options)
        run.options, run.build = options, build
        run.seconds_before += (self._timeline.now - run.stretch_started_at).total_seconds()
        run.stretch_started_at = self._timeline.now
        run.resurrections += 1
        run.finished_at = run.exit_code = run.status_message = None
        target = run.task or run.actor
        run.behaviour = self._behaviour(target, run.actor, options, build, run.input)
        self._set_status(run, "RUNNING")
        self._webhooks.trigger(run, "ACTOR.RUN.RESURRECTED")
        self._plan_end(run)

    def find(self, run_id: str, caller: Caller | None) -> Run:
        """Return the run; its id is enough to see it, without a token.

        Raises:
            Rejection: There is no such run, it is another user's, or it is too fresh to be seen.
        """
        run = self._runs.get(run_id)
        if run is None or (caller is not None and run.user != caller.user) or self._is_hidden(run):
            raise rejections.not_found("Actor run")
        return run

    def of(self, user: User, *, actor: Actor | None = None, task: Task | None = None) -> list[Run]:
        """Return the user's runs, all or of one Actor or task, oldest first."""
        return [
            run
            for run in self._runs.values()
            if run.user == user
            and (actor is None or run.actor.id == actor.id)
            and (task is None or (run.task is not None and run.task.id == task.id))
            and not self._is_hidden(run)
        ]

    def last_of(self, target: Actor | Task) -> Run | None:
        """Return the newest run of the Actor or task, of any user."""
        runs = [
            run
            for run in self._runs.values()
            if target.id in (run.actor.id, run.task.id if run.task else None)
        ]
        return runs[-1] if runs else None

    def _made(
        self, request: StartRequest, actor: Actor, task: Task | None, build: Build, options: RunDefaults
    ) -> Run:
        """Return a new run with its storages; it is not in the lists yet."""
        now, run_id = self._timeline.now, self._ids.next("run")
        given = request.input
        run = Run(
            id=run_id,
            user=request.user,
            actor=actor,
            task=task,
            build=build,
            options=options,
            origin=request.origin,
            behaviour=self._behaviour(request.target, actor, options, build, given.value),
            input=given.value,
            input_length=len(given.record.body) if given.record else 0,
            started_at=now,
            stretch_started_at=now,
            dataset=self._storages.new_dataset(request.user, actor.id, run_id),
            store=self._storages.new_store(request.user, actor.id, run_id),
            request_queue_id=self._ids.next("requestQueue"),
        )
        if given.record:
            self._storages.put_record(run.store, "INPUT", given.record)
        return run

    def _is_hidden(self, run: Run) -> bool:
        return self._timeline.now < run.started_at + self._timing.fresh_run_hidden

    def _check(self, user: User, actor: Actor, options: RunDefaults) -> None:
        if actor.refusal:
            raise actor.refusal
        minimum = actor.pricing.minimal_max_total_charge_usd if actor.pricing else None
        if minimum is not None and (options.max_total_charge_usd or minimum) < minimum:
            message = f"The maximum total charge must be at least {minimum} USD."
            raise Rejection(400, "max-total-charge-usd-below-minimum", message)
        limits = user.limits
        if limits.concurrent_runs is None and limits.memory_mbytes is None:
            return
        active = [run for run in self._runs.values() if run.user == user and not run.is_terminal]
        if limits.concurrent_runs is not None and len(active) >= limits.concurrent_runs:
            message = f"You have reached the limit of {limits.concurrent_runs} concurrent Actor runs."
            raise Rejection(400, "concurrent-runs-limit-exceeded", message)
        used = sum(run.options.memory_mbytes for run in active)
        if limits.memory_mbytes is not None and used + options.memory_mbytes > limits.memory_mbytes:
            message = (
                f"By launching this job you will exceed the memory limit of {limits.memory_mbytes}MB for all "
                f"your Actor runs and builds (currently used: {used}MB, "
                f"requested: {options.memory_mbytes}MB)."
            )
            raise Rejection(400, "actor-memory-limit-exceeded", message)

    def _behaviour(
        self, target: Actor | Task, actor: Actor, options: RunDefaults, build: Build, given: Any
    ) -> Behaviour:
        owner: Actor | Task = target if target.runs else actor
        for index, behaviour in enumerate(owner.runs):
            wanted_build = behaviour.when.build
            uses = self._behaviour_uses.get((owner.id, index), 0)
            if (
                fits(behaviour.when.input, given if given is not None else {})
                and wanted_build in (None, options.build, build.number, *build.tags)
                and (behaviour.times is None or uses < behaviour.times)
            ):
                self._behaviour_uses[owner.id, index] = uses + 1
                return behaviour
        return Behaviour()

    def _plan(self, run: Run, wait: timedelta, step: Callable[[], None]) -> None:
        run.plan += 1
        plan = run.plan
        self._timeline.at(self._timeline.now + wait, lambda: step() if run.plan == plan else None)

    def _begin(self, run: Run) -> None:
        self._set_status(run, "RUNNING")
        self._write_log(run, "ACTOR: Starting container.")
        self._plan_end(run)

    def _plan_end(self, run: Run) -> None:
        gone = self._timeline.now - run.stretch_started_at
        timeout = timedelta(seconds=run.options.timeout_secs)
        if timeout and timeout < run.behaviour.duration:
            wait = max(timedelta(0), timeout - gone)
            self._plan(
                run, wait, lambda: self._wind_down(run, "TIMING-OUT", "TIMED-OUT", self._timing.wind_down)
            )
        else:
            wait = max(timedelta(0), run.behaviour.duration - gone)
            self._plan(run, wait, lambda: self._finish(run, run.behaviour.ends))

    def _wind_down(self, run: Run, meanwhile: RunStatus, end: RunStatus, wait: timedelta) -> None:
        self._set_status(run, meanwhile)
        self._plan(run, wait, lambda: self._finish(run, end))

    def _finish(self, run: Run, status: RunStatus) -> None:
        run.finished_at = self._timeline.now
        leave_results(run, status, self._storages)
        self._set_status(run, status)
        self._write_log(run, f"ACTOR: Run ended with status {status}.")
        self._webhooks.trigger(run, _EVENT_OF[status])

    def _set_status(self, run: Run, status: RunStatus) -> None:
        run.status = status
        self._note(run)

    def _note(self, run: Run) -> None:
        self._timeline.note("run", id=run.id, actor=f"{run.actor.owner}/{run.actor.name}", status=run.status)

    def _write_log(self, run: Run, line: str) -> None:
        run.log.append(f"{apify_time(self._timeline.now)} {line}")
