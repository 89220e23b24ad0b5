"""A small HTTP/1.1 server on 127.0.0.1: bytes to requests and answers to bytes, over h11.

It has no routes and nothing of AWS. It exists because the standard library's server has a thread a
connection, waits for delayed acknowledgements, and cannot be stopped while a request is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import h11

HOST = "127.0.0.1"
_READ_BYTES = 65_536
_MAX_HEAD_BYTES = 16_384
_BACKLOG = 512


def listening_socket(port: int = 0) -> socket.socket:
    """Return a socket that listens on 127.0.0.1, on a free port unless one is given.

    Connections wait in it until a server serves them, so an address can be given out before its server is up.
    """
    return socket.create_server((HOST, port), backlog=_BACKLOG)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        target: Path and query as they were sent.
        headers: Names in lower case, in the order sent; a name may repeat.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    http_version: str = "1.1"
    peer: str = HOST

    def header(self, name: str) -> str | None:
        """Return the first value of the header (name in lower case)."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def head_size_bytes(self) -> int:
        """Return the size of the request line and headers on the wire."""
        line = len(self.method) + len(self.target) + len(" HTTP/1.1\r\n") + 1
        return line + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; Content-Length is added by the server."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer with the value as its JSON body."""
    content_type = ("content-type", "application/json")
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status, body, (content_type, *(headers or {}).items()))


Handler = Callable[[Request], Awaitable[Response]]


class _BodyTooLarge(Exception):
    """The request's body exceeds what this server accepts."""


_TURNS_OF_AN_ACCEPT = 10
"""More turns of the loop than it takes from a socket's accept to the call of `_accept`."""


class HttpServer:
    """Listens on 127.0.0.1 while it is entered.

    Args:
        handler: Answers each request; several run at once.
        listener: The socket to listen on, which the server then owns; None means a free port.
        max_body_bytes: A longer body is answered with `too_large` and never handed to the handler.
        too_large: The answer to a body that is too long.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        listener: socket.socket | None = None,
        max_body_bytes: int = 64 * 1024 * 1024,
        too_large: Response | None = None,
    ) -> None:
        self._handler = handler
        self._listener = listener
        self._max_body_bytes = max_body_bytes
        self._too_large = too_large or Response(413)
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        listener = self._listener or listening_socket()
        self._server = await asyncio.start_server(self._accept, sock=listener, backlog=_BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is None:
            return  # it was never entered
        # A connection that asyncio is accepting while its server closes is never closed: let none be taken,
        # and those that were a moment ago make themselves known.
        for listener in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listener.fileno())
        for _ in range(_TURNS_OF_AN_ACCEPT):
            await asyncio.sleep(0)
        self._server.close()
        while self._connections:
            for task, writer in list(self._connections.items()):
                writer.transport.abort()  # a task that never began closes nothing itself
                task.cancel()
            await asyncio.gather(*list(self._connections), return_exceptions=True)
            await asyncio.sleep(0)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio does this only for sockets made with the protocol's number; without it answers take 40 ms.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._connections.pop(task, None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                await _Connection(reader, writer, self._max_body_bytes).serve(self._handler, self._too_large)
        except asyncio.CancelledError:
            writer.transport.abort()  # a peer that does not read must not keep us from stopping
            raise
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


class _Connection:
    """One client's connection: requests one after another until either side closes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, max_body_bytes: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._max_body_bytes = max_body_bytes
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD_BYTES)
        peer = writer.get_extra_info("peername")
        self._peer: str = peer[0] if peer else HOST

    async def serve(self, handler: Handler, too_large: Response) -> None:
        while True:
            try:
                request = await self._read_request()
                if request is None:
                    return
                response = await handler(request)
            except h11.RemoteProtocolError as error:
                request, response = None, Response(error.error_status_hint or 400)
            except _BodyTooLarge:
                request, response = None, too_large
            await self._write(request, response)
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    async def _read_request(self) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        size_bytes = 0
        while True:
            match event := await self._next_event():
                case h11.Request():
                    head = event
                case h11.Data(data=data):
                    size_bytes += len(data)
                    if size_bytes <= self._max_body_bytes:
                        body += data
                case h11.EndOfMessage():
                    assert head is not None
                    if size_bytes > self._max_body_bytes:  # refused only now, so that the client hears it
                        raise _BodyTooLarge
                    return self._request(head, bytes(body))
                case _:
                    return None

    def _request(self, head: h11.Request, body: bytes) -> Request:
        return Request(
            method=head.method.decode("ascii"),
            target=head.target.decode("ascii"),
            headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers),
            body=body,
            http_version=head.http_version.decode("ascii"),
            peer=self._peer,
        )

    async def _next_event(self) -> Any:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            self._http.receive_data(await self._reader.read(_READ_BYTES))

    async def _write(self, request: Request | None, response: Response) -> None:
        if self._http.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return  # the peer broke the protocol after an answer had begun
        headers = [*response.headers, ("content-length", str(len(response.body)))]
        if request is None:  # what follows in the stream cannot be understood
            headers.append(("connection", "close"))
        reason = http.HTTPStatus(response.status).phrase if response.status in _PHRASED else ""
        self._send(h11.Response(status_code=response.status, headers=headers, reason=reason))
        if request is None or request.method != "HEAD":
            self._send(h11.Data(data=response.body))
        self._send(h11.EndOfMessage())
        await self._writer.drain()

    def _send(self, event: h11.InformationalResponse | h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)


_PHRASED = frozenset(status.value for status in http.HTTPStatus)
