"""`apify-camunda webhooks`: who listens to what at Apify, taking processes off, and leaving."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apify_camunda_cli.operators.arguments import add_action, add_group, add_look
from apify_camunda_cli.operators.columns import in_columns
from apify_camunda_cli.usage import UsageError

if TYPE_CHECKING:
    from apify_camunda.identifiers import DefinitionKey, TenantId

    from apify_camunda_cli.operators.desk import Desk

_LEAVING = """\
PROCESS_ID takes one process off, for clusters that do not tell that it was deleted: at the next tick
its webhooks go, unless another process listens to the same resource. Deploying it anew puts it on again.

--all is for the end of a deployment, before `sam delete`: inbound is paused, a tick that is under way is
waited for, then every webhook of this deployment is deleted at Apify, and nobody listens any more. Other
webhooks are left alone. It runs on this machine, with your identity: it reads the secrets of processes for
Apify's tokens, and calls Apify from here. `apify-camunda resume inbound` undoes it: the next tick registers
all webhooks again."""
_SECRET = """\
For a webhook that you create yourself in the Apify Console (or by its API), which is to reach the elements
whose webhook id is CONTEXT. Whoever has the header may deliver events to that path: keep it as you keep a
password."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its actions."""
    actions = add_group(commands, "webhooks", "list and remove webhooks, and sign one that you make by hand")
    add_look(
        actions,
        "list",
        _look,
        _lines,
        about="show the webhooks at Apify, who listens, and how each element fares",
        examples=("webhooks list", "webhooks list --json"),
    )
    _add_remove(actions)
    secret = add_action(
        actions,
        "secret",
        _secret,
        about="print the header that a webhook made by hand needs",
        details=_SECRET,
        examples=("webhooks secret /inbound/order-finished",),
    )
    secret.add_argument("path", metavar="PATH", help="/inbound/CONTEXT, or the whole URL")


