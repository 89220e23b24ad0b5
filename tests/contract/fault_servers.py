"""Peers that misbehave: a proxy that falls silent, and a gRPC gateway that answers by a script."""

import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Self

import grpc
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayServicer, add_GatewayServicer_to_server


class SilentProxy:
    """Passes TCP on; on request it drops what goes over the connections that are open then.

    To both ends such a connection looks as if the network between them had gone: nothing arrives and nothing
    is closed. Connections made afterwards work.
    """

    def __init__(self, target: str) -> None:
        host, port = target.rsplit("://", maxsplit=1)[-1].rsplit(":", 1)
        self._target = (host, int(port))
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._peers: dict[socket.socket, socket.socket] = {}
        self._silent: set[socket.socket] = set()
        self._wake, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def connections(self) -> int:
        """How many connections were made so far, silent ones too."""
        return len(self._peers) // 2

    def fall_silent(self) -> None:
        """Swallow everything on the connections that are open now."""
        with self._lock:
            self._silent |= self._peers.keys()

    def __enter__(self) -> Self:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        self._selector.close()
        for each in (self._listener, self._wake, self._woken, *self._peers):
            each.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    self._connect()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._pass_on(key.fileobj)

    def _connect(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(self._target)
        with self._lock:
            self._peers |= {client: server, server: client}
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(each, selectors.EVENT_READ)

    def _pass_on(self, source: socket.socket) -> None:
        try:
            data = source.recv(65_536)
        except OSError:
            data = b""
        with self._lock:
            is_silent = source in self._silent
        if not data:
            self._selector.unregister(source)
        if is_silent:
            return
        peer = self._peers[source]
        try:
            if data:
                peer.sendall(data)
            else:
                peer.shutdown(socket.SHUT_WR)
        except OSError:
            return  # that end has gone already


class ScriptedGateway(GatewayServicer):
    """A gateway that answers each call with the next line of its script, and then without faults.

    A line is a status with its details.
    """

    def __init__(self) -> None:
        self.script: deque[tuple[grpc.StatusCode, str]] = deque()
        self.calls: list[str] = []
        self.authorizations: list[str | None] = []
        self.accepts: Callable[[str | None], bool] = lambda _: True

    def _enter(self, name: str, context: grpc.ServicerContext) -> None:
        self.calls.append(name)
        value = dict(context.invocation_metadata()).get("authorization")
        self.authorizations.append(value if isinstance(value, str) else None)
        if not self.accepts(self.authorizations[-1]):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Expected bearer token, but it is not valid")
        if self.script:
            context.abort(*self.script.popleft())

    def Topology(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        self._enter("Topology", context)
        return pb.TopologyResponse(gatewayVersion="8.8.0")

    def PublishMessage(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        self._enter("PublishMessage", context)
        return pb.PublishMessageResponse(key=1)

    def CompleteJob(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802 - gRPC's name
        self._enter("CompleteJob", context)
        return pb.CompleteJobResponse()

    def ActivateJobs(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:  # noqa: N802 - gRPC's name
        last = self.script.pop() if self.script and self.script[-1][1] == "after one job" else None
        self._enter("ActivateJobs", context)
        if last is not None:
            job = pb.ActivatedJob(key=7, type=request.type, retries=3, customHeaders="{}", variables="{}")
            yield pb.ActivateJobsResponse(jobs=[job])
            context.abort(*last)


@contextmanager
def scripted_gateway() -> Iterator[tuple[ScriptedGateway, str]]:
    """Run a scripted gateway and give its address."""
    gateway = ScriptedGateway()  # type: ignore[abstract]  # abstract in the stubs only
    with ThreadPoolExecutor(16) as pool:
        server = grpc.server(pool)
        add_GatewayServicer_to_server(gateway, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield gateway, f"http://127.0.0.1:{port}"
        finally:
            server.stop(grace=0).wait()
