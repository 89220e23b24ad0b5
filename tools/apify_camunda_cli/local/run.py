"""Runs `apify-camunda local`: a process from start to end, or everything until it is stopped."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from apify_camunda.errors import ConnectorError
from apify_camunda.platform.system_clock import SystemClock
from botocore.exceptions import BotoCoreError, ClientError

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import as_utf8, one_line, printable
from apify_camunda_cli.local.cluster import Refused, Unanswered
from apify_camunda_cli.local.examples import read_examples
from apify_camunda_cli.local.findings import ignored_events, read_findings
from apify_camunda_cli.local.inspection import apify_has_due
from apify_camunda_cli.local.journal import EVERYTHING_READY, PAGE_STARTED, Journal
from apify_camunda_cli.local.page import PageOfRun
from apify_camunda_cli.local.plan import Given, Plan, plan_of
from apify_camunda_cli.local.process_file import ProcessFile
from apify_camunda_cli.local.ready_file import ReadyFile, deployment_facts
from apify_camunda_cli.local.signals import StopSignals
from apify_camunda_cli.local.step_file import StepFile
from apify_camunda_cli.local.steps import Step
from apify_camunda_cli.local.summary import summarize
from apify_camunda_cli.local.verdict import QUIET, Ended, GoesOn, InstanceView, Stuck, View, judge
from apify_camunda_cli.local.watching import (
    BEFORE_ERRORS,
    LOOK_AT_FILES_S,
    DeployedFiles,
)
from apify_camunda_cli.local.world import FunctionFailed, LocalWorld, project_root, started

EXIT_FAILED = 1
JOB_TYPES = ("io.camunda:apify-outbound:1",)
LOOK_EVERY = timedelta(milliseconds=200)
SETTLE_S = 15.0
LAST_WORDS_S = 0.05


def run(given: Given) -> int:
    """Run a process, or serve; return the exit code.

    Raises:
        UsageError: What was given cannot be used.
        OSError: What happens cannot be written any more.
    """
    plan = plan_of(given)
    stopping = StopSignals()
    journal = Journal(
        sys.stdout,
        as_json=given.as_json,
        show_details=given.verbose,
        now=lambda: datetime.now(UTC),
        on_unwritable=stopping.from_any_thread,
    )
    try:
        stopping.at_signals()
        with _ready_file(plan) as ready_file:
            journal.say("Starting AWS, Apify and Camunda on this machine ...")
            return _run(plan, journal, stopping, ready_file)
    except (FunctionFailed, Unanswered) as error:
        journal.conclude("It does not run.", {"state": "failed", "reason": str(error)})
        print(f"apify-camunda: {one_line(error)}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        if journal.failure is not None:
            raise journal.failure from None
        journal.conclude("Stopped.", {"state": "stopped"})
        return 0 if plan.process is None else stopping.exit_code


def _run(plan: Plan, journal: Journal, stopping: StopSignals, ready_file: ReadyFile | None) -> int:
    page = _page_of(plan)
    with StepFile(lambda: datetime.now(UTC)) as steps:

        def report(step: Step) -> None:
            journal(step)
            steps(step)
            if page is not None:
                page.report(step)

        with LocalWorld(plan.options, report) as world, ExitStack() as parts:
            try:
                page_url = None if page is None else parts.enter_context(page.serving(world))
                if page_url is not None:
                    _tell_page(journal, page_url)
                report(started(world))
                if plan.process is None:
                    told = {"steps": str(steps.path), "page_url": page_url}
                    files = DeployedFiles(world, plan.files, watches=plan.watches, report=report)
                    _serve(world, journal, ready_file, told, files)
                return _run_process(world, journal, plan, plan.process)
            finally:
                stopping.is_under_way()


def _ready_file(plan: Plan) -> AbstractContextManager[ReadyFile | None]:
    return nullcontext() if plan.ready_file is None else ReadyFile(plan.ready_file)


def _page_of(plan: Plan) -> PageOfRun | None:
    """Return the page of a run that serves one; its time line begins now."""
    if plan.page_port is None:
        return None
    examples = read_examples(project_root() / "examples") if plan.has_examples else ()
    return PageOfRun(
        secrets=plan.options.secrets,
        credentials=plan.options.camunda_credentials,
        world_document=plan.world_document,
        examples=examples,
        port=plan.page_port,
        clock=SystemClock(),
    )


def _tell_page(journal: Journal, url: str) -> None:
    """Say where the page is, before any other address."""
    journal.say(f"\nThe page:  {url}\n")
    journal(Step("local", PAGE_STARTED, {"page_url": url}, is_detail=True))


def _serve(
    world: LocalWorld,
    journal: Journal,
    ready_file: ReadyFile | None,
    facts: Mapping[str, str | None],
    files: DeployedFiles,
) -> NoReturn:
    """Keep everything running; only a signal ends it.

    Args:
        world: What runs.
        journal: Gets the steps.
        ready_file: Where the addresses are written, or None.
        facts: What the ready file holds beside them; None values are left out.
        files: What is deployed at the start, and again when it is saved.
    """
    files.deploy()
    world.reconcile()
    world.poll()
    try:
        if ready_file is not None:
            told = {
                **world.addresses(),
                **deployment_facts(world.aws),
                **{name: value for name, value in facts.items() if value is not None},
                "pid": os.getpid(),
            }
            ready_file.announce(json.dumps(told) + "\n")
        journal(Step("local", EVERYTHING_READY, is_detail=True))
        journal.say("Everything is up. Stop it with Ctrl-C.")
        while True:
            threading.Event().wait(None if not files.watches else LOOK_AT_FILES_S)
            files.redeploy_saved()
    finally:
        if ready_file is not None:
            ready_file.withdraw()  # before anything is down


def _run_process(world: LocalWorld, journal: Journal, plan: Plan, process: ProcessFile) -> int:
    _deploy(world, process)
    journal.say("Waiting until the webhooks are as the process wants them ...")
    world.reconcile()
    world.poll()
    if process.starts_by_hand:
        _start(world, process, plan.variables)
    else:
        journal.say("The process is started by an event; waiting for the world file's events.")
    verdict = _watch(world, journal, process.process_id, plan.limit)
    if isinstance(verdict, Ended) and world.apify is not None:
        world.apify.settle(SETTLE_S)  # the delivery that moved it is answered a moment later
    _let_the_last_words_come(journal)
    name = printable(one_line(process.name))
    match verdict:
        case Ended(instance):
            headline = f"{name}: the instance has ended, after {journal.elapsed_s:.1f} s."
            journal.conclude(headline, _summary(journal, "ended", instance))
            return 0
        case Stuck(reason, shown):
            found = (*_findings(world, process), *ignored_events(list(journal.steps)))
            headline = "\n  ".join([f"{name}: it did not end: {reason}", *map(_indented, found)])
            why = one_line(". ".join([reason, *found]))
            journal.conclude(headline, {"reason": why, **_summary(journal, "stuck", shown)})
            return 1


def _findings(world: LocalWorld, process: ProcessFile) -> tuple[str, ...]:
    """Return what our own tables say about the process; nothing where they cannot be read."""
    try:
        return read_findings(world, process, clock=SystemClock())
    except (ConnectorError, BotoCoreError, ClientError):
        return ()


def _indented(text: str) -> str:
    return "\n    ".join(printable(line) for line in text.splitlines())


def _deploy(world: LocalWorld, process: ProcessFile) -> None:
    try:
        world.cluster.deploy(as_utf8(process.path.name), process.content)
    except Refused as refusal:
        _, _, errors = one_line(refusal).rpartition(BEFORE_ERRORS)
        raise UsageError(f"The process file {process.path} cannot be deployed: {errors}") from refusal


def _start(world: LocalWorld, process: ProcessFile, variables: Mapping[str, Any]) -> None:
    try:
        world.cluster.start(process.process_id, variables)
    except Refused as refusal:
        raise UsageError(f"No instance can be started with these variables: {one_line(refusal)}") from refusal


def _let_the_last_words_come(journal: Journal) -> None:
    """Wait until the poller has told of every job that Camunda saw completed: it does so a moment later."""
    end = time.monotonic() + SETTLE_S
    while _untold_jobs(journal) > 0 and time.monotonic() < end:
        time.sleep(LAST_WORDS_S)


def _untold_jobs(journal: Journal) -> int:
    steps = [(step.who, step.what) for step in list(journal.steps)]
    return steps.count(("camunda", "job.completed")) - steps.count(("poll_jobs", "job was completed"))


def _watch(world: LocalWorld, journal: Journal, process_id: str, limit: timedelta) -> Ended | Stuck:
    """Look at the process until it is clear how it ends."""
    cluster = world.cluster
    began = last_change = time.monotonic()
    seen = -1
    while True:
        now = time.monotonic()
        happened = journal.count_of_facts()
        if happened != seen:
            seen, last_change = happened, now
        quiet_for = timedelta(seconds=now - last_change)
        is_due = cluster.something_is_due(JOB_TYPES) or apify_has_due(world.apify)
        view = View(
            instances=cluster.instances_of(process_id),
            quiet_for=quiet_for,
            something_is_due=is_due or (quiet_for >= QUIET and world.has_parked_events()),
            elapsed=timedelta(seconds=now - began),
        )
        verdict = judge(view, limit=limit)
        if not isinstance(verdict, GoesOn):
            return verdict
        cluster.wait_for_change(LOOK_EVERY)


def _summary(journal: Journal, state: str, instance: InstanceView | None) -> dict[str, Any]:
    summary: dict[str, Any] = {"state": state}
    if instance is not None:
        summary |= {"variables": instance.variables, "incidents": list(instance.incidents)}
    return summary | summarize(journal.steps)
