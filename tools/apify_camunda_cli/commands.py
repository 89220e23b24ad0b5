"""Every command of `apify-camunda`. A module that offers commands is registered here by one line."""

from __future__ import annotations

import click
from apify_camunda import __version__

from apify_camunda_cli.command_line import PROGRAM, DeferredGroup, Group
from apify_camunda_cli.completion import completion
from apify_camunda_cli.deployment.commands.doctor import doctor
from apify_camunda_cli.deployment.commands.erase import erase
from apify_camunda_cli.deployment.commands.events import events
from apify_camunda_cli.deployment.commands.instances import instances
from apify_camunda_cli.deployment.commands.keys import keys
from apify_camunda_cli.deployment.commands.leave import leave
from apify_camunda_cli.deployment.commands.pause import pause, resume
from apify_camunda_cli.deployment.commands.processes import deploy, start
from apify_camunda_cli.deployment.commands.runs import runs
from apify_camunda_cli.deployment.commands.status import status
from apify_camunda_cli.deployment.commands.webhooks import webhooks
from apify_camunda_cli.feel import feel
from apify_camunda_cli.local.command import local
from apify_camunda_cli.tail import tail
from apify_camunda_cli.ui import ui

EPILOG = """\
`apify-camunda COMMAND --help` shows options, exit codes and examples.

\b
examples:
  apify-camunda local --process examples/async-actor.bpmn --variables '{"query": "tea"}'
  apify-camunda feel '= items[price > 10].name' --context FILE.json
  apify-camunda status --region eu-central-1
"""


@click.group(
    PROGRAM,
    cls=Group,
    help="Apify connectors for Camunda 8, serverless: run them on this machine, operate a deployment.",
    epilog=EPILOG,
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def apify_camunda() -> None:
    """Hold the commands; each is registered below."""


templates = DeferredGroup(
    "templates",
    about="Install the element templates, and upgrade diagrams.",
    module="apify_camunda_cli.templates",
)
for command in (
    local,
    feel,
    templates,
    doctor,
    deploy,
    start,
    tail,
    ui,
    status,
    webhooks,
    events,
    runs,
    instances,
    pause,
    resume,
    keys,
    erase,
    leave,
    completion,
):
    apify_camunda.add_command(command)
