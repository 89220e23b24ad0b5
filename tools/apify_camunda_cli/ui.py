"""`apify-camunda ui`: the page over a deployed stack, or over a running local world from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apify_camunda_cli.command_line import option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.parameters import PORT

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_DETAILS = """\
It listens on 127.0.0.1 and reads with your AWS identity, and with the deployment's own credentials for
Camunda: definitions and instances from Camunda, elements, events and attempts from the tables, steps from the
logs. It changes nothing; --allow-changes lets a person replay and resolve events, and pause. It goes on until
Ctrl-C."""


@on_deployment(
    "ui",
    about="Show a deployment on a page in the browser, until Ctrl-C",
    details=_DETAILS,
    examples=("ui --stack apify-camunda", "ui --allow-changes --page-port 8700", "ui --ready ready.json"),
    exit_codes={130: "Ctrl-C ended it"},
)
@option("--page-port", type=PORT, default=0, help="where the page listens (default: a free port)")
@option("--allow-changes", is_flag=True, help="allow replay, resolve and pause")
async def ui(container: Container, *, page_port: int, allow_changes: bool) -> Result:
    """Serve the page until the process ends."""
    # Imported here, because other commands do not need it.
    from apify_camunda_cli.ui_page import serve  # noqa: PLC0415

    await serve(container, port=page_port, allows_changes=allow_changes)
    return Result(None, is_printed=True)
