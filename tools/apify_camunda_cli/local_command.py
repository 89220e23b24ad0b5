"""`apify-camunda local`: run a process, or keep everything running, on this machine, without an account."""

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
from apify_camunda_cli.look import instances_of, something_is_due
from apify_camunda_cli.process_file import ProcessFile, read_process_file
from apify_camunda_cli.tally import tally
from apify_camunda_cli.usage import UsageError, host_and_port, json_object
from apify_camunda_cli.verdict import Ended, GoesOn, InstanceView, Stuck, View, judge

JOB_TYPES = ("io.camunda:apify-outbound:1",)
LOOK_EVERY = timedelta(milliseconds=200)
SETTLE_S = 5.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "local",
        help="run a process, or keep everything running, on this machine",
        description=(
            "Run a process from start to end with everything it needs on 127.0.0.1: the four functions in "
            "AWS's own runtime client, an HTTP API, DynamoDB and SQS, an emulated Apify and a stand-in for "
            "Camunda. No Docker, no account, no network."
        ),
        epilog=(
            "Exit code 0: the instance has ended; 1: it has an incident, waits at the time limit, or nothing "
            "can move it; 2: something given cannot be used. Example: "
            'apify-camunda local --process examples/async-actor.bpmn --variables \'{"query": "tea"}\''
        ),
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--process", type=Path, metavar="FILE.bpmn", help="run this process until its instance has ended"
    )
    what.add_argument("--serve", action="store_true", help="keep everything running until Ctrl-C")
    _add_run_arguments(parser.add_argument_group("with --process"))
    _add_serve_arguments(parser.add_argument_group("with --serve"))
    parser.add_argument(
        "--world",
        type=Path,
        metavar="FILE.json",
        help="what there is at the emulated Apify (docs/world-file.md)",
    )
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE.json", help="a JSON object: what {{secrets.NAME}} means"
    )
    parser.add_argument(
        "--transport",
        choices=("auto", "grpc", "rest"),
        default="auto",
        help="how Camunda is spoken to (default: auto)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a step, and last a summary")
    parser.add_argument("--verbose", action="store_true", help="show every step, also the small ones")
    parser.set_defaults(run=run)


def _add_run_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--variables", default="{}", metavar="JSON|@FILE", help="variables of the instance")
    group.add_argument(
        "--until", type=float, default=120.0, metavar="SECONDS", help="time limit (default: 120)"
    )


def _add_serve_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--http-port", type=int, default=0, metavar="PORT", help="port of the HTTP API (default: a free one)"
    )
    group.add_argument(
        "--apify", default="emulator", metavar="emulator|URL", help="which Apify (default: emulator)"
    )
    group.add_argument("--apify-port", type=int, default=0, metavar="PORT", help="port of the emulated Apify")
    group.add_argument(
        "--camunda", choices=("standin",), default="standin", help="which Camunda, unless an address is given"
    )
    group.add_argument("--camunda-grpc", metavar="HOST:PORT", help="gRPC address of a real engine")
    group.add_argument("--camunda-rest", metavar="URL", help="base URL of a real engine's REST API")
    group.add_argument(
        "--dynamodb", default="moto", metavar="moto|URL", help="which DynamoDB (default: moto)"
    )
    group.add_argument(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="written when all is up: one JSON object with every address",
    )


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
    if arguments.camunda_grpc is not None:
        host_and_port(arguments.camunda_grpc, "--camunda-grpc")
    return WorldOptions(
        world=world,
        secrets={name: str(value) for name, value in secrets.items()},
        apify_url=None if arguments.apify == "emulator" else arguments.apify,
        apify_port=arguments.apify_port,
        http_port=arguments.http_port,
        camunda_grpc=arguments.camunda_grpc,
        camunda_rest=arguments.camunda_rest,
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
        _write_at_once(ready_file, json.dumps({**world.addresses(), "pid": os.getpid()}) + "\n")
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
    if world.camunda is None:
        raise UsageError("--process runs on the stand-in; deploy to a real engine yourself and use --serve.")
    journal(started(world))
    engine = world.camunda.engine
    engine.deploy([(process.path.name, process.content)])
    journal.say("Waiting until the webhooks are as the process wants them ...")
    world.reconcile()
    world.poll()
    if process.starts_by_hand:
        engine.create_instance(process_id=process.process_id, variables=variables)
    else:
        journal.say("The process is started by an event; waiting for the world file's events.")
    verdict = _watch(world, journal, process.process_id, limit)
    if isinstance(verdict, Ended) and world.apify is not None:
        world.apify.settle(SETTLE_S)  # the delivery that moved it is answered a moment later
    match verdict:
        case Ended(instance):
            headline = f"{process.name}: the instance has ended, after {journal.elapsed_s:.1f} s."
            journal.conclude(headline, _summary(journal, "ended", instance))
            return 0
        case Stuck(reason, shown):
            headline = f"{process.name}: it did not end: {reason}"
            journal.conclude(headline, {"reason": reason, **_summary(journal, "stuck", shown)})
            return 1


def _watch(world: LocalWorld, journal: Journal, process_id: str, limit: timedelta) -> Ended | Stuck:
    """Look at the process until it is clear how it ends."""
    if world.camunda is None:
        raise RuntimeError("only the stand-in can be watched")
    engine = world.camunda.engine
    began = last_change = time.monotonic()
    seen = -1
    while True:
        now = time.monotonic()
        happened = journal.count_of_facts()
        if happened != seen:
            seen, last_change = happened, now
        view = View(
            instances=instances_of(engine, process_id),
            quiet_for=timedelta(seconds=now - last_change),
            something_is_due=something_is_due(engine, world.apify, JOB_TYPES),
            elapsed=timedelta(seconds=now - began),
        )
        verdict = judge(view, limit=limit)
        if not isinstance(verdict, GoesOn):
            return verdict
        engine.wait_for_change(LOOK_EVERY)


def _summary(journal: Journal, state: str, instance: InstanceView | None) -> dict[str, Any]:
    summary: dict[str, Any] = {"state": state}
    if instance is not None:
        summary |= {"variables": instance.variables, "incidents": list(instance.incidents)}
    return summary | tally(journal.steps)
