"""`apify-camunda local`: what it is called with; what it means is left to `local_options` and `local_run`."""

from __future__ import annotations

import argparse
from pathlib import Path

from apify_camunda_cli.usage import (
    emulator_or_url,
    host_and_port,
    http_url,
    moto_or_url,
    port_number,
    seconds,
)

DESCRIPTION = """\
Run a process from start to end, with everything it needs on 127.0.0.1: the four functions of this project
in AWS's own runtime client, an HTTP API, DynamoDB and SQS, an emulated Apify, and a stand-in for Camunda.
No Docker, no account, no network. Each step is shown as it happens: when, who, what.

What the emulated Apify holds (Actors, how long their runs take and what they yield, events that come by
themselves) is told by a world file; docs/world-file.md says how one is written. Without one there is an
Actor acme/crawler, and the secret APIFY_TOKEN.
"""
EPILOG = """\
exit code:
  0    the instance has ended, and its variables are printed; with --serve: it was stopped
  1    the instance has an incident, waits at the time limit, or nothing can move it; the reason is printed
  2    something that was given cannot be used; one line says what
  130  Ctrl-C stopped it before the instance had ended (143: SIGTERM; 141: nobody reads its output any more)

examples:
  apify-camunda local --process examples/async-actor.bpmn --variables '{"query": "tea"}'
  apify-camunda local --process order.bpmn --world shop.world.json --variables @order.json --json
  apify-camunda local --serve --http-port 8787 --ready-file ready.json
  apify-camunda local --serve --camunda-grpc 127.0.0.1:26500 --camunda-rest http://127.0.0.1:8080
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "local",
        help="run a process, or keep everything running, on this machine",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--process", type=Path, metavar="FILE.bpmn", help="run this process until its instance has ended"
    )
    what.add_argument("--serve", action="store_true", help="keep everything running until Ctrl-C")
    _add_run_arguments(parser.add_argument_group("with --process"))
    _add_serve_arguments(parser.add_argument_group("with --serve"))
    _add_parts(parser.add_argument_group("what is emulated, and where it listens"))
    told = parser.add_argument_group("what is told")
    told.add_argument("--json", action="store_true", help="one JSON object a step, and last a summary")
    told.add_argument(
        "--verbose", action="store_true", help="show every step, also the small ones, as --json does"
    )
    parser.set_defaults(run=run)


def _add_run_arguments(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--variables", metavar="JSON|@FILE", help="variables of the instance (default: none)")
    group.add_argument("--until", type=seconds, metavar="SECONDS", help="time limit (default: 120)")


def _add_serve_arguments(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--ready-file",
        type=Path,
        metavar="PATH",
        help="there while everything is up: one JSON object with each address and the pid",
    )
    add("--camunda-grpc", type=host_and_port, metavar="HOST:PORT", help="gRPC address of an engine of yours")
    add("--camunda-rest", type=http_url, metavar="URL", help="base URL of its REST API")


def _add_parts(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--world",
        type=Path,
        metavar="FILE.json",
        help="what there is at the emulated Apify (docs/world-file.md)",
    )
    add(
        "--secrets",
        type=Path,
        metavar="FILE.json",
        help="a JSON object: what {{secrets.NAME}} means (default: APIFY_TOKEN, the world's first token)",
    )
    add(
        "--camunda",
        choices=("standin", "engine"),
        help="the stand-in, or Camunda 8.6.0 itself, which needs a JDK 21+ and Maven (default: standin)",
    )
    add(
        "--transport",
        choices=("auto", "grpc", "rest"),
        default="auto",
        help="how Camunda is spoken to (default: auto)",
    )
    add(
        "--apify",
        type=emulator_or_url,
        metavar="emulator|URL",
        help="which Apify; another one cannot call this machine, unless it runs on it (default: emulator)",
    )
    add("--apify-port", type=port_number, metavar="PORT", help="of the emulated Apify (default: a free one)")
    add(
        "--http-port",
        type=port_number,
        default=0,
        metavar="PORT",
        help="of the HTTP API (default: a free one)",
    )
    add(
        "--dynamodb",
        type=moto_or_url,
        default="moto",
        metavar="moto|URL",
        help="which DynamoDB (default: moto)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run a process, or serve; return the exit code."""
    from apify_camunda_cli import local_run  # noqa: PLC0415  # it costs a second, which other commands need not

    return local_run.run(arguments)
