"""Checks what AWS holds of a deployment: identity, stack, tables, queues, switches and secrets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

from apify_camunda.errors import ConfigurationError
from apify_camunda.identifiers import EventId

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.discovery import Aws
from apify_camunda_cli.deployment.doctor.finding import Finding, clock_skew, failed, ok, skipped, warning
from apify_camunda_cli.deployment.target import DEFAULT_STACK

_HEALTHY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


async def identity(aws: Aws) -> Finding:
    """Find out as whom AWS knows us; its errors are the caller's to explain."""

    def ask() -> str:
        with closing(aws.client("sts")) as sts:
            return str(sts.get_caller_identity()["Arn"])

    return ok("AWS identity", await asyncio.to_thread(ask))


async def stack(container: Container) -> AsyncIterator[Finding]:
    """Check the state of the stack, and this machine's clock against AWS's."""
    target = container.deployment.target
    if container.deployment.aws.is_local or container.deployment.reconciler is None:
        yield skipped("stack", f"{container.deployment.name} is not a stack")
        return
    name = target.stack or DEFAULT_STACK
    answer = await asyncio.to_thread(container.aws("cloudformation").describe_stacks, StackName=name)
    state = answer["Stacks"][0]["StackStatus"]
    if state in _HEALTHY:
        yield ok("stack", f"{name}: {state}")
    elif state.endswith("IN_PROGRESS"):
        yield warning(
            "stack", f"{name}: {state}", "Wait until the deployment has ended, then run this again."
        )
    else:
        yield failed(
            "stack", f"{name}: {state}", "See the stack's events in the CloudFormation console; deploy again."
        )
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    yield clock_skew("clock", headers.get("date"), container.clock.now())


async def settings(container: Container) -> AsyncIterator[Finding]:
    """Check the environment of the deployed functions."""
    try:
        found = container.settings
    except ConfigurationError as error:
        yield failed("settings", error.message, "Correct the stack's parameters and deploy again.")
        return
    yield ok("settings", f"deployment {found.deployment_id}, Camunda by {found.camunda_transport}")


async def tables(container: Container) -> AsyncIterator[Finding]:
    """Read both tables, and say what is paused."""
    await container.events.kept(EventId("apify-camunda-doctor"))
    paused = [each for each in ("inbound", "outbound") if await container.registry.is_paused(each)]
    yield ok("tables", "both tables can be read")
    for direction in paused:
        yield warning(
            "switches",
            f"{direction} is paused",
            f"`{container.deployment.command(f'resume {direction}')}` lets it go on.",
        )


async def queues(container: Container) -> AsyncIterator[Finding]:
    """Count the events that wait, and those that were given up."""
    command = container.deployment.command
    parked = await container.parked.count()
    undelivered = await container.undelivered.count() if container.undelivered else 0
    if undelivered:
        yield warning(
            "queues",
            f"events that were not delivered for days: {undelivered}",
            f"Correct the cause, then `{command('events replay --undelivered')}`.",
        )
    else:
        yield ok("queues", f"parked events: {parked}; undelivered: none")


async def signing_key(container: Container) -> AsyncIterator[Finding]:
    """Check the secret that signs webhook paths."""
    keys = await container.secrets.signing_keys()
    grace = f", {len(keys.accepted) - 1} earlier key is still accepted" if len(keys.accepted) > 1 else ""
    yield ok("signing key", f"key {keys.current_id} signs{grace}")


async def secrets(container: Container) -> AsyncIterator[Finding]:
    """Check the secrets that processes name."""
    found = await container.secrets.secrets()
    remedy = "Processes read {{secrets.NAME}} from it; add the value to the secret that the stack names."
    if not found:
        yield warning("secrets", "no secret is configured", remedy)
        return
    yield ok("secrets", f"these can be read: {', '.join(sorted(found))}")
    for name, value in sorted(found.items()):
        if not value.strip() or value != value.strip():
            yield failed("secrets", f"{name} is empty, or has blanks around it", remedy)


async def work(container: Container) -> AsyncIterator[Finding]:
    """Say what needs a person: elements, webhooks and effects."""
    command = container.deployment.command
    elements = await container.registry.elements(container.cluster_id)
    faulty = [each.element for each in elements if each.state == "faulty"]
    broken = [each.id for each in await container.registry.registrations() if each.problem]
    unresolved = await container.events.unresolved()
    listed = f"`{command('webhooks list')}` shows the reasons."
    if faulty:
        yield warning("elements", f"faulty elements: {len(faulty)} ({', '.join(sorted(faulty)[:5])})", listed)
    if broken:
        yield warning(
            "webhooks", f"webhooks with a problem: {len(broken)} ({', '.join(sorted(broken)[:5])})", listed
        )
    if unresolved:
        said = f"effects of events that need a person: {len(unresolved)}"
        yield warning("events", said, f"`{command('events list')}` shows each with what to do.")
    if not (faulty or broken or unresolved):
        yield ok("work", f"elements known: {len(elements)}; nothing needs a person")
