"""The transport to Camunda's gRPC gateway: credentials, deadlines, good connections, and what a status means.

It uses pyzeebe's generated code alone: pyzeebe's client has no deadlines, closes its channel for good after
ten errors, and merges status codes. So each call is given its deadline and credentials here, a channel is
replaced when it falls silent (the old one is drained first, never closed under commands in flight), and
status codes are read from the gRPC error itself. The commands are in `grpc.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

import grpc

from apify_camunda.camunda.auth import CamundaAuth
from apify_camunda.camunda.wire import LONG_POLL_MARGIN_S
from apify_camunda.camunda.zeebe_stubs import GatewayStub
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode
from apify_camunda.platform.log_facts import LogFacts

T = TypeVar("T")
log = logging.getLogger(__name__)

DRAIN_GRACE_S = 30.0
CHANNEL_OPTIONS = (
    # A dead connection in the process-wide pool would be shared by the channel that replaces it.
    ("grpc.use_local_subchannel_pool", 1),
    # The gateway refuses pings more often than every 30 s.
    ("grpc.keepalive_time_ms", 45_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    # Whether a command may be repeated is our decision, not the channel's.
    ("grpc.enable_retries", 0),
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
)

_REJECTIONS = {
    grpc.StatusCode.INVALID_ARGUMENT: "INVALID_ARGUMENT",
    grpc.StatusCode.NOT_FOUND: "NOT_FOUND",
    grpc.StatusCode.ALREADY_EXISTS: "ALREADY_EXISTS",
    grpc.StatusCode.FAILED_PRECONDITION: "INVALID_STATE",
    grpc.StatusCode.OUT_OF_RANGE: "INVALID_ARGUMENT",
}
_SILENT = (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE)
_NO_EFFECT = {
    grpc.StatusCode.RESOURCE_EXHAUSTED: ErrorCode.ENGINE_BACK_PRESSURE,
    grpc.StatusCode.PERMISSION_DENIED: ErrorCode.ENGINE_UNAUTHORIZED,
    grpc.StatusCode.UNIMPLEMENTED: ErrorCode.ENGINE_UNIMPLEMENTED,
}
_TOO_LARGE = ("larger than max", "exceeds maximum size", "EXCEEDED_BATCH_RECORD_SIZE")
"""How gateway and broker say that a command will never fit; the last with the status UNKNOWN."""
_TOO_LARGE_CODES = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNKNOWN)
_PROCESSING_ERROR = "rejected with code 'PROCESSING_ERROR'"
"""How the engine says that it took nothing of a command, for a reason that it does not know.

8.8.21 answers so where a message that starts instances does not fit.
"""
_NOT_SENT = ("failed to connect", "connections to all backends failing", "name resolution", "DNS resolution")


class Connection:
    """One channel and the commands in flight on it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.stub = cast("Any", GatewayStub(channel))
        self.in_flight = 0
        self.drained = asyncio.Event()
        self.drained.set()
        self._last_used = asyncio.get_running_loop().time()

    @property
    def idle_s(self) -> float:
        """Return for how long nothing was asked over this connection."""
        return 0.0 if self.in_flight else asyncio.get_running_loop().time() - self._last_used

    def enter(self) -> None:
        """Note a command that begins."""
        self.in_flight += 1
        self.drained.clear()

    def leave(self) -> None:
        """Note a command that ended."""
        self.in_flight -= 1
        self._last_used = asyncio.get_running_loop().time()
        if self.in_flight == 0:
            self.drained.set()


class Gateway:
    """The gateway's calls over one connection, each with its deadline and the credentials."""

    def __init__(self, stub: Any, authorization: str | None, deadline_s: float) -> None:
        self._stub = stub
        self._metadata = (("authorization", authorization),) if authorization is not None else None
        self._deadline_s = deadline_s

    async def ask(self, method: str, request: Any) -> Any:
        """Return the answer to a call of this name."""
        return await getattr(self._stub, method)(request, timeout=self._deadline_s, metadata=self._metadata)

    def poll(self, method: str, request: Any) -> AsyncIterator[Any]:
        """Return the answers to a long poll of `request.requestTimeout` milliseconds."""
        deadline_s = max(request.requestTimeout, 0) / 1000 + LONG_POLL_MARGIN_S
        answers: AsyncIterator[Any] = getattr(self._stub, method)(
            request, timeout=deadline_s, metadata=self._metadata
        )
        return answers


