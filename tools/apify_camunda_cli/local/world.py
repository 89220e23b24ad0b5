"""The whole product on one machine: Camunda, Apify and AWS, emulated or real, joined by template.yaml."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apify_camunda
from botocore.exceptions import BotoCoreError, ClientError
from emulators.apify import ApifyEmulator, World
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import HOST, CamundaStandIn
from local_aws import ACCOUNT_ID, MOTO, REGION, Failed, LocalAws, Returned, TemplateError, Throttled
from local_aws.observations import FunctionLogged, Observation
from real_engines import CamundaDistribution, Catalog, JavaFailed, Unavailable, told

from apify_camunda_cli.errors import UsageError
from apify_camunda_cli.formatting import one_line
from apify_camunda_cli.local.cluster import Cluster, EngineCluster, StandInCluster
from apify_camunda_cli.local.journal import EVERYTHING_STARTED
from apify_camunda_cli.local.steps import Report, Step, from_apify, from_aws, from_camunda

SECRETS_NAME = "secrets-of-processes"
_CREDENTIALS_NAME = "camunda-credentials"
_LONGEST_WORDS = 500
_MOST_LINES = 8
_NOT_ITS_OWN = ("START RequestId", "END RequestId", "{")
"""How lines begin that Lambda writes around an invocation, and records of our log."""
SCHEDULE_SPEED = 20.0
"""Schedules fire so many times as fast as deployed: once a minute becomes once in three seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldOptions:
    """What is emulated, and what is real.

    Attributes:
        apify_url: A real Apify (or another emulator); None means our emulator.
        camunda_grpc: `host:port` of a real engine; None means the stand-in.
        camunda_rest: Base URL of a real engine's REST API; None means the stand-in.
        camunda_engine: Whether Camunda 8.6.0 itself is started in place of the stand-in.
        camunda_credentials: What the cluster asks for; empty means nothing.
        dynamodb: `moto`, or the URL of a DynamoDB.
        secrets: What processes call `{{secrets.NAME}}`.
        parameters: Values for further parameters of the template.
        transport: CamundaTransport.
        gateway_version: As which Camunda the stand-in answers.
        camunda_grpc_port: Where the stand-in speaks gRPC; 0 is a free port.
        camunda_rest_port: Where the stand-in speaks REST; 0 is a free port.
        time_scale: How many seconds pass at the emulated Apify in a real one.
        runs_schedules: Whether functions are invoked by their schedules too.
    """

    world: World
    secrets: Mapping[str, str] = field(default_factory=dict)
    apify_url: str | None = None
    apify_port: int = 0
    http_port: int = 0
    camunda_grpc: str | None = None
    camunda_rest: str | None = None
    camunda_credentials: Mapping[str, str] = field(default_factory=dict)
    camunda_engine: bool = False
    dynamodb: str = MOTO
    transport: str = "auto"
    gateway_version: str = "8.8"
    camunda_grpc_port: int = 0
    camunda_rest_port: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)
    time_scale: float = 1.0
    runs_schedules: bool = True


class FunctionFailed(Exception):
    """A function of ours failed where it must not; the message is one line."""


def project_root() -> Path:
    """Return the folder that holds template.yaml.

    Raises:
        UsageError: The package was installed without the project around it.
    """
    for folder in Path(apify_camunda.__file__).resolve().parents:
        if (folder / "template.yaml").is_file():
            return folder
    raise UsageError(
        "template.yaml is not above the package apify_camunda; run this from a clone of the project."
    )


