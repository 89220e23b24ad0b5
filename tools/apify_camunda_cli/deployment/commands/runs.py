"""`apify-camunda runs`: which job of Camunda waits for which run at Apify."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from apify_camunda_cli.command_line import Group, argument, option
from apify_camunda_cli.deployment.attempts import attempt_json
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.errors import NotDone
from apify_camunda_cli.formatting import in_columns, labelled

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

_CONSOLE = "https://console.apify.com/actors/runs/"


@click.group("runs", cls=Group, help="Show jobs of Camunda and the runs at Apify that they wait for.")
def runs() -> None:
    """Hold the commands."""


@on_deployment(
    "list",
    about="Show the jobs that wait for a run: which run, since when, and when it is looked at next",
    details=(
        "\b\n"
        "starting   the run is being started, or it is not known yet whether it was\n"
        "waiting    the run is known; its callback ends the wait at once\n"
        "reporting  the outcome is known and is being reported to Camunda\n"
        "ended      the outcome has been reported (shown by --all, for 30 days)\n\n"
        "The whole ledger is read."
    ),
    examples=("runs list", "runs list --all --json"),
)
@option("--all", "everything", is_flag=True, help="also those that have ended")
async def list_runs(container: Container, *, everything: bool) -> Result:
    """Return the attempts of jobs to start a run."""
    found = [attempt_json(each) for each in await container.attempts.history()]
    shown = [each for each in found if everything or each["state"] != "ended"]
    heads = ("STATE", "RUN", "STATUS", "PROCESS/ELEMENT", "JOB", "SINCE (UTC)", "NEXT LOOK (UTC)")
    rows = [
        (
            each["state"],
            each["run"] or "-",
            each["runStatus"] or "-",
            f"{each['process']}/{each['element']}",
            str(each["job"]),
            each["since"][:19],
            (each["nextLook"] or "-")[:19],
        )
        for each in shown
    ]
    command = container.deployment.command("runs show RUN")
    total = f"Jobs: {len(rows)}. `{command}` shows one." if rows else "No job waits for a run."
    return Result(shown, (*(in_columns(heads, rows) if rows else ()), total))


@on_deployment(
    "show",
    about="Show what is remembered of a run, or of a job",
    examples=("runs show HG7ML7M8z78YcAPEB", "runs show 2251799813685250 --json"),
)
@argument("name", metavar="RUN|JOB", about="the id of a run at Apify, or the key of a job in Camunda")
async def show(container: Container, name: str) -> Result:
    """Return the attempts of a job, or the one that started a run."""
    found = [
        attempt_json(each)
        for each in await container.attempts.history()
        if name in (each.attempt.run_id, str(each.attempt.job_key), each.attempt.id)
    ]
    if not found:
        listed = container.deployment.command("runs list --all")
        raise NotDone(f"No run and no job {name} is remembered; `{listed}` shows those of the last 30 days.")
    return Result(found, tuple(line for each in found for line in _lines(each)))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['state']}: {found['process']}/{found['element']}"
    for name, label in (
        ("job", "job"),
        ("instance", "instance"),
        ("run", "run"),
        ("runStatus", "status"),
        ("since", "since"),
        ("changedAt", "changed"),
        ("looks", "looks"),
        ("nextLook", "next look"),
        ("retries", "retries"),
        ("outcome", "outcome"),
        ("cluster", "cluster"),
    ):
        if found[name] not in (None, ""):
            yield from labelled(label, str(found[name]), width=11)
    if found["run"]:
        yield from labelled("Console", f"{_CONSOLE}{found['run']}", width=11)


for command in (list_runs, show):
    runs.add_command(command)
