"""`apify-camunda webhooks`: webhooks at Apify and their listeners; remove them, or sign one made by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from apify_camunda_cli.command_line import Group, argument, option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.formatting import cut, in_columns, labelled

if TYPE_CHECKING:
    from apify_camunda.identifiers import DefinitionKey, TenantId
    from apify_camunda.inbound.ports import ConditionTrouble

    from apify_camunda_cli.deployment.container import Container

_LONGEST_REASON = 200
_REGISTERED = "registered"
_LEAVING = """\
PROCESS_ID takes one process off, for clusters that do not tell that it was deleted: at the next tick
its webhooks are removed, unless another process listens to the same resource. Deploying it again puts it on
again.

--all is for the end of a deployment, before `sam delete`: inbound is paused, a tick that is under way is
waited for, then every webhook of this deployment is deleted at Apify, and all listeners are forgotten. Other
webhooks are left alone. It runs on this machine, with your identity: it reads the secrets of processes for
Apify's tokens, and calls Apify from here. `apify-camunda resume inbound` undoes it: the next tick registers
all webhooks again."""
_SECRET = """\
For a webhook that you create yourself in the Apify Console (or by its API), which is to reach the elements
whose webhook id is CONTEXT. Everyone who has the header can deliver events to that path: keep it as you
keep a password."""


@click.group("webhooks", cls=Group, help="List and remove webhooks, and sign one that you make by hand.")
def webhooks() -> None:
    """Hold the commands."""


@on_deployment(
    "list",
    about="Show the webhooks at Apify, their listeners, and the state of each element",
    examples=("webhooks list", "webhooks list --json"),
)
async def list_webhooks(container: Container) -> Result:
    """Return webhooks, paths for webhooks made by hand, and elements."""
    # Imported here, because other commands do not need it.
    from apify_camunda.webhooks.routes import is_context, path_of, registration_route  # noqa: PLC0415

    registry = container.registry
    rows = sorted(await registry.registrations(), key=lambda row: row.id)
    found = {
        "webhooks": [
            {
                "registration": row.id,
                "user": row.apify_user_id,
                "resource": f"{row.kind.value} {row.resource_id}",
                "events": list(row.event_types),
                "webhook": row.webhook_id,
                "problem": row.problem,
                "listeners": await _listeners(container, registration_route(row.id)),
            }
            for row in rows
        ],
        "byHand": {
            path_of(route): await _listeners(container, route)
            for route in sorted(await registry.routes())
            if is_context(route)
        },
        "elements": await _elements(container) if container.deployment.reconciler else None,
    }
    pasteable = container.deployment.target.pasteable
    return Result(found, tuple(pasteable(line) for line in _lines(found)))


async def _listeners(container: Container, route: str) -> list[str]:
    return sorted(element.ref for element in await container.registry.listeners(route) or ())


async def _elements(container: Container) -> list[dict[str, Any]]:
    elements = await container.registry.elements(container.cluster_id)
    troubles = {(each.tenant_id, each.element): each for each in await container.conditions.troubles()}
    return [
        {
            "element": each.element,
            "tenant": each.tenant_id,
            "state": each.state,
            "since": each.at.isoformat(),
            "detail": each.detail,
            "trouble": trouble_text(troubles.get((each.tenant_id, each.element))),
        }
        for each in sorted(elements, key=lambda each: (each.tenant_id, each.element))
    ]


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"Webhooks at Apify: {len(found['webhooks'])}"
    for row in found["webhooks"]:
        yield f"  {row['registration']}  {row['resource']} of user {row['user']}"
        yield f"    events     {', '.join(row['events'])}"
        yield f"    webhook    {row['webhook'] or 'not created yet'}"
        yield f"    listeners  {', '.join(row['listeners']) or 'none'}"
        if row["problem"]:
            yield from labelled("problem", row["problem"], indent=4, width=11)
    count = len(found["byHand"])
    yield f"Paths for webhooks made by hand (see `apify-camunda webhooks secret PATH`): {count}"
    for path, listeners in found["byHand"].items():
        yield f"  {path}  {', '.join(listeners)}"
    if found["elements"] is None:
        yield "Elements are known to --stack and --ready only."
    else:
        yield from _element_lines(found["elements"])


def _element_lines(elements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the elements; a note that all registered ones have is about none of them, and follows once."""
    counts = Counter(each["state"] for each in elements)
    by_state = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    yield f"Elements: {len(elements)}{f' ({by_state})' if elements else ''}"
    healthy = [_notes(each) for each in elements if each["state"] == _REGISTERED]
    shared = [note for note in healthy[0] if all(note in notes for notes in healthy)] if healthy else []
    rows = [
        (
            each["element"],
            each["tenant"],
            each["state"],
            each["since"][:19],
            "\n".join(note for note in _notes(each) if note not in shared),
        )
        for each in elements
    ]
    heads = ("PROCESS/VERSION/ELEMENT", "TENANT", "STATE", "SINCE (UTC)", "DETAIL")
    yield from (f"  {line}" for line in in_columns(heads, rows) if rows)
    yield from (f"  Note: {note}" for note in shared)


