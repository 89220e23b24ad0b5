"""Removes every webhook of a deployment: pause, wait for the tick that is under way, remove."""

from __future__ import annotations

from apify_camunda.platform.deadline import Deadline

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.reconciler import LONGEST_TICK
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone


async def remove_all_webhooks(container: Container, *, may_drop_parked: bool) -> Result:
    """Remove all webhooks; the pause that comes first keeps a later tick from registering them again.

    Raises:
        NotDone: Events are parked, a tick does not end, or the time was too short.
    """
    parked = await container.parked.count()
    command = container.deployment.command
    if parked and not may_drop_parked:
        raise NotDone(
            f"Events wait in the queue ({parked}), and would find no listener; nothing was removed. "
            f"Wait until `{command('status')}` shows 0, or add --drop-parked."
        )
    await container.registry.set_paused("inbound", paused=True)
    container.report_progress(
        "Inbound is paused; waiting until no tick is under way (five minutes at most) ..."
    )
    await container.reconciler.wait_until_idle()
    removed = await container.remove_webhooks(Deadline(container.clock.now() + LONGEST_TICK))
    if removed is None:
        raise NotDone("Another process reconciles or removes webhooks now; nothing was removed. Try again.")
    if not removed.is_whole:
        raise NotDone(f"Time ran out. Webhooks removed so far: {removed.webhooks}. Run it again to go on.")
    failure = None
    if unreached := removed.unreached:
        failure = (
            f"No token that works was found for {', '.join(unreached)}; remove these webhooks in the Apify "
            f"Console: their URL begins with {container.deployment.setting('PUBLIC_URL')}/apify/."
        )
    return Result(
        {"removed": removed.webhooks, "unreached": list(unreached)},
        (
            f"Webhooks removed at Apify: {removed.webhooks}. No element listens any more.",
            f"Inbound stays paused: `{command('resume inbound')}` would register all of them again.",
        ),
        failure=failure,
    )
