"""`apify-camunda erase`: remove the payloads of events that this deployment keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from apify_camunda_cli.command_line import option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone
from apify_camunda_cli.parameters import AGE

if TYPE_CHECKING:
    from apify_camunda.webhooks.events import ReceivedEvent

    from apify_camunda_cli.deployment.container import Container
    from apify_camunda_cli.deployment.event_queue import Sifted

_DETAILS = """\
Payloads are kept where an event was rejected or is in doubt (14 days), and in the queues while an event is
parked or undelivered. They are removed from both; that an event had its effects stays known, so that it is
not applied a second time. An event that needs a person can be neither replayed nor resolved afterwards, and
a parked event is never delivered: such events are erased with --also-unfinished only.

What Apify and Camunda hold of the run is not changed; logs hold no payloads."""


@on_deployment(
    "erase",
    about="Remove the payloads that are kept of a run, or of old events",
    details=_DETAILS,
    examples=("erase --run HG7ML7M8z78YcAPEB", "erase --older-than 7d --also-unfinished"),
    exactly_one=("run", "older_than"),
)
@option("--run", metavar="ID", help="the id of a run at Apify: its events")
@option("--older-than", type=AGE, help="events received before, for example 12h or 7d")
@option(
    "--also-unfinished", is_flag=True, help="also events that need a person, or are still to be delivered"
)
async def erase(
    container: Container, *, run: str | None, older_than: timedelta | None, also_unfinished: bool
) -> Result:
    """Remove the payloads of the events that are meant."""
    is_meant = (
        _of_run(run) if run is not None else _before(container.clock.now() - (older_than or timedelta()))
    )
    kept = [event for event, each in (await container.events.all_kept()).items() if any(map(is_meant, each))]
    open_events = {each.event for each in await container.events.unresolved()}
    waiting = await _in_queues(container, is_meant, remove=False)
    unfinished = len(open_events.intersection(kept)) + waiting.meant
    if unfinished and not also_unfinished:
        raise NotDone(
            f"{unfinished} of these events need a person or are still to be delivered; nothing was erased. "
            f"`{container.deployment.command('events list')}` shows the former. Settle them, or add "
            "--also-unfinished."
        )
    for event in kept:
        await container.events.forget_payload(event)
    removed = await _in_queues(container, is_meant, remove=True)
    failure = None
    if removed.unseen:
        failure = (
            f"{removed.unseen} parked events wait for their next try and could not be examined; "
            "run it again in 20 minutes."
        )
    return Result(
        {"kept": len(kept), "queued": removed.meant, "notExamined": removed.unseen},
        (f"Payloads erased: {len(kept)} that were kept, {removed.meant} in the queues.",),
        failure=failure,
    )


def _of_run(run: str) -> Callable[[ReceivedEvent], bool]:
    def is_of_run(received: ReceivedEvent) -> bool:
        data: dict[str, Any] = received.event.event_data or {}
        return run in (received.event.run().id, data.get("actorRunId"))

    return is_of_run


def _before(moment: datetime) -> Callable[[ReceivedEvent], bool]:
    return lambda received: received.received_at < moment


async def _in_queues(
    container: Container, is_meant: Callable[[ReceivedEvent], bool], *, remove: bool
) -> Sifted:
    from apify_camunda_cli.deployment.event_queue import Sifted  # noqa: PLC0415 - other commands save it

    queues = [container.parked, *([container.undelivered] if container.undelivered else [])]
    found = [await queue.sift(is_meant, remove=remove) for queue in queues]
    return Sifted(sum(each.meant for each in found), sum(each.unseen for each in found))
