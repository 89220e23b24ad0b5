"""One HTTP/1.1 connection below httpx: asyncio does TCP and TLS, plain answers are read here.

Other answers (in chunks, of unknown length) are read by h11. For httpx's own way, httpcore over anyio, a
request costs many times the CPU time. Failures are reported as httpx reports them. `http_client` chooses the
connection; `kept_connection` is for answers that fit in memory.
"""

from __future__ import annotations

import asyncio
import re
import select
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import h11
import httpx

from apify_camunda.platform.http_reader import is_strange, plain_head

_MOST_HEAD_BYTES: Final = 100 * 1024
_NAME: Final = re.compile(rb"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_VALUE: Final = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_TARGET: Final = re.compile(rb"[\x21-\x7e]+")
_WITHOUT_BODY: Final = ("HEAD", "CONNECT")
"""Methods whose answers have another end than others."""
_MOST_UNREAD_BYTES: Final = 256 * 1024
_PREFER_IPV6_S: Final = 0.25
Event: TypeAlias = h11.Event | type[h11.PAUSED]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer."""

    status: int
    reason: bytes
    version: bytes
    headers: list[tuple[bytes, bytes]]


async def open_connection(url: httpx.URL, *, tls: ssl.SSLContext, timeout_s: float | None) -> HttpConnection:
    """Return a connection to the origin of an `http` or `https` URL.

    Raises:
        httpx.ConnectTimeout: It took longer than `timeout_s`.
        httpx.ConnectError: The host is not known, does not answer, or is not whom it should be.
    """
    is_encrypted = url.scheme == "https"
    try:
        async with asyncio.timeout(timeout_s):
            _, connection = await asyncio.get_running_loop().create_connection(
                HttpConnection,
                url.raw_host.decode("ascii"),
                url.port or (443 if is_encrypted else 80),
                ssl=tls if is_encrypted else None,
                happy_eyeballs_delay=_PREFER_IPV6_S,
            )
    except TimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except (OSError, UnicodeError) as error:  # UnicodeError: no name of a host
        raise httpx.ConnectError(str(error)) from error
    return connection


class HttpConnection(asyncio.Protocol):
    """One connection, for one exchange after the other; `open_connection` makes it.

    An exchange is `send`, then `body` to its end, then `finish`.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._received = bytearray()
        self._left = 0
        self._http: h11.Connection | None = None
        self._is_at_work = False
        self._keeps = False
        self._is_paused = False
        self._has_ended = False
        self._error: Exception | None = None
        self._idle_since = self._loop.time()

    def is_usable(self, *, idle_s: float) -> bool:
        """Say whether a request may be sent: the connection is idle, not for longer than so, and not cut.

        A cut that happened while the process was frozen is seen, too: the socket itself is asked.
        """
        transport = self._transport
        return (
            transport is not None
            and not transport.is_closing()
            and not self._has_ended
            and not self._received
            and not self._is_at_work
            and not self.has_expired(idle_s=idle_s)
            and not _is_readable(transport)
        )

    def has_expired(self, *, idle_s: float) -> bool:
        """Say whether nothing was sent for longer than so."""
        return self._loop.time() - self._idle_since > idle_s

    async def send(self, request: httpx.Request) -> Head:
        """Send a request and return the head of its answer.

        Raises:
            httpx.TransportError: The exchange failed; the connection is to be closed.
        """
        timeouts = request.extensions["timeout"]
        self._is_at_work, self._keeps, self._http = True, False, None
        await self._write(request, timeouts["write"])
        head = None if request.method in _WITHOUT_BODY else await self._plain_head(timeouts["read"])
        if head is not None:
            return head
        self._http = _told_of(request)
        while True:
            event = await self._event(self._http, timeouts["read"])
            if isinstance(event, h11.Response):
                return Head(event.status_code, event.reason, event.http_version, event.headers.raw_items())
            if event is h11.PAUSED:
                raise httpx.RemoteProtocolError("The server changed to another protocol.")

    async def body(self, timeout_s: float | None) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it arrives; no part may take longer than `timeout_s` to come."""
        if self._http is not None:
            while isinstance(event := await self._event(self._http, timeout_s), h11.Data):
                yield bytes(event.data)
            self._keeps = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
            self._received[:0] = self._http.trailing_data[0]
            return
        length = self._left
        while self._left:
            if self._received:
                part = bytes(self._received[: self._left])
                del self._received[: self._left]
                self._left -= len(part)
                yield part
            elif self._has_ended:
                self._raise_error()
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    f"(received {length - self._left} bytes, expected {length})"
                )
            else:
                await self._more(timeout_s)

    def finish(self) -> bool:
        """End an exchange, and say whether another may follow; where not, the connection is closed.

        What follows an answer belongs to none: `is_usable` sees it.
        """
        if self._keeps and not self._left:
            self._is_at_work = False
            self._idle_since = self._loop.time()
            return True
        self.close()
        return False

    def close(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- Called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer; more is not read while much of it waits."""
        self._received += data
        if len(self._received) > _MOST_UNREAD_BYTES and self._transport is not None and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        _wake(self._arrival)

    def eof_received(self) -> bool:
        """Note that no more comes."""
        self._has_ended = True
        _wake(self._arrival)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Note that nothing can be sent or come any more."""
        self._error = error
        self._has_ended = True
        _wake(self._arrival)
        self.resume_writing()

    def pause_writing(self) -> None:
        """Keep the writer from sending more than the network takes."""
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """Let the writer go on."""
        _wake(self._drained)
        self._drained = None

    # ---

    async def _write(self, request: httpx.Request, timeout_s: float | None) -> None:
        unsent = _written_head(request)
        is_chunked = "transfer-encoding" in request.headers
        async for part in cast("AsyncIterable[bytes]", request.stream):
            if part:
                unsent += b"%x\r\n%b\r\n" % (len(part), part) if is_chunked else part
                await self._write_out(unsent, timeout_s)
                unsent = b""
        await self._write_out(unsent + (b"0\r\n\r\n" if is_chunked else b""), timeout_s)

    async def _write_out(self, data: bytes, timeout_s: float | None) -> None:
        """Send bytes; where the server hangs up meanwhile, its answer may still be read."""
        if self._transport is None or self._transport.is_closing():
            return
        if data:
            self._transport.write(data)
        if self._drained is not None and not await self._within(timeout_s, self._drained):
            raise httpx.WriteTimeout("The request was not taken in time.")

    async def _plain_head(self, timeout_s: float | None) -> Head | None:
        """Return the head of a plain answer; None: what has come is no plain answer, and is still unread."""
        while True:
            head = plain_head(self._received)
            if head is not None:
                del self._received[: head.body_begins]
                self._left, self._keeps = head.length, head.keeps_connection
                return Head(head.status, head.reason, b"1.1", list(head.headers.items()))
            if self._has_ended or (self._received and is_strange(self._received)):
                return None
            await self._more(timeout_s)

    async def _event(self, http: h11.Connection, timeout_s: float | None) -> Event:
        """Return the next part of an answer that h11 reads."""
        while True:
            try:
                event = http.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from error
            if event is not h11.NEED_DATA:
                return cast("Event", event)
            if self._received:
                http.receive_data(bytes(self._received))
                self._received.clear()
            elif self._has_ended:
                self._read_end(http)
            else:
                await self._more(timeout_s)

    async def _more(self, timeout_s: float | None) -> None:
        """Return when more has arrived, or the connection has ended."""
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        self._arrival = self._loop.create_future()
        try:
            if not await self._within(timeout_s, self._arrival):
                raise httpx.ReadTimeout("The answer did not come in time.")
        finally:
            self._arrival = None

    def _read_end(self, http: h11.Connection) -> None:
        """Take the end of the connection for the end of the answer, where it can be that."""
        self._raise_error()
        if http.their_state is h11.SEND_RESPONSE:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        http.receive_data(b"")

    def _raise_error(self) -> None:
        if self._error is not None:
            raise httpx.ReadError(str(self._error)) from self._error

    async def _within(self, timeout_s: float | None, done: asyncio.Future[None]) -> bool:
        """Wait for a future; False where it takes longer."""
        if timeout_s is None:
            await done
            return True
        is_late = False

        def give_up() -> None:
            nonlocal is_late
            is_late = not done.done()
            _wake(done)

        timer = self._loop.call_later(timeout_s, give_up)
        try:
            await done
        finally:
            timer.cancel()
        return not is_late


def _written_head(request: httpx.Request) -> bytes:
    """Return the head of a request in bytes.

    Raises:
        httpx.LocalProtocolError: Something in it would be read as something else.
    """
    method, target = request.method.encode("ascii", "replace"), request.url.raw_path
    if not (_NAME.fullmatch(method) and _TARGET.fullmatch(target)):
        raise httpx.LocalProtocolError(
            "The request's method or target holds characters that have no place there."
        )
    lines = [b"%b %b HTTP/1.1" % (method, target)]
    for name, value in request.headers.raw:
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise httpx.LocalProtocolError("A header holds characters that have no place in one.")
        lines.append(name + b": " + value)
    return b"\r\n".join([*lines, b"", b""])


def _told_of(request: httpx.Request) -> h11.Connection:
    """Return a reader of the answer to a request that was sent."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD_BYTES)
    headers = [("host", ""), ("content-length", "0")]
    headers += [
        (name, request.headers[name]) for name in ("connection", "upgrade") if name in request.headers
    ]
    http.send(h11.Request(method=request.method, target="/", headers=headers))
    http.send(h11.EndOfMessage())
    return http


def _wake(waiting: asyncio.Future[None] | None) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


def _is_readable(transport: asyncio.Transport) -> bool:
    """Say whether the socket of an idle connection has something to read: in most cases, its end."""
    raw = transport.get_extra_info("socket")
    descriptor = -1 if raw is None else raw.fileno()
    if descriptor < 0:
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
