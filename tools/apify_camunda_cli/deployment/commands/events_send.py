"""`apify-camunda events send`: let the emulated Apify of a running local world send an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from apify_camunda_cli.command_line import option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone, UsageError
from apify_camunda_cli.parameters import NAME, json_object

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_STATUSES: Final = ("SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED")
_TIMEOUT_S: Final = 60.0


@on_deployment(
    "send",
    about="Let the emulated Apify of a running local world send the event of a run that ends",
    details=(
        "A run of the Actor or task is started, as a person does it in the Apify Console, and ended at once "
        "with the status. Its events are sent to the webhooks that listen to them. It needs --ready, and the "
        "page of the local run, which takes the request."
    ),
    examples=(
        "events send --actor acme/crawler --ready ready.json",
        "events send --task acme/crawl-acme --status FAILED --ready ready.json",
        """events send --actor acme/crawler --input '{"query": "tea"}' --ready ready.json""",
    ),
    exactly_one=("actor", "task"),
)
@option("--actor", type=NAME, metavar="OWNER/NAME", help="the Actor whose run ends")
@option("--task", type=NAME, metavar="OWNER/NAME", help="the task whose run ends")
@option(
    "--status", type=click.Choice(_STATUSES), default="SUCCEEDED", help="how it ends (default: SUCCEEDED)"
)
@option("--input", "given", default=None, metavar="JSON|@FILE", help="the input of the run (default: none)")
async def send(
    container: Container, *, actor: str | None, task: str | None, status: str, given: str | None
) -> Result:
    """Start a run and end it, and return its id."""
    run_input = None if given is None else json_object(given, "--input")
    kind, name = ("task", task) if task is not None else ("actor", actor)
    found = await _ask(container, "GET", "apify", None)
    ids = {each["name"]: each["id"] for each in found[f"{kind}s"]}
    if name not in ids:
        known = ", ".join(sorted(ids)) or "none"
        raise NotDone(f"The emulated Apify has no {kind} {name!r}; it has: {known}.")
    wanted = {f"{kind}Id": ids[name], "input": run_input, "status": status}
    run = (await _ask(container, "POST", "apify/runs", wanted))["runId"]
    shows = container.deployment.command("events list --all")
    return Result(
        {"run": run, "status": status},
        (f"Run {run} of {name} has ended as {status}; its event is sent now. `{shows}` shows what it did.",),
    )


async def _ask(container: Container, method: str, path: str, body: Any) -> Any:
    """Ask the page of the local run.

    Raises:
        UsageError: There is no page.
        NotDone: It refuses, or does not answer.
    """
    import httpx  # noqa: PLC0415 - other commands save it

    url = container.deployment.page_url
    if url is None:
        raise UsageError(
            "Events are sent by the emulated Apify of `apify-camunda local --serve --ready-file FILE`; give "
            "that file as --ready. A run that serves no page (--no-page) cannot be asked."
        )
    try:
        answer = await container.http.request(method, f"{url}api/{path}", json=body, timeout=_TIMEOUT_S)
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise NotDone("The page of the local run does not answer; is the run still up?") from error
    if answer.is_error:
        raise NotDone(str(found.get("error", {}).get("message", answer.status_code)))
    return found
