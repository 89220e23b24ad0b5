"""Starts AWS's services, Apify and Camunda on this machine, where containers reach them, and fills them.

The content is what the files of `events/` name: a deployed process that listens to the runs of an Actor, and
an instance whose job waits for a run. The functions themselves make it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apify_camunda
from emulators.apify import ApifyEmulator
from emulators.apify.world_file import load_world
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn
from local_aws import ACCOUNT_ID, REGION, Template
from local_aws.aws_services import AwsClients, create_resources, credentials, running_moto
from local_aws.child_process import inherited_environment
from local_aws.declarations import FunctionSpec
from local_aws.http_server import HttpServer, listening_socket
from local_aws.stack import Endpoints

from sam_local.container_host import ContainerHost
from sam_local.event_files import RecordedIds
from sam_local.forwarding import forwarding
from sam_local.waking import Waking

PUBLIC_URL = "http://127.0.0.1:3000"
"""Where `sam local start-api` answers: the emulated Apify delivers there."""

_TOKEN = "token-of-acme"
_SECRETS_NAME = "secrets-of-processes"
_SECRETS_ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{_SECRETS_NAME}"
_SIGNING_SECRET = "local-SigningSecret"
_EXAMPLE_KEY = {"id": "k1", "secret": "example-signing-secret-never-deploy"}
"""The key that the files of `events/` are signed with. It is public: only this set-up may hold it."""

_LISTENING_PROCESS = "start-event.bpmn"
_PROCESSES = (_LISTENING_PROCESS, "run-actor.bpmn")
_WAITING_PROCESS = "run-actor"
_WORLD = Path(__file__).with_name("world.json")
_GATEWAY_VERSION = "8.8"
_TICK_S = 60.0
_POLL_S = 30.0
"""Enough to start the run of one job; a poller that has more time waits for further jobs."""

Tell = Callable[[str], None]


class SetUpFailed(Exception):
    """The set-up cannot be filled; the message says why."""


def project_root() -> Path:
    """Return the folder that holds template.yaml."""
    return next(
        folder
        for folder in Path(apify_camunda.__file__).resolve().parents
        if (folder / "template.yaml").is_file()
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What runs, while it runs.

    Attributes:
        environment: Variables of each function by its logical id, for `sam local invoke --env-vars`.
        engine: The stand-in for Camunda.
        apify: The emulated Apify.
    """

    environment: Mapping[str, Mapping[str, str]]
    engine: Engine
    apify: ApifyEmulator
    _host: ContainerHost
    _functions: Mapping[str, FunctionSpec]

    async def invoke(
        self, function: str, event: str, seconds: float, *, environment: Mapping[str, str] | None = None
    ) -> str:
        """Return what a function answers, run in a process of this machine.

        Args:
            function: Its logical id.
            event: Its event, as JSON.
            seconds: How long it may take.
            environment: Variables that take the place of the function's own, or None.

        Raises:
            SetUpFailed: It raised; the message ends with its log.
        """
        root = project_root()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "sam_local.invoke",
            str(self._functions[function].code_folder),
            event,
            str(seconds),
            self._host.name,
            env={
                **inherited_environment(),
                **(environment or self.environment[function]),
                **credentials(REGION),
                "AWS_ACCESS_KEY_ID": function,  # by which its role is known
                "CAMUNDA_TRANSPORT": "rest",  # gRPC resolves names by itself
                "PYTHONPATH": os.pathsep.join([str(root / "layers" / "runtime"), str(root / "tools")]),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            log, answer = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            last = (log + answer).decode(errors="replace").strip().splitlines()[-20:]
            raise SetUpFailed("\n".join([f"{function} failed on this machine:", *last]))
        return answer.decode()

    def ids(self) -> RecordedIds:
        """Return what the files of `events/` must name, from the webhooks that were made at Apify."""
        webhooks = _webhooks(self.apify.url)
        [callback] = [webhook for webhook in webhooks if "/runs/" in webhook["requestUrl"]]
        [registered] = [webhook for webhook in webhooks if "/apify/" in webhook["requestUrl"]]
        model = (project_root() / "examples" / _LISTENING_PROCESS).read_text(encoding="utf-8")
        [context] = re.findall(r'name="inbound.context" value="([^"]+)"', model)
        return RecordedIds(
            registration=registered["requestUrl"].rpartition("/")[2],
            context=context,
            attempt=callback["requestUrl"].rpartition("/")[2],
            run_id=callback["condition"]["actorRunId"],
            key=_EXAMPLE_KEY,
        )


def _webhooks(apify_url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{apify_url}/v2/webhooks?token={_TOKEN}") as answer:
        webhooks: list[dict[str, Any]] = json.load(answer)["data"]["items"]
    return webhooks


@contextlib.asynccontextmanager
async def surroundings(
    host: ContainerHost, tell: Tell, *, calls: Path | None = None
) -> AsyncIterator[Surroundings]:
    """Run everything until the block ends.

    Args:
        host: How containers reach this machine.
        tell: Gets what a person may want to do next.
        calls: A file to which each call to AWS of a function on this machine is added as a line of JSON.

    Raises:
        SetUpFailed: A function could not fill it.
        OSError: A port is taken on the address on which containers reach this machine.
    """
    async with contextlib.AsyncExitStack() as stack:
        apify = ApifyEmulator(load_world(_WORLD))
        apify_port = _port(apify.start())
        stack.callback(apify.stop)
        engine, grpc_port, rest_port = _start_camunda(stack)
        lambda_api = await stack.enter_async_context(HttpServer(Waking(tell)))
        listener = stack.enter_context(listening_socket())
        services_port = listener.getsockname()[1]
        template = Template(
            project_root() / "template.yaml",
            {
                "DeploymentId": "local",
                "CamundaGrpcAddress": f"http://{host.name}:{grpc_port}",
                "CamundaRestUrl": f"http://{host.name}:{rest_port}",
                "ApifyBaseUrl": f"http://{host.name}:{apify_port}",
                "SecretsArn": _SECRETS_ARN,
                "PublicUrl": PUBLIC_URL,
            },
            endpoints=Endpoints(PUBLIC_URL, f"http://{host.name}:{services_port}"),
        )
        await stack.enter_async_context(
            running_moto(listener, REGION, lambda _line: None, roles=template.roles(), calls=calls)
        )
        if host.listens_on is not None and not host.listens_on.startswith("127."):
            ports = (apify_port, grpc_port, rest_port, lambda_api.port, services_port)
            await stack.enter_async_context(forwarding(host.listens_on, ports))

        url = f"http://127.0.0.1:{services_port}"
        clients = AwsClients.connect(REGION, url, url)
        stack.callback(clients.close)
        secrets = {
            _SECRETS_NAME: json.dumps({"APIFY_TOKEN": _TOKEN}),
            _SIGNING_SECRET: json.dumps(_EXAMPLE_KEY),
        }
        await asyncio.to_thread(create_resources, clients, template, secrets, {})
        endpoints = {
            "AWS_ENDPOINT_URL": f"http://{host.name}:{services_port}",
            "AWS_ENDPOINT_URL_LAMBDA": f"http://{host.name}:{lambda_api.port}",
        }
        functions = {spec.logical_id: spec for spec in template.functions()}
        environment = {name: {**spec.environment, **endpoints} for name, spec in functions.items()}
        running = Surroundings(environment, engine, apify, host, functions)
        await _fill(running)
        yield running


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _start_camunda(stack: contextlib.AsyncExitStack) -> tuple[Engine, int, int]:
    """Start the stand-in and return its engine and the ports of gRPC and REST."""
    engine = Engine()
    rest = RestServer(RestApi(engine, Gateway(GatewayVersion.named(_GATEWAY_VERSION))))
    stand_in = CamundaStandIn(engine, gateway_version=f"{_GATEWAY_VERSION}.0", rest=rest)
    stand_in.start()
    stack.callback(stand_in.stop)
    return engine, _port(stand_in.grpc_address), _port(rest.address)


async def _fill(running: Surroundings) -> None:
    """Deploy processes, register webhooks, leave one job that waits for its run and one for the poller."""
    for name in _PROCESSES:
        running.engine.deploy([(name, (project_root() / "examples" / name).read_bytes())])
    await running.invoke("ReconcileWebhooks", "{}", _TICK_S)
    running.engine.create_instance(
        process_id=_WAITING_PROCESS, variables={"url": "https://acme.example/first"}
    )
    await running.invoke("PollJobs", "{}", _POLL_S)
    running.engine.create_instance(
        process_id=_WAITING_PROCESS, variables={"url": "https://acme.example/second"}
    )
