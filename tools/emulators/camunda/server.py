"""Runs the stand-in: the gRPC server, the engine's time, and the REST server where it is given one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Protocol, Self

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from pyzeebe.proto import gateway_pb2_grpc

from emulators.camunda.auth import TokenIssuer
from emulators.camunda.authentication import RequiresToken
from emulators.camunda.engine import Engine
from emulators.camunda.gateway import Gateway
from emulators.same_port import listening

HOST = "127.0.0.1"
SERVICE = "gateway_protocol.Gateway"
GRPC_THREADS = 256
"""Each long poll holds one while it waits; they are made as they are needed."""

_LONGEST_NAP = timedelta(seconds=5)
_GRACE_S = 0.5


class Server(Protocol):
    """Another server of the engine, such as REST."""

    @property
    def address(self) -> str:
        """Where it listens, once it was started: "http://127.0.0.1:port"."""
        ...

    def start(self) -> None:
        """Begin to listen."""
        ...

    def stop(self) -> None:
        """Stop listening, and wait for its threads."""
        ...


class CamundaStandIn:
    """A Camunda cluster of one process, on the loopback interface."""

    def __init__(
        self,
        engine: Engine | None = None,
        *,
        grpc_port: int = 0,
        gateway_version: str = "8.8.21",
        issuer: TokenIssuer | None = None,
        credentials: grpc.ServerCredentials | None = None,
        rest: Server | None = None,
    ) -> None:
        """Prepare to listen; with an `issuer`, calls need its tokens; with `credentials`, gRPC speaks TLS."""
        self.engine = engine or Engine()
        self._grpc_port = grpc_port
        self._gateway_version = gateway_version
        self._issuer = issuer
        self._credentials = credentials
        self._rest = rest
        self._is_stopping = Event()
        self._server: grpc.Server | None = None
        self._ticker: Thread | None = None

    @property
    def grpc_address(self) -> str:
        """Where gRPC listens, once started: "127.0.0.1:port"."""
        return f"{HOST}:{self._grpc_port}"

    @property
    def rest_address(self) -> str | None:
        """Where REST listens, once started: "http://127.0.0.1:port"; None without a REST API."""
        return self._rest.address if self._rest else None

    def start(self) -> None:
        """Listen, and let time pass for the engine."""
        self._is_stopping.clear()
        self._server = self._new_server()
        self._server.start()
        self._ticker = Thread(target=self._keep_time, name="camunda-stand-in-time", daemon=True)
        self._ticker.start()
        if self._rest is not None:
            self._rest.start()

    def stop(self) -> None:
        """End every call, every thread and every socket."""
        self._is_stopping.set()
        self.engine.wake_waiters()
        if self._rest is not None:
            self._rest.stop()
        if self._server is not None:
            self._server.stop(_GRACE_S).wait()
            self._pool.shutdown()
        if self._ticker is not None:
            self._ticker.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _new_server(self) -> grpc.Server:
        self._pool = ThreadPoolExecutor(GRPC_THREADS, "camunda-stand-in-grpc")
        server = grpc.server(
            self._pool,
            interceptors=[RequiresToken(self._issuer)] if self._issuer else [],
            options=[
                ("grpc.max_receive_message_length", -1),  # the gateway refuses by itself, with its own words
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ],
        )
        gateway = Gateway(self.engine, self._gateway_version, self._is_stopping)
        gateway_pb2_grpc.add_GatewayServicer_to_server(gateway, server)
        healthy = health.HealthServicer()
        for name in ("", SERVICE):
            healthy.set(name, health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
        self._grpc_port = self._bind(server)
        return server

    def _bind(self, server: grpc.Server) -> int:
        address = f"{HOST}:{self._grpc_port}"

        def open_port() -> int:
            if self._credentials is not None:
                return server.add_secure_port(address, self._credentials)
            return server.add_insecure_port(address)

        return listening(open_port, self._grpc_port)

    def _keep_time(self) -> None:
        while not self._is_stopping.is_set():
            self.engine.tick()
            self.engine.wait_until_due(_LONGEST_NAP, unless=self._is_stopping.is_set)
