"""Runs Camunda's own connector runtime 8.8.7: the peer that ours is measured by, and a judge of a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .java_process import JavaProcess, compiled
from .jdk import find_jdk
from .loopback import HOST, ask, free_ports
from .maven import Coordinates, fetch_jars

RUNTIME: Final = Coordinates("io.camunda.connector", "spring-boot-starter-camunda-connectors", "8.8.7")
_PINNED: Final = (Coordinates("com.fasterxml.jackson", "jackson-bom", "2.21.0"),)
"""The runtime's own parts want different versions of Jackson."""
_PARTS: Final = ("connector-core", "connector-http-json")
_SOURCES: Final = Path(__file__).with_name("java")
_PROGRAM: Final = _SOURCES / "ConnectorRuntime.java"
_INBOUND: Final = (_SOURCES / "WebhookConnector.java", _SOURCES / "PollingConnector.java")
_START_TIMEOUT_S: Final = 120.0
_MAIN: Final = f"runtime.{_PROGRAM.stem}"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What the runtime shows an OAuth token endpoint."""

    token_url: str
    client_id: str
    client_secret: str

    def environment(self, folder: Path) -> dict[str, str]:
        """Return them as the runtime's environment variables; tokens are cached in `folder`."""
        return {
            "CAMUNDA_CLIENT_AUTH_METHOD": "oidc",
            "CAMUNDA_CLIENT_AUTH_TOKENURL": self.token_url,
            "CAMUNDA_CLIENT_AUTH_CLIENTID": self.client_id,
            "CAMUNDA_CLIENT_AUTH_CLIENTSECRET": self.client_secret,
            "CAMUNDA_CLIENT_AUTH_CREDENTIALSCACHEPATH": str(folder / "tokens"),
        }


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """How the runtime, with its HTTP connector, works for a cluster.

    Attributes:
        grpc_address: The cluster's `host:port`.
        rest_address: The base URL of the cluster's REST API.
        looks_every: How often it looks for processes with inbound connectors, of which it has two: a webhook
            (`io.camunda:webhook:1`) and one that polls (`polling:1`); None for never.
        prefers_rest: Whether it gives commands and activates jobs over REST rather than over gRPC.
        streams_jobs: Whether jobs are pushed to it, over gRPC.
        credentials: Where it gets its tokens; None where the cluster asks for none.
        is_measured: It runs as its makers ship it; otherwise it compiles little, for a quick start.
    """

    grpc_address: str
    rest_address: str
    looks_every: timedelta | None = None
    prefers_rest: bool = False
    streams_jobs: bool = False
    credentials: ClientCredentials | None = None
    is_measured: bool = False

    def environment(self, folder: Path) -> dict[str, str]:
        """Return them as the environment variables of a runtime that may write into `folder`."""
        authentication = {"CAMUNDA_CLIENT_AUTH_METHOD": "none"}
        if self.credentials is not None:
            authentication = self.credentials.environment(folder)
        inbound = {"CAMUNDA_CONNECTOR_WEBHOOK_ENABLED": _flag(self.looks_every is not None)}
        inbound["CAMUNDA_CONNECTOR_POLLING_ENABLED"] = _flag(self.looks_every is not None)
        if self.looks_every is not None:
            inbound["CAMUNDA_CONNECTOR_POLLING_INTERVAL"] = str(self.looks_every // timedelta(milliseconds=1))
        return {
            "CAMUNDA_CLIENT_MODE": "self-managed",
            "CAMUNDA_CLIENT_GRPCADDRESS": f"http://{self.grpc_address}",
            "CAMUNDA_CLIENT_RESTADDRESS": self.rest_address,
            "CAMUNDA_CLIENT_PREFERRESTOVERGRPC": _flag(self.prefers_rest),
            "CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED": _flag(self.streams_jobs),
            **inbound,
            **authentication,
        }


class ConnectorRuntime:
    """The runtime's process; a context manager, so that none is left behind.

    It is entered as soon as the process was started; `wait_until` waits for as much of it as is wanted.

    Raises:
        Unavailable: There is no JDK or no Maven, or the jars cannot be fetched.
    """

    version: Final = RUNTIME.version

    def __init__(self, settings: ConnectorSettings) -> None:
        jdk, jars = find_jdk(), self.jars()
        sources = (_PROGRAM,) if settings.looks_every is None else (_PROGRAM, *_INBOUND)
        classes = (str(compiled(jdk, source, f"{jars}/*")) for source in sources)
        quick_start = () if settings.is_measured else ("-Xmx256m", "-XX:TieredStopAtLevel=1")
        self._command = [str(jdk.java), *quick_start, "-cp", ":".join((*classes, f"{jars}/*")), _MAIN]
        self._settings = settings
        self._stack = ExitStack()
        self._process: JavaProcess | None = None
        self._port = 0
        self.address = ""

    @staticmethod
    def jars() -> Path:
        """Return the folder of its jars, among which is Camunda's Java client.

        Raises:
            Unavailable: There is no Maven, or the jars cannot be fetched.
        """
        wanted = (Coordinates(RUNTIME.group, part, RUNTIME.version) for part in _PARTS)
        return fetch_jars(RUNTIME, *wanted, pinned=_PINNED)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="connector-runtime-")))
            [self._port] = free_ports(1)
            listening = {"SERVER_ADDRESS": HOST, "SERVER_PORT": str(self._port)}
            environment = self._settings.environment(folder) | listening
            self._process = JavaProcess(self._command, environment=environment, folder=folder)
            stack.callback(self._process.stop, at_once=True)
            self.address = f"http://{HOST}:{self._port}"
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait_until_it_serves(self, *, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Wait until it answers over HTTP.

        Raises:
            JavaFailed: The runtime ended, or the time is over.
        """
        self.wait_until(lambda: ask(self._port, "GET", "/actuator/health")[0] > 0, timeout_s=timeout_s)

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._running.pid

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_s: float = _START_TIMEOUT_S) -> None:
        """Wait until it has got as far as `is_ready` tells; an OSError of it means that it has not yet.

        Raises:
            JavaFailed: The runtime ended, or the time is over.
        """
        self._running.wait_until(is_ready, timeout_s=timeout_s)

    @property
    def _running(self) -> JavaProcess:
        if self._process is None:
            raise RuntimeError("The connector runtime was not started.")
        return self._process


def _flag(is_on: bool) -> str:  # noqa: FBT001 - what it is called with says what it means
    return "true" if is_on else "false"
