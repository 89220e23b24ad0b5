"""`apify-camunda pause` and `resume`: let one direction stand still, and go on."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from apify_camunda_cli.operators.arguments import add_action

if TYPE_CHECKING:
    from apify_camunda_cli.operators.desk import Desk

DIRECTIONS = ("inbound", "outbound")
_PAUSED = {
    "inbound": (
        "Inbound is paused: within a minute no event reaches Camunda any more, each that comes is parked, "
        "and webhooks stay as they are."
    ),
    "outbound": (
        "Outbound is paused: within a minute no further job is taken; runs at Apify go on, "
        "and their jobs wait."
    ),
}
_RESUMED = {
    "inbound": (
        "Inbound goes on: within two minutes webhooks are reconciled, within 20 minutes each parked event is "
        "worked on."
    ),
    "outbound": "Outbound goes on: within two minutes jobs are taken again.",
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare both commands."""
    pause = add_action(
        commands,
        "pause",
        partial(_set_paused, paused=True),
        about="let inbound or outbound stand still; nothing is lost meanwhile",
        details=(
            "A pause lasts until `apify-camunda resume`. What is paused is kept: events of Apify are parked\n"
            "in the queue, jobs wait in Camunda."
        ),
        examples=("pause inbound", "pause outbound --stack apify-camunda-test --region eu-central-1"),
    )
    resume = add_action(
        commands,
        "resume",
        partial(_set_paused, paused=False),
        about="let inbound or outbound go on after a pause",
        examples=("resume inbound",),
    )
    for parser in (pause, resume):
        parser.add_argument("direction", choices=DIRECTIONS, help="events from Apify, or jobs of Camunda")


async def _set_paused(desk: Desk, arguments: argparse.Namespace, *, paused: bool) -> int:
    """Write the switch that the functions read, and say what happens now."""
    await desk.registry.set_paused(arguments.direction, paused=paused)
    print((_PAUSED if paused else _RESUMED)[arguments.direction])
    return 0