class LocalWorld:
    """Starts everything in order, and stops it in the opposite order."""

    def __init__(self, options: WorldOptions, report: Report) -> None:
        self._options = options
        self._report = report
        self._stack = contextlib.ExitStack()
        self.apify: ApifyEmulator | None = None
        self.camunda: CamundaStandIn | None = None
        self.apify_url = ""
        self.camunda_grpc = ""
        self.camunda_rest = ""
        self._aws: LocalAws | None = None
        self._moto_lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._cluster: Cluster | None = None

    @property
    def aws(self) -> LocalAws:
        """Return the local AWS; only while it runs."""
        if self._aws is None:
            raise RuntimeError("the local world has not been started")
        return self._aws

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def reconcile(self) -> None:
        """Let the webhooks be reconciled now, and wait until it is done; then the world's events begin.

        Raises:
            FunctionFailed: It failed, and trying again does not help.
        """
        while True:
            match self.aws.invoke(self.aws.function_name("ReconcileWebhooks"), b"{}"):
                case Returned():
                    if self.apify is not None:
                        self.apify.begin()
                    return
                case Failed(error_type, payload, log):
                    words = f"reconcile_webhooks failed: {_words_of(error_type, payload)}"
                    raise FunctionFailed(words + last_words(log.decode(errors="replace").splitlines()))
                case Throttled():  # a scheduled tick that began earlier may have missed the process
                    time.sleep(0.2)

    def poll(self) -> None:
        """Wake the poller."""
        self.aws.send_event(self.aws.function_name("PollJobs"), b"{}")

    def has_parked_events(self) -> bool:
        """Return whether an event waits in the queue until Camunda takes it."""
        answer = self.aws.clients.sqs.get_queue_attributes(
            QueueUrl=self.aws.queue_url("ParkedEvents"),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return any(int(count) for count in answer["Attributes"].values())

    def addresses(self) -> dict[str, str]:
        """Return where everything listens."""
        return {
            "http_url": self.aws.http_url,
            "apify_url": self.apify_url,
            "camunda_grpc": self.camunda_grpc,
            "camunda_rest": self.camunda_rest,
            "dynamodb_url": self.aws.dynamodb_url,
        }

    def _observe(self, observation: Observation) -> None:
        if isinstance(observation, FunctionLogged) and observation.function_name == MOTO:
            self._moto_lines.append(observation.line)
        self._report(from_aws(observation))

    def _start(self) -> None:
        self._start_apify()
        self._start_camunda()
        self._start_aws()

    def _start_aws(self) -> None:
        """Start the functions and what they need of AWS, with the addresses of Apify and Camunda.

        Raises:
            UsageError: The port is taken, the DynamoDB does not answer, or the template cannot run here.
        """
        aws = LocalAws(
            project_root() / "template.yaml",
            self._parameters(),
            http_port=self._options.http_port,
            dynamodb=self._options.dynamodb,
            secrets=self._secrets(),
            speed=SCHEDULE_SPEED,
            runs_schedules=self._options.runs_schedules,
            on_event=self._observe,
        )
        try:
            self._aws = self._stack.enter_context(aws)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else error
            raise UsageError(f"--http-port {self._options.http_port} cannot be opened: {why}.") from error
        except TemplateError as error:
            raise UsageError(f"template.yaml cannot run on this machine: {error}") from error
        except (BotoCoreError, ClientError) as error:
            if self._options.dynamodb == MOTO:
                said = last_words(self._moto_lines)
                raise FunctionFailed(
                    f"DynamoDB and SQS (moto) did not start: {one_line(error)}{said}"
                ) from error
            raise UsageError(
                f"--dynamodb {self._options.dynamodb} cannot be used: {one_line(error)}"
            ) from error

    def _start_apify(self) -> None:
        if self._options.apify_url is not None:
            self.apify_url = self._options.apify_url
            return
        emulator = ApifyEmulator(self._options.world, time_scale=self._options.time_scale, begins=False)
        emulator.listen(lambda event: self._report(from_apify(event.kind, event.facts)))
        try:
            self.apify_url = emulator.start(port=self._options.apify_port)
        except OSError as error:
            raise UsageError(
                f"--apify-port {self._options.apify_port} cannot be opened: {error.strerror}."
            ) from error
        self._stack.callback(emulator.stop)
        self.apify = emulator

    @property
    def cluster(self) -> Cluster:
        """Return the Camunda of this machine; only while it runs.

        Raises:
            RuntimeError: The cluster runs elsewhere.
        """
        if self._cluster is None:
            raise RuntimeError("a process can be deployed and watched on this machine's own Camunda only")
        return self._cluster

    def _start_engine(self) -> None:
        """Start a real engine, and beside it the searches for which it has no storage.

        Raises:
            UsageError: This machine cannot run it; the message says what is missing.
        """
        try:
            engine = self._stack.enter_context(CamundaDistribution())
        except (Unavailable, JavaFailed) as error:
            raise UsageError(
                f"--camunda engine cannot be started: {one_line(error, _LONGEST_WORDS)}"
            ) from error
        engine.history.listen(self._tell)
        self._cluster = EngineCluster(engine)
        self.camunda_grpc = engine.grpc_address
        self.camunda_rest = self._stack.enter_context(Catalog(engine)).address

    def _tell(self, record: dict[str, Any]) -> None:
        happened = told(record)
        if happened is not None:
            self._report(from_camunda(*happened))

    def _start_camunda(self) -> None:
        if self._options.camunda_engine:
            self._start_engine()
            return
        if self._options.camunda_grpc is not None:
            self.camunda_grpc = self._options.camunda_grpc
            self.camunda_rest = self._options.camunda_rest or ""
            return
        _check_port("--camunda-grpc-port", self._options.camunda_grpc_port)
        _check_port("--camunda-rest-port", self._options.camunda_rest_port)
        engine = Engine()
        version = self._options.gateway_version
        api = RestApi(engine, Gateway(GatewayVersion.named(version)))
        stand_in = CamundaStandIn(
            engine,
            grpc_port=self._options.camunda_grpc_port,
            gateway_version=f"{version}.0",
            rest=RestServer(api, port=self._options.camunda_rest_port),
        )
        stand_in.engine.listen(lambda event: self._report(from_camunda(event.kind, event.facts)))
        self._stack.callback(stand_in.stop)
        stand_in.start()
        self.camunda = stand_in
        self._cluster = StandInCluster(engine)
        self.camunda_grpc = stand_in.grpc_address
        self.camunda_rest = stand_in.rest_address or ""

    def _secrets(self) -> dict[str, str]:
        """Return what Secrets Manager holds beside what the template declares."""
        found = {SECRETS_NAME: json.dumps(dict(self._options.secrets))}
        if self._options.camunda_credentials:
            found[_CREDENTIALS_NAME] = json.dumps(dict(self._options.camunda_credentials))
        return found

    def _authentication(self) -> dict[str, str]:
        """Return the parameters by which functions sign in to a cluster that asks for it."""
        credentials = self._options.camunda_credentials
        if not credentials:
            return {}
        return {
            "CamundaAuth": "oidc" if "clientId" in credentials else "basic",
            "CamundaCredentialsId": _arn_of(_CREDENTIALS_NAME),
            "CamundaGrpcAddress": self.camunda_grpc,
        }

    def _parameters(self) -> dict[str, str]:
        return {
            "DeploymentId": "local",
            "CamundaTransport": self._options.transport,
            "CamundaGrpcAddress": f"http://{self.camunda_grpc}",
            "CamundaRestUrl": self.camunda_rest,
            "ApifyBaseUrl": self.apify_url,
            "SecretsArn": _arn_of(SECRETS_NAME),
            "PollMode": "continuous",
            **self._authentication(),
            **self._options.parameters,
        }


def _arn_of(secret: str) -> str:
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{secret}"


def _check_port(option: str, port: int) -> None:
    """Refuse a port that is taken; gRPC would not say why it cannot be opened.

    Raises:
        UsageError: It cannot be opened.
    """
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        raise UsageError(f"{option} {port} cannot be opened: {os.strerror(error.errno or 0)}.") from error


def last_words(lines: Iterable[str]) -> str:
    """Return what a child wrote last by itself, as the end of a sentence; empty where it wrote nothing."""
    own = [line.strip() for line in lines if line.strip() and not line.startswith(_NOT_ITS_OWN)]
    last = one_line(" | ".join(own[-_MOST_LINES:]), _LONGEST_WORDS)
    return f"; its last lines: {last}" if last else ""


def _words_of(error_type: str, payload: bytes) -> str:
    """Return what a failed invocation answered, without its stack."""
    try:
        answer = json.loads(payload)
    except ValueError:
        answer = None
    match answer:
        case {"errorMessage": str(message)}:
            kind = answer.get("errorType") or error_type
            return f"{kind}: {one_line(message, _LONGEST_WORDS)}"
        case _:
            return error_type


def started(world: LocalWorld) -> Step:
    """Return the step that says where everything listens."""
    return Step("local", EVERYTHING_STARTED, world.addresses())


def token_secrets(world: World) -> dict[str, Any]:
    """Return the secrets that a run has unless others are given: the world's first token."""
    tokens = [token.token for user in world.users for token in user.tokens]
    return {"APIFY_TOKEN": tokens[0]} if tokens else {}
