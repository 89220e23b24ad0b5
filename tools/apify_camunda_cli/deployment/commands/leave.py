"""`apify-camunda leave`: end a deployment, before its stack is deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from apify_camunda_cli.command_line import option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_DETAILS = """\
Run it before `sam delete`. Both directions are paused, every webhook of this deployment is deleted at
Apify, and the queues are emptied. It refuses while something would be lost: jobs that wait for a run (their
runs go on unobserved), events that are parked, events that were given up. Each refusal says how many there
are, and how to go on without them.

The tables are kept; delete them by hand when their history is of no more use. `apify-camunda resume
inbound` and `resume outbound` undo it, as long as the stack exists."""


@on_deployment(
    "leave",
    about="End a deployment: pause it, remove its webhooks, empty its queues",
    details=_DETAILS,
    examples=("leave", "leave --drop-events --abandon-jobs --stack apify-camunda-test"),
)
@option(
    "--drop-events", is_flag=True, help="even where events are parked or undelivered, which are lost then"
)
@option("--abandon-jobs", is_flag=True, help="even where jobs wait for runs, which become incidents later")
async def leave(container: Container, *, drop_events: bool, abandon_jobs: bool) -> Result:
    """End the deployment, if nothing is lost or the operator accepts the loss."""
    # Imported here, because other commands do not need it.
    from apify_camunda_cli.deployment.removal import remove_all_webhooks  # noqa: PLC0415

    command = container.deployment.command
    waiting = [each for each in await container.attempts.history() if each.attempt.state.value != "closed"]
    if waiting and not abandon_jobs:
        raise NotDone(
            f"Jobs that wait for a run: {len(waiting)}. Nothing was changed. "
            f"`{command('runs list')}` shows them. Wait until they have ended, or add --abandon-jobs."
        )
    undelivered = await container.undelivered.count() if container.undelivered else 0
    parked = await container.parked.count()
    if (parked or undelivered) and not drop_events:
        raise NotDone(
            f"Parked events: {parked}, undelivered: {undelivered}. Nothing was changed. "
            f"Wait until `{command('status')}` shows 0, or add --drop-events."
        )
    await container.registry.set_paused("outbound", paused=True)
    removed = await remove_all_webhooks(container, may_drop_parked=drop_events)
    queues = [container.parked, *([container.undelivered] if container.undelivered else [])]
    for queue in queues:
        await queue.purge()
    return replace(
        removed,
        value={**removed.value, "droppedEvents": parked + undelivered, "abandonedJobs": len(waiting)},
        lines=(
            removed.lines[0],
            f"Queues are empty; events dropped: {parked + undelivered}. Jobs left waiting: {len(waiting)}.",
            "Both directions are paused. `sam delete` may follow; the tables are kept.",
        ),
    )
