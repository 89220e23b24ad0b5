"""`apify-camunda pause` and `resume`: stop one direction for a time, and let it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from apify_camunda_cli.command_line import argument
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.directions import DIRECTIONS, PAUSED, RESUMED
from apify_camunda_cli.deployment.result import Result

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_direction = argument(
    "direction", type=click.Choice(DIRECTIONS), about="events from Apify, or jobs of Camunda"
)


@on_deployment(
    "pause",
    about="Pause inbound or outbound; nothing is lost meanwhile",
    details=(
        "A pause lasts until `apify-camunda resume`. Meanwhile events of Apify are parked in the queue, "
        "and jobs wait in Camunda."
    ),
    examples=("pause inbound", "pause outbound --stack apify-camunda-test --region eu-central-1"),
)
@_direction
async def pause(container: Container, direction: str) -> Result:
    """Set the switch that the functions read, and say what happens now."""
    await container.registry.set_paused(direction, paused=True)
    return Result({"direction": direction, "paused": True}, (PAUSED[direction],))


@on_deployment("resume", about="Let inbound or outbound go on after a pause", examples=("resume inbound",))
@_direction
async def resume(container: Container, direction: str) -> Result:
    """Clear the switch that the functions read, and say what happens now."""
    await container.registry.set_paused(direction, paused=False)
    return Result({"direction": direction, "paused": False}, (RESUMED[direction],))
