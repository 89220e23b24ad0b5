"""`apify-camunda local`: its options; `plan` reads what they mean, and `run` carries it out."""

from __future__ import annotations

from typing import Any

import click

from apify_camunda_cli.command_line import Command, Section, argument, option
from apify_camunda_cli.parameters import (
    EMULATOR_OR_URL,
    FILE,
    HOST_AND_PORT,
    MOTO_OR_URL,
    PORT,
    SECONDS,
    URL,
)

HELP = """\
Run a process from start to end, with everything it needs on 127.0.0.1: the four functions of this project
in AWS's own runtime client, an HTTP API, DynamoDB and SQS, an emulated Apify, and a stand-in for Camunda.
No Docker, no account, no network. Each step is shown as it happens: when, who, what. With --serve a page in
the browser shows it too, at the address that is printed first; docs/page.md describes it.

A world file says what the emulated Apify holds: Actors, how long their runs take and what they yield, and
events that occur by themselves; docs/world-file.md describes it. Without one there is an Actor acme/crawler,
and the secret APIFY_TOKEN.
"""
RUN = Section("With --process")
SERVE = Section("With --serve")
PARTS = Section("What is emulated, and where it listens")
OUTPUT = Section("Output")


@click.command(
    cls=Command,
    exactly_one=("process", "serve"),
    help=HELP,
    short_help="Run a process, or keep everything running, on this machine.",
    exit_codes={
        0: "the instance has ended, and its variables are printed; with --serve: it was stopped",
        1: "the instance has an incident, waits at the time limit, or cannot go on; the reason is printed",
        2: "a given value cannot be used; one line says why",
        130: "Ctrl-C stopped it before the instance had ended (143: SIGTERM; 141: closed pipe)",
    },
    examples=(
        """local --process examples/async-actor.bpmn --variables '{"query": "tea"}'""",
        "local --process order.bpmn --world shop.world.json --variables @order.json --json",
        "local --serve",
        "local --serve order.bpmn --watch",
        "local --serve --page-port 8700 --http-port 8787 --ready-file ready.json",
        "local --serve --camunda-grpc 127.0.0.1:26500 --camunda-rest http://127.0.0.1:8080",
    ),
)
@option("--process", type=FILE, metavar="FILE.bpmn", help="run this process until its instance has ended")
@option("--serve", is_flag=True, help="keep everything running until Ctrl-C")
@argument("files", nargs=-1, type=FILE, metavar="[FILE.bpmn...]", about="with --serve: deploy these at start")
@option("--watch", is_flag=True, section=SERVE, help="deploy a FILE again when it is saved")
@option("--variables", metavar="JSON|@FILE", section=RUN, help="variables of the instance (default: none)")
@option("--until", type=SECONDS, metavar="SECONDS", section=RUN, help="time limit (default: 120)")
@option(
    "--ready-file",
    type=FILE,
    metavar="PATH",
    section=SERVE,
    help="a file that exists while everything is up: one JSON object with each address and the pid",
)
@option(
    "--page-port",
    type=PORT,
    section=SERVE,
    help="of the page that shows what happens (default: a free one)",
)
@option("--no-page", is_flag=True, section=SERVE, help="serve no page")
@option("--camunda-grpc", type=HOST_AND_PORT, section=SERVE, help="gRPC address of an engine of yours")
@option("--camunda-rest", type=URL, section=SERVE, help="base URL of its REST API")
@option(
    "--camunda-credentials",
    type=FILE,
    metavar="FILE.json",
    section=SERVE,
    help='for it: {"clientId", "clientSecret"} (OIDC, as SaaS has it) or {"username", "password"}',
)
@option(
    "--public-url",
    type=URL,
    section=SERVE,
    help="where Apify reaches the HTTP API, for example the address of a tunnel (default: its own address)",
)
@option(
    "--world",
    type=FILE,
    metavar="FILE.json",
    section=PARTS,
    help="what there is at the emulated Apify (docs/world-file.md)",
)
@option(
    "--secrets",
    type=FILE,
    metavar="FILE.json",
    section=PARTS,
    help="a JSON object: what {{secrets.NAME}} means, beside APIFY_TOKEN, the world's first token",
)
@option(
    "--camunda",
    type=click.Choice(("standin", "engine")),
    section=PARTS,
    help="the stand-in, or Camunda 8.6.0 itself, which needs a JDK 21+ and Maven (default: standin)",
)
@option(
    "--transport",
    type=click.Choice(("auto", "grpc", "rest")),
    default="auto",
    section=PARTS,
    help="the protocol that is used with Camunda (default: auto)",
)
@option(
    "--apify",
    type=EMULATOR_OR_URL,
    section=PARTS,
    help="which Apify; another one needs a --public-url, unless it runs here (default: emulator)",
)
@option("--apify-port", type=PORT, section=PARTS, help="of the emulated Apify (default: a free one)")
@option("--camunda-grpc-port", type=PORT, section=PARTS, help="of the stand-in's gRPC (default: a free one)")
@option("--camunda-rest-port", type=PORT, section=PARTS, help="of the stand-in's REST (default: a free one)")
@option("--http-port", type=PORT, default=0, section=PARTS, help="of the HTTP API (default: a free one)")
@option("--dynamodb", type=MOTO_OR_URL, default="moto", section=PARTS, help="which DynamoDB (default: moto)")
@option("--json", "as_json", is_flag=True, section=OUTPUT, help="one JSON object a step, and last a summary")
@option(
    "--verbose", is_flag=True, section=OUTPUT, help="show every step, also the small ones, as --json does"
)
def local(**given: Any) -> int:
    """Run a process, or serve; return the exit code."""
    from apify_camunda_cli.local import run  # noqa: PLC0415 - it costs a second, which other commands save
    from apify_camunda_cli.local.plan import Given  # noqa: PLC0415

    return run.run(Given(**given))
