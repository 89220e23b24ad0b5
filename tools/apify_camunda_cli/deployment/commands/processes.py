"""`apify-camunda deploy` and `start`: processes on the cluster that a deployment serves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from apify_camunda_cli.command_line import argument, option
from apify_camunda_cli.deployment.declaration import on_deployment
from apify_camunda_cli.deployment.result import Result
from apify_camunda_cli.formatting import as_utf8
from apify_camunda_cli.parameters import FILE, json_object, read_bytes

if TYPE_CHECKING:
    from apify_camunda_cli.deployment.container import Container

DEFAULT_TENANT = "<default>"
_NEWEST = -1
_TAG = "apify-camunda:cli"
_tenant = option("--tenant", default=DEFAULT_TENANT, metavar="ID", help="the tenant (default: <default>)")


@on_deployment(
    "deploy",
    about="Deploy BPMN files to the Camunda cluster that this deployment serves",
    details=(
        "All files go in one deployment, with the credentials of the deployed functions. Elements that "
        "listen to Apify are registered at the next tick, within two minutes; `webhooks list` shows them."
    ),
    examples=("deploy order.bpmn", "deploy order.bpmn order.form --ready ready.json"),
)
@argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...", about="BPMN, DMN or form files")
@_tenant
async def deploy(container: Container, files: tuple[Path, ...], *, tenant: str) -> Result:
    """Deploy the files, and return what they became."""
    resources = {as_utf8(path.name): read_bytes(path, "The file") for path in files}
    fields = {} if tenant == DEFAULT_TENANT else {"tenantId": tenant}
    answer = await container.transports.rest.upload("/deployments", resources, fields)
    found = [
        _process(item["processDefinition"]) for item in answer["deployments"] if item.get("processDefinition")
    ]
    lines = [f"{each['process']}  version {each['version']}  key {each['key']}" for each in found]
    listed = container.deployment.command("webhooks list")
    lines.append(f"Deployed processes: {len(found)}. `{listed}` shows their elements after the next tick.")
    return Result({"deployment": str(answer.get("deploymentKey", "")), "processes": found}, tuple(lines))


def _process(definition: dict[str, Any]) -> dict[str, Any]:
    return {
        "process": definition["processDefinitionId"],
        "version": int(definition["processDefinitionVersion"]),
        "key": str(definition["processDefinitionKey"]),
        "tenant": definition.get("tenantId") or DEFAULT_TENANT,
    }


@on_deployment(
    "start",
    about="Start an instance of a process on the Camunda cluster that this deployment serves",
    examples=(
        """start orders --variables '{"query": "tea"}'""",
        "start orders --version 3 --variables @order.json --ready ready.json",
    ),
)
@argument("process", metavar="PROCESS_ID", about="the BPMN process id")
@option("--variables", default="{}", metavar="JSON|@FILE", help="variables of the instance (default: none)")
@option("--version", type=click.IntRange(1), default=None, help="the version (default: the newest)")
@_tenant
async def start(
    container: Container, process: str, *, variables: str, version: int | None, tenant: str
) -> Result:
    """Start an instance, and return its key."""
    # Imported here, because other commands do not need them.
    from apify_camunda.camunda.model import InstanceCreated, StartProcess  # noqa: PLC0415
    from apify_camunda.camunda.rest_commands import RestCommands  # noqa: PLC0415
    from apify_camunda.identifiers import DefinitionKey, TenantId  # noqa: PLC0415

    command = StartProcess(
        definition_key=DefinitionKey(0),
        process_id=process,
        version=version or _NEWEST,
        tenant_id=TenantId(tenant),
        variables=json_object(variables, "--variables"),
        tag=_TAG,
    )
    created = await RestCommands(container.transports.rest).start_process(command)
    assert isinstance(created, InstanceCreated), "only a business id can be taken, and none is sent"
    listed = container.deployment.command("runs list")
    return Result(
        {"process": process, "instance": str(created.process_instance_key)},
        (f"Instance {created.process_instance_key} has started. `{listed}` shows which run it waits for.",),
    )