def _notes(element: Mapping[str, Any]) -> list[str]:
    notes = str(element["detail"] or "").splitlines()
    return [*notes, element["trouble"]] if element["trouble"] else notes


def trouble_text(trouble: ConditionTrouble | None) -> str | None:
    """Return what an element's expressions did to events, whose values the reason may quote."""
    if trouble is None:
        return None
    reason = cut(" ".join(trouble.reason.split()), _LONGEST_REASON)
    return f"did not serve {trouble.times} events, last {trouble.at.isoformat()[:19]}: {reason}"


@on_deployment(
    "remove",
    about="Take one process off, or remove every webhook of this deployment",
    details=_LEAVING,
    examples=("webhooks remove orders", "webhooks remove --all"),
    exactly_one=("process", "everything"),
)
@argument("process", required=False, metavar="[PROCESS_ID]", about="the BPMN process id")
@option("--all", "everything", is_flag=True, help="every webhook of this deployment")
@option("--tenant", metavar="ID", help="of PROCESS_ID, where several tenants have it")
@option("--drop-parked", is_flag=True, help="with --all: even where events wait, which are lost then")
async def remove(
    container: Container, process: str | None, *, tenant: str | None, drop_parked: bool, **_: bool
) -> Result:
    """Take off what is named."""
    if process is None:
        if tenant is not None:
            raise UsageError("--tenant goes with PROCESS_ID; --all concerns every tenant.")
        # Imported here, because other commands do not need it.
        from apify_camunda_cli.deployment.removal import remove_all_webhooks  # noqa: PLC0415

        return await remove_all_webhooks(container, may_drop_parked=drop_parked)
    if drop_parked:
        raise UsageError("--drop-parked goes with --all.")
    return await _remove_process(container, process, tenant)


async def _remove_process(container: Container, process: str, tenant: str | None) -> Result:
    """Take off what is deployed now; a newer definition puts the process on again."""
    known = (
        each.definition
        for each in (await container.registry.known_definitions(container.cluster_id)).values()
    )
    newest: dict[TenantId, DefinitionKey] = {}
    for definition in known:
        if definition.process_id == process and tenant in (None, definition.tenant_id):
            newest[definition.tenant_id] = max(
                newest.get(definition.tenant_id, definition.key), definition.key
            )
    if not newest:
        where = f" in tenant {tenant}" if tenant else ""
        raise NotDone(f"No process {process!r} is known{where}; `webhooks list` shows those with elements.")
    if len(newest) > 1:
        tenants = ", ".join(sorted(newest))
        raise UsageError(f"Tenants {tenants} have a process {process!r}; say which by --tenant.")
    [(of_tenant, up_to)] = newest.items()
    await container.registry.remove_process(container.cluster_id, of_tenant, process, up_to=up_to)
    return Result(
        {"process": process, "tenant": of_tenant},
        (f"{process} is taken off at the next tick, within two minutes; a new deployment puts it on again.",),
    )


@on_deployment(
    "secret",
    about="Print the header that a webhook made by hand needs",
    details=_SECRET,
    examples=("webhooks secret /inbound/order-finished",),
)
@argument("path", metavar="PATH", about="/inbound/CONTEXT, or the whole URL")
async def secret(container: Container, path: str) -> Result:
    """Sign a path; standard output is the headers template and nothing else."""
    # Imported here, because other commands do not need it.
    from apify_camunda.webhooks.routes import path_of, route_of_path, url_of  # noqa: PLC0415
    from apify_camunda.webhooks.signature import signature_headers  # noqa: PLC0415

    given = urlsplit(path).path if "://" in path else path
    _, mark, context = f"/{given.lstrip('/')}".partition("/inbound/")
    if not mark or not context.strip("/"):
        raise UsageError(
            f"PATH must be /inbound/CONTEXT or end so, but is {path!r}; "
            "webhooks to /apify/... are signed by the deployment itself."
        )
    route = route_of_path(f"{mark}{context}")
    headers = signature_headers(path_of(route), await container.secrets.signing_keys())
    notes = [f"URL of the webhook:  {url_of(route, container.deployment.setting('PUBLIC_URL'))}"]
    if await container.registry.listeners(route) is None:
        notes.append("No element listens there yet: no deployed element has this webhook id.")
    notes += [
        "Everyone who has this header can deliver events to that path; keep it as you keep a password.",
        "It belongs into the webhook's headers template. Print it again when the signing secret changes:",
    ]
    return Result(headers, (json.dumps(headers),), tuple(notes))


for command in (list_webhooks, remove, secret):
    webhooks.add_command(command)
