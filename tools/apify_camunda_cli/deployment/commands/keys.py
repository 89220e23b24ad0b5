"""`apify-camunda keys`: which keys sign webhook paths, and how they are rotated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from apify_camunda_cli.command_line import Group
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container


@click.group("keys", cls=Group, help="List and rotate the keys that sign webhook paths.")
def keys() -> None:
    """Hold the commands."""


@on_deployment(
    "list",
    about="Show which key signs webhook paths, and which ones are accepted",
    details="Only the ids of keys are shown.",
    examples=("keys list", "keys list --json"),
)
async def list_keys(container: Container) -> Result:
    """Return the ids of the keys."""
    found = await container.secrets.signing_keys()
    earlier = sorted(found.accepted.keys() - {found.current_id})
    lines = [f"signs     {found.current_id}", *(f"accepted  {each}" for each in earlier)]
    return Result({"current": found.current_id, "accepted": sorted(found.accepted)}, tuple(lines))


@on_deployment(
    "rotate",
    about="Replace the key that signs webhook paths; the old one stays accepted for 48 hours",
    details=(
        "The webhooks at Apify are updated at the next tick, and deliveries that carry the old signature are "
        "accepted for 48 hours, because Apify repeats a delivery for 34. Print the headers of webhooks that "
        "you made by hand again within that time (`webhooks secret`). A second rotation within the 48 hours "
        "is refused: it would end the first one's grace early."
    ),
    examples=("keys rotate", "keys rotate --stack apify-camunda-test --json"),
)
async def rotate_keys(container: Container) -> Result:
    """Store the secret with a new key."""
    # Imported here, because other commands do not need them.
    from secrets import token_urlsafe  # noqa: PLC0415

    from apify_camunda_cli.deployment.key_rotation import GraceLasts, rotate  # noqa: PLC0415

    name = container.deployment.setting("SIGNING_SECRET_ID")
    value = await container.secrets.signing_secret()
    rotation = rotate(value, new_secret=token_urlsafe(32), now=container.clock.now())
    if isinstance(rotation, GraceLasts):
        raise NotDone(
            f"The key {rotation.key_id} is accepted until {rotation.until.isoformat(timespec='minutes')}; "
            "a rotation now would end its grace early, and lose deliveries. Rotate after that time."
        )
    await _store(container, name, rotation.value)
    until = rotation.accepted_until.isoformat(timespec="minutes")
    secret = container.deployment.command("webhooks secret PATH")
    return Result(
        {"current": rotation.new_id, "previous": rotation.old_id, "acceptedUntil": until},
        (
            f"The key {rotation.new_id} signs from now on; {rotation.old_id} is accepted until {until}.",
            "Webhooks of processes are updated at the next tick, within two minutes.",
            f"Webhooks that you made by hand need a new header by then: `{secret}`.",
        ),
    )


async def _store(container: Container, name: str, value: Any) -> None:
    import asyncio  # noqa: PLC0415 - other commands save it

    write = container.aws("secretsmanager").put_secret_value
    await asyncio.to_thread(write, SecretId=name, SecretString=json.dumps(value))


for command in (list_keys, rotate_keys):
    keys.add_command(command)
