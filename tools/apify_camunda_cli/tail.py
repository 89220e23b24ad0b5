"""`apify-camunda tail`: what a deployment does, step by step, from its logs or from the local run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from apify_camunda_cli.command_line import option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.parameters import AGE

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_DETAILS = """\
Of a stack the logs of its functions are read (`logs:FilterLogEvents` on their log groups), of a local run
(--ready) also what the emulated Apify and the stand-in do. It goes on until Ctrl-C. --json prints one object
a line, so that it can be piped."""


@on_deployment(
    "tail",
    about="Show what happens, step by step, until Ctrl-C",
    details=_DETAILS,
    examples=("tail", "tail --since 1h --once --json", "tail --ready ready.json"),
    exit_codes={130: "Ctrl-C ended it"},
)
@option("--since", type=AGE, default=timedelta(minutes=1), help="begin so long ago (default: 1m)")
@option("--once", is_flag=True, help="end after what is there already")
@option("--verbose", is_flag=True, help="show every step and every fact")
async def tail(container: Container, *, since: timedelta, once: bool, verbose: bool) -> Result:
    """Print steps as they are found."""
    # Imported here, because other commands do not need it.
    from apify_camunda_cli import following  # noqa: PLC0415

    deployment = container.deployment
    if deployment.reconciler is None:
        raise UsageError("The logs are known to --stack and --ready only.")
    begin = container.clock.now() - since
    steps = (
        following.from_logs(container, since=begin, once=once)
        if deployment.steps_file is None
        else following.from_file(deployment.steps_file, container.clock, since=begin, once=once)
    )
    async for followed in steps:
        if verbose or not followed.step.is_detail:
            line = followed.json() if container.prints_json else followed.line(show_details=verbose)
            print(line, flush=True)
    return Result(None, is_printed=True)