class GrpcChannel:
    """The way to one gateway, over a connection that works.

    Args:
        address: `host:port`; with `http://` before it the connection is plaintext, else TLS.
        deadline: The time limit of a command; a long poll has another one.
        roots: PEM of an own CA, or None for the system's.
        client_certificate: PEM of our certificate and of its key, or None.
        max_idle: A connection that was idle for longer is not used: a proxy may have dropped it.
    """

    def __init__(
        self,
        *,
        address: str,
        auth: CamundaAuth,
        deadline: timedelta,
        roots: bytes | None = None,
        client_certificate: tuple[bytes, bytes] | None = None,
        max_idle: timedelta = timedelta(seconds=240),
    ) -> None:
        self.address = address
        self._auth = auth
        self._deadline = deadline
        self._roots = roots
        self._client_certificate = client_certificate
        self._max_idle_s = max_idle.total_seconds()
        self._connection: Connection | None = None
        self._draining: set[asyncio.Task[None]] = set()

    async def call(self, call: Callable[[Gateway], Awaitable[T]]) -> T:
        """Give a command; a refused token is renewed once, nothing else is repeated here.

        Raises:
            EngineRejected: The engine refuses for good.
            EngineUnavailable: Anything else; `outcome_unknown` unless the command surely had no effect.
        """
        value = await self._auth.authorization()
        try:
            return await self._attempt(call, value)
        except _Unauthenticated:
            self._auth.refused(value)
        value = await self._auth.authorization()
        try:
            return await self._attempt(call, value)
        except _Unauthenticated as error:
            raise EngineUnavailable(error.message, code=ErrorCode.ENGINE_UNAUTHORIZED) from error

    async def close(self) -> None:
        """Close the channel after the commands in flight have ended."""
        self.replace()
        if self._draining:
            await asyncio.gather(*self._draining)

    def replace(self, seen: Connection | None = None) -> None:
        """Let the next command open a new connection, and close the old one when its commands have ended.

        Args:
            seen: Replace only this connection; another one has taken its place meanwhile.
        """
        old = self._connection
        if old is None or (seen is not None and seen is not old):
            return
        self._connection = None
        task = asyncio.get_running_loop().create_task(_drain(old))
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    async def _attempt(self, call: Callable[[Gateway], Awaitable[T]], authorization: str | None) -> T:
        connection = self._trusted()
        connection.enter()
        try:
            return await call(Gateway(connection.stub, authorization, self._deadline.total_seconds()))
        except grpc.aio.AioRpcError as error:
            raise self._ours(error, connection) from error
        except UnicodeEncodeError as error:  # before anything was sent
            raise EngineRejected(
                f"A text of the command cannot be sent: {error.reason}.", rejection="INVALID_ARGUMENT"
            ) from error
        except grpc.aio.UsageError as error:  # the channel was closed under us
            self.replace(connection)
            raise EngineUnavailable(
                f"The connection to {self.address} was closed.", outcome_unknown=True
            ) from error
        finally:
            connection.leave()

    def _trusted(self) -> Connection:
        """Return a connection that was used lately, or a new one."""
        if self._connection is not None and self._connection.idle_s > self._max_idle_s:
            self.replace()
        if self._connection is None:
            self._connection = Connection(self._channel())
        return self._connection

    def _channel(self) -> grpc.aio.Channel:
        target = self.address.split("://", 1)[-1].rstrip("/")
        if self.address.startswith("http://"):
            return grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
        certificate, key = self._client_certificate or (None, None)
        credentials = grpc.ssl_channel_credentials(self._roots, key, certificate)
        return grpc.aio.secure_channel(target, credentials, options=CHANNEL_OPTIONS)

    def _ours(
        self, error: grpc.aio.AioRpcError, connection: Connection
    ) -> EngineRejected | EngineUnavailable:
        """Return the error of ours that a gRPC status means.

        Source: Camunda's GrpcErrorMapper; facts about what may have taken effect are drawn conservatively.
        """
        code, details = error.code(), error.details() or ""
        said = f"Camunda at {self.address} answered {code.name}: {details}"
        refused = f"Camunda answered {code.name}: {details}"  # modellers see it; the address is not theirs
        if code in _REJECTIONS:
            return EngineRejected(refused, rejection=_REJECTIONS[code])
        if code in _TOO_LARGE_CODES and any(words in details for words in _TOO_LARGE):
            return EngineRejected(refused, rejection="INVALID_ARGUMENT", code=ErrorCode.PAYLOAD_TOO_LARGE)
        if code is grpc.StatusCode.UNAUTHENTICATED:
            return _Unauthenticated(said, code=ErrorCode.ENGINE_UNAUTHORIZED)
        no_effect = (
            ErrorCode.ENGINE_PROCESSING_ERROR if _PROCESSING_ERROR in details else _NO_EFFECT.get(code)
        )
        if no_effect is not None:
            return EngineUnavailable(said, code=no_effect)
        if code in _SILENT:
            self.replace(connection)
        not_sent = code is grpc.StatusCode.UNAVAILABLE and any(words in details for words in _NOT_SENT)
        return EngineUnavailable(
            said,
            code=ErrorCode.ENGINE_DEADLINE
            if code is grpc.StatusCode.DEADLINE_EXCEEDED
            else ErrorCode.ENGINE_UNAVAILABLE,
            outcome_unknown=not not_sent,
        )


class _Unauthenticated(EngineUnavailable):
    """The gateway refused the token; it does not leave this module."""


async def _drain(connection: Connection) -> None:
    """Close a channel once its commands have ended, or after a grace."""
    try:
        await asyncio.wait_for(connection.drained.wait(), timeout=DRAIN_GRACE_S)
    except TimeoutError:
        facts = LogFacts(commands_in_flight=connection.in_flight)
        log.warning("channel was closed with commands in flight", extra=facts)
    await connection.channel.close(None)
