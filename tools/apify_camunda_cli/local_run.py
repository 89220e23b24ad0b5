"""Runs `apify-camunda local`: a process from start to end, or everything until it is stopped."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from emulators.apify import World, WorldError, default_world, load_world

from apify_camunda_cli.journal import Journal
from apify_camunda_cli.local_world import LocalWorld, WorldOptions, started, token_secrets
from apify_camunda_cli.look import apify_has_due
from apify_camunda_cli.operators.ready_file import operator_facts
from apify_camunda_cli.process_file import ProcessFile, read_process_file
from apify_camunda_cli.tally import tally
from apify_camunda_cli.usage import UsageError, json_object
from apify_camunda_cli.verdict import QUIET, Ended, GoesOn, InstanceView, Stuck, View, judge

JOB_TYPES = ("io.camunda:apify-outbound:1",)
LOOK_EVERY = timedelta(milliseconds=200)
SETTLE_S = 5.0
LAST_WORDS_S = 0.05


def run(arguments: argparse.Namespace) -> int:
    """Run a process, or serve; return the exit code."""
    process = read_process_file(arguments.process) if arguments.process else None
    variables = json_object(arguments.variables, "--variables")
    options = _options(arguments)
    if arguments.ready_file is not None:
        _make_room(arguments.ready_file)
    journal = Journal(
        sys.stdout, as_json=arguments.json, show_details=arguments.verbose, now=lambda: datetime.now(UTC)
    )
    _stop_at_signals()
    journal.say("Starting AWS, Apify and Camunda on this machine ...")
    try:
        with LocalWorld(options, journal) as world:
            if process is None:
                return _serve(world, journal, arguments.ready_file)
            return _run_process(world, journal, process, variables, timedelta(seconds=arguments.until))
    except KeyboardInterrupt:
        journal.say("Stopped.")
        return 0 if process is None else 130


def _options(arguments: argparse.Namespace) -> WorldOptions:
    world = _world(arguments.world)
    secrets = json_object(f"@{arguments.secrets}", "--secrets") if arguments.secrets else token_secrets(world)
    if (arguments.camunda_grpc is None) != (arguments.camunda_rest is None):
        raise UsageError("--camunda-grpc and --camunda-rest go together: a real engine has both addresses.")
    if arguments.camunda_grpc is not None and arguments.process is not None:
        raise UsageError(
            "--process runs on --camunda standin or engine; to a cluster of yours deploy it, and use --serve."
        )
    return WorldOptions(
        world=world,
        secrets={name: str(value) for name, value in secrets.items()},
        apify_url=None if arguments.apify == "emulator" else arguments.apify,
        apify_port=arguments.apify_port,
        http_port=arguments.http_port,
        camunda_grpc=arguments.camunda_grpc,
        camunda_rest=arguments.camunda_rest,
        camunda_engine=arguments.camunda == "engine",
        dynamodb=arguments.dynamodb,
        transport=arguments.transport,
    )


def _world(path: Path | None) -> World:
    if path is None:
        return default_world()
    try:
        return load_world(path)
    except WorldError as error:
        raise UsageError(str(error)) from error


def _stop_at_signals() -> None:
    """Let SIGTERM end the program as Ctrl-C does; a second signal does not disturb the stopping."""

    def interrupt(_number: int, _frame: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, interrupt)


def _serve(world: LocalWorld, journal: Journal, ready_file: Path | None) -> int:
    journal(started(world))
    world.reconcile()
    world.poll()
    if ready_file is not None:
        facts = {**world.addresses(), **operator_facts(world.aws), "pid": os.getpid()}
        _write_at_once(ready_file, json.dumps(facts) + "\n")
    journal.say("Everything is up. Stop it with Ctrl-C.")
    threading.Event().wait()
    return 0


def _make_room(path: Path) -> None:
    """Remove what an earlier run left, so that the file means that this one is up."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"--ready-file {path} cannot be replaced: {error.strerror}.") from error
    if not path.parent.is_dir():
        raise UsageError(f"--ready-file {path} cannot be written: there is no folder {path.parent}.")


def _write_at_once(path: Path, text: str) -> None:
    """Write a file that nobody sees half."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _run_process(
    world: LocalWorld, journal: Journal, process: ProcessFile, variables: dict[str, Any], limit: timedelta
) -> int:
    journal(started(world))
    world.cluster.deploy(process.path.name, process.content)
    journal.say("Waiting until the webhooks are as the process wants them ...")
    world.reconcile()
    world.poll()
    if process.starts_by_hand:
        world.cluster.start(process.process_id, variables)
    else:
        journal.say("The process is started by an event; waiting for the world file's events.")
    verdict = _watch(world, journal, process.process_id, limit)
    if isinstance(verdict, Ended) and world.apify is not None:
        world.apify.settle(SETTLE_S)  # the delivery that moved it is answered a moment later
    _let_the_last_words_come(journal)
    match verdict:
        case Ended(instance):
            headline = f"{process.name}: the instance has ended, after {journal.elapsed_s:.1f} s."
            journal.conclude(headline, _summary(journal, "ended", instance))
            return 0
        case Stuck(reason, shown):
            headline = f"{process.name}: it did not end: {reason}"
            journal.conclude(headline, {"reason": reason, **_summary(journal, "stuck", shown)})
            return 1


def _let_the_last_words_come(journal: Journal) -> None:
    """Wait until the poller has told of every job that Camunda saw completed: it does so a moment later."""
    end = time.monotonic() + SETTLE_S
    while _untold_jobs(journal) > 0 and time.monotonic() < end:
        time.sleep(LAST_WORDS_S)


def _untold_jobs(journal: Journal) -> int:
    steps = [(step.who, step.what) for step in list(journal.steps)]
    return steps.count(("camunda", "job.completed")) - steps.count(("poll_jobs", "A job was completed."))


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
    return summary | tally(journal.steps)