def _add_remove(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_action(
        actions,
        "remove",
        _remove,
        about="take one process off, or remove every webhook of this deployment",
        details=_LEAVING,
        examples=("webhooks remove orders", "webhooks remove --all"),
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("process", nargs="?", metavar="PROCESS_ID", help="the BPMN process id")
    what.add_argument("--all", action="store_true", help="every webhook of this deployment")
    parser.add_argument("--tenant", metavar="ID", help="of PROCESS_ID, where several tenants have it")
    parser.add_argument(
        "--drop-parked",
        action="store_true",
        help="with --all: even where events wait, which then nobody gets",
    )


async def _look(desk: Desk) -> dict[str, Any]:
    registry = desk.registry
    webhooks = [
        {
            "registration": row.id,
            "user": row.apify_user_id,
            "resource": f"{row.kind.value} {row.resource_id}",
            "events": list(row.event_types),
            "webhook": row.webhook_id,
            "problem": row.problem,
            "listeners": await _listeners(desk, f"apify/{row.id}"),
        }
        for row in sorted(await registry.registrations(), key=lambda row: row.id)
    ]
    by_hand = {
        f"/{route}": await _listeners(desk, route)
        for route in sorted(await registry.routes())
        if route.startswith("inbound/")
    }
    elements = await registry.elements(desk.cluster) if desk.deployment.reconciler else None
    return {
        "webhooks": webhooks,
        "byHand": by_hand,
        "elements": None
        if elements is None
        else [
            {
                "element": each.element,
                "tenant": each.tenant_id,
                "state": each.state,
                "since": each.at,
                "detail": each.detail,
            }
            for each in sorted(elements, key=lambda each: (each.tenant_id, each.element))
        ],
    }


async def _listeners(desk: Desk, route: str) -> list[str]:
    return sorted(element.ref for element in await desk.registry.listeners(route) or ())


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"Webhooks at Apify: {len(found['webhooks'])}"
    for row in found["webhooks"]:
        yield f"  {row['registration']}  {row['resource']} of user {row['user']}"
        yield f"    events     {', '.join(row['events'])}"
        yield f"    webhook    {row['webhook'] or 'not created yet'}"
        yield f"    listeners  {', '.join(row['listeners']) or 'none'}"
        if row["problem"]:
            yield f"    problem    {row['problem']}"
    yield f"Paths for webhooks made by hand (see `apify-camunda webhooks secret`): {len(found['byHand'])}"
    for path, listeners in found["byHand"].items():
        yield f"  {path}  {', '.join(listeners)}"
    if found["elements"] is None:
        yield "Elements are known to --stack and --ready only."
        return
    yield f"Elements: {len(found['elements'])}"
    rows = [
        (each["element"], each["tenant"], each["state"], each["since"][:19], each["detail"] or "")
        for each in found["elements"]
    ]
    heads = ("PROCESS/VERSION/ELEMENT", "TENANT", "STATE", "SINCE (UTC)", "DETAIL")
    yield from (f"  {line}" for line in in_columns(heads, rows) if rows)


async def _remove(desk: Desk, arguments: argparse.Namespace) -> int:
    if arguments.all:
        if arguments.tenant is not None:
            raise UsageError("--tenant goes with PROCESS_ID; --all concerns every tenant.")
        return await _remove_all(desk, may_drop_parked=arguments.drop_parked)
    if arguments.drop_parked:
        raise UsageError("--drop-parked goes with --all.")
    return await _remove_process(desk, arguments.process, arguments.tenant)


async def _remove_process(desk: Desk, process: str, tenant: str | None) -> int:
    """Take off what is deployed now; a newer definition puts the process on again."""
    known = (each.definition for each in (await desk.registry.known_definitions(desk.cluster)).values())
    newest: dict[TenantId, DefinitionKey] = {}
    for definition in known:
        if definition.process_id == process and tenant in (None, definition.tenant_id):
            newest[definition.tenant_id] = max(
                newest.get(definition.tenant_id, definition.key), definition.key
            )
    if not newest:
        where = f" in tenant {tenant}" if tenant else ""
        return _not_done(
            f"No process {process!r} is known{where}; `webhooks list` shows those with elements."
        )
    if len(newest) > 1:
        raise UsageError(
            f"Tenants {', '.join(sorted(newest))} have a process {process!r}; say which by --tenant."
        )
    [(of_tenant, up_to)] = newest.items()
    await desk.registry.remove_process(desk.cluster, of_tenant, process, up_to=up_to)
    print(f"{process} is taken off at the next tick, within two minutes; deploying it anew puts it on again.")
    return 0


async def _remove_all(desk: Desk, *, may_drop_parked: bool) -> int:
    """Pause, wait until nobody else acts, remove; pausing first, for a tick would register them again."""
    # They cost a moment, which other commands need not.
    from apify_camunda.platform.deadline import Deadline  # noqa: PLC0415

    from apify_camunda_cli.operators.reconciler import LONGEST_TICK  # noqa: PLC0415

    parked = await desk.parked.count()
    if parked and not may_drop_parked:
        return _not_done(
            f"Events wait in the queue ({parked}), and would find no listener; nothing was removed. "
            "Wait until `apify-camunda status` shows 0, or say --drop-parked."
        )
    await desk.registry.set_paused("inbound", paused=True)
    print("Inbound is paused; waiting until no tick is under way (five minutes at most) ...", flush=True)
    await desk.reconciler.stand_still()
    removed = await desk.remove_webhooks(Deadline(desk.clock.now() + LONGEST_TICK))
    if removed is None:
        return _not_done("Somebody else reconciles or removes webhooks; nothing was removed. Try again.")
    if not removed.is_whole:
        return _not_done(
            f"Time ran out; {removed.webhooks} webhooks are removed so far. Say it again to go on."
        )
    print(f"Webhooks removed at Apify: {removed.webhooks}. Nobody listens any more.")
    print("Inbound stays paused: `apify-camunda resume inbound` would register all of them again.")
    if unreached := removed.unreached:
        return _not_done(
            f"No token that works was found for {', '.join(unreached)}; remove these webhooks in "
            f"the Apify Console: their URL begins with {desk.deployment.setting('PUBLIC_URL')}/apify/."
        )
    return 0


async def _secret(desk: Desk, arguments: argparse.Namespace) -> int:
    # They cost a moment, which other commands need not.
    from apify_camunda.webhooks.signature import signature_headers  # noqa: PLC0415

    _, mark, context = urlsplit(arguments.path).path.partition("/inbound/")
    if not mark or not context.strip("/"):
        raise UsageError(
            f"PATH must be /inbound/CONTEXT or end so, but is {arguments.path!r}; "
            "webhooks to /apify/... are signed by the deployment itself."
        )
    path = f"/inbound/{context}"
    headers = signature_headers(path, await desk.secrets.signing_keys())
    tell = partial(print, file=sys.stderr)
    tell(f"URL of the webhook:  {desk.deployment.setting('PUBLIC_URL').rstrip('/')}{path}")
    if await desk.registry.listeners(path.lstrip("/")) is None:
        tell("Nobody listens there yet: no deployed element has this webhook id.")
    tell("Whoever has this header may deliver events to that path; keep it as you keep a password.")
    tell(
        "It is for the webhook's headers template, and is to be printed anew when the signing secret changes:"
    )
    print(json.dumps(headers))
    return 0


def _not_done(reason: str) -> int:
    print(f"apify-camunda: {reason}", file=sys.stderr)
    return 1
