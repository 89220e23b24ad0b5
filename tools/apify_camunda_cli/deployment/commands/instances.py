"""`apify-camunda instances`: where a process instance is, with its variables and incidents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from apify_camunda_cli.command_line import Group, argument, option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import in_columns, json_value, labelled, shortened
from apify_camunda_cli.formatting import show as shown_value
from apify_camunda_cli.parameters import Value

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_STATES = ("active", "completed", "terminated")
_NEWEST = 20
_LABEL_WIDTH = 12
_LONGEST_KEY = 19
_FOUND_BY_SEARCH = (
    "It asks the REST search of the Camunda cluster that the deployment serves, with the deployment's "
    "credentials. The search is some seconds behind."
)


def _read_key(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_KEY and int(text)):
        raise UsageError(f"{text[:80]!r} is no key: a key is a number, for example 2251799813685253.")
    return int(text)


@click.group("instances", cls=Group, help="Show process instances: where they are, variables, incidents.")
def instances() -> None:
    """Hold the commands."""


@on_deployment(
    "list",
    about="Show the newest process instances, and which of them have incidents",
    details=_FOUND_BY_SEARCH,
    examples=(
        "instances list --ready ready.json",
        "instances list --process orders --incidents",
        "instances list --state completed --limit 100 --json",
    ),
)
@option("--process", metavar="PROCESS_ID", help="only instances of this process")
@option("--state", type=click.Choice(_STATES), help="only instances in this state (default: any)")
@option("--incidents", "with_incidents", is_flag=True, help="only instances that have an incident")
@option(
    "--limit", type=click.IntRange(1, 1000), default=_NEWEST, help=f"at most so many (default: {_NEWEST})"
)
async def list_instances(
    container: Container, *, process: str | None, state: str | None, with_incidents: bool, limit: int
) -> Result:
    """Return the newest instances."""
    from apify_camunda_cli.deployment.camunda_search import CamundaSearch  # noqa: PLC0415

    wanted: dict[str, Any] = {"processDefinitionId": process, "state": state and state.upper()}
    wanted["hasIncident"] = True if with_incidents else None
    found = await CamundaSearch(container.transports.rest).instances(wanted, limit)
    listed = [_instance(each) for each in found]
    heads = ("STATE", "INSTANCE", "PROCESS", "VERSION", "STARTED (UTC)", "INCIDENTS")
    rows = [
        (
            each["state"],
            each["instance"],
            each["process"],
            str(each["version"]),
            each["started"][:19],
            "yes" if each["hasIncident"] else "-",
        )
        for each in listed
    ]
    command = container.deployment.command("instances show INSTANCE")
    total = (
        f"Instances: {len(rows)}. `{command}` shows one." if rows else "The search shows no such instance."
    )
    return Result(listed, (*(in_columns(heads, rows) if rows else ()), total))


@on_deployment(
    "show",
    about="Show one process instance: its state, where it is, its incidents and its variables",
    details=_FOUND_BY_SEARCH,
    examples=("instances show 2251799813685251 --ready ready.json", "instances show 2251799813685251 --json"),
)
@argument("key", metavar="INSTANCE", about="the key of a process instance", type=Value("key", _read_key))
async def show(container: Container, key: int) -> Result:
    """Return what the cluster knows of one instance."""
    from live_page import masked_json  # noqa: PLC0415

    from apify_camunda_cli.deployment.camunda_search import CamundaSearch  # noqa: PLC0415

    listed = container.deployment.command("instances list")
    found = await CamundaSearch(container.transports.rest).instance(key, listed=listed)
    waits = await _waits(container, found.instance)
    shown = {
        **_instance(found.instance),
        "activeElements": [_element(each) for each in found.elements],
        "waits": waits,
        "incidents": [_incident(each) for each in found.incidents],
        "variables": [_variable(each) for each in found.variables],
    }
    told = masked_json(shown, ())
    return Result(told, tuple(_lines(told)))


async def _waits(container: Container, row: Mapping[str, Any]) -> list[str]:
    """Return what an instance waits for, in the words of the page."""
    from apify_camunda_cli.deployment.page_camunda import PageCamunda  # noqa: PLC0415
    from apify_camunda_cli.deployment.page_ledger import PageLedger  # noqa: PLC0415
    from apify_camunda_cli.deployment.page_reasons import hints_for  # noqa: PLC0415

    camunda = PageCamunda(container.transports.rest)
    instance = await camunda.waiting(row)
    return instance.waits(await hints_for(container, camunda, PageLedger(timedelta()), [instance]))


def _instance(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "instance": str(found["processInstanceKey"]),
        "process": found.get("processDefinitionId") or "",
        "version": found.get("processDefinitionVersion"),
        "state": str(found.get("state") or "").lower(),
        "started": found.get("startDate") or "",
        "ended": found.get("endDate"),
        "hasIncident": bool(found.get("hasIncident")),
        "businessId": found.get("businessId"),
        "tenant": found.get("tenantId"),
    }


def _element(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "element": found.get("elementId"),
        "type": found.get("type"),
        "since": found.get("startDate"),
        "hasIncident": bool(found.get("hasIncident")),
    }


def _incident(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "element": found.get("elementId"),
        "type": found.get("errorType"),
        "message": found.get("errorMessage") or "",
        "since": found.get("creationTime"),
        "job": found.get("jobKey"),
    }


def _variable(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": found.get("name"),
        "value": json_value(str(found.get("value"))),  # the search cuts long values: they stay a text
        "isCut": bool(found.get("isTruncated")),
        "isOfTheInstance": found.get("scopeKey") == found.get("processInstanceKey"),
    }


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{told['process']} version {told['version']}: {told['state']}"
    for name in ("instance", "started", "ended", "businessId", "tenant"):
        if told[name]:
            label = "business id" if name == "businessId" else name
            yield from labelled(label, str(told[name]), width=_LABEL_WIDTH + 1)
    for each in told["activeElements"]:
        mark = ", has an incident" if each["hasIncident"] else ""
        text = f"{each['element']} ({each['type']}) since {str(each['since'])[:19]}{mark}"
        yield from labelled("is at", text, width=_LABEL_WIDTH + 1)
    for each in told["waits"]:
        yield from labelled("waits", each, width=_LABEL_WIDTH + 1)
    if told["incidents"]:
        yield "Incidents"
        for each in told["incidents"]:
            job = f", job {each['job']}" if each["job"] else ""
            yield f"  {each['element']}: {each['type']} since {str(each['since'])[:19]}{job}"
            yield from labelled("", each["message"], width=2)
    if told["variables"]:
        yield "Variables"
        width = max(len(str(each["name"])) for each in told["variables"]) + 2
        for each in sorted(told["variables"], key=lambda each: not each["isOfTheInstance"]):
            place = "" if each["isOfTheInstance"] else "  (of an element)"
            cut = "  (cut by the search)" if each["isCut"] else ""
            text = shown_value(shortened(each["value"]), indent=width + 2)
            yield from labelled(str(each["name"]), f"{text}{cut}{place}", width=width)


for command in (list_instances, show):
    instances.add_command(command)
