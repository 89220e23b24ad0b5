"""One HTTP/1.1 connection below httpx: asyncio does TCP and TLS, h11 writes and reads HTTP.

For httpx's own way, httpcore over anyio, a request costs four times the CPU time. What goes wrong is told as
httpx tells it. `http_client` chooses the connection; `kept_connection` is for answers that fit in memory.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from typing import Final, TypeAlias, cast

import h11
import httpx

_MOST_HEAD_BYTES: Final = 100 * 1024
_MOST_UNREAD_BYTES: Final = 256 * 1024
_PREFER_IPV6_S: Final = 0.25
Event: TypeAlias = h11.Event | type[h11.PAUSED]


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
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD_BYTES)
        self._transport: asyncio.Transport | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._unread_bytes = 0
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
            and not self._unread_bytes
            and self._http.our_state is h11.IDLE
            and not self.has_expired(idle_s=idle_s)
            and not _is_readable(transport)
        )

    def has_expired(self, *, idle_s: float) -> bool:
        """Say whether nothing was sent for longer than so."""
        return self._loop.time() - self._idle_since > idle_s

    async def send(self, request: httpx.Request) -> h11.Response:
        """Send a request and return the head of its answer.

        Raises:
            httpx.TransportError: The exchange failed; the connection is to be closed.
        """
        timeouts = request.extensions["timeout"]
        try:
            await self._write(request, timeouts["write"])
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        while True:
            event = await self._event(timeouts["read"])
            if isinstance(event, h11.Response):
                return event
            if event is h11.PAUSED:
                raise httpx.RemoteProtocolError("The server changed to another protocol.")

    async def body(self, timeout_s: float | None) -> AsyncIterator[bytes]:
        """Yield the body of the answer as it arrives; no part may take longer than `timeout_s` to come."""
        while isinstance(event := await self._event(timeout_s), h11.Data):
            yield bytes(event.data)

    def finish(self) -> bool:
        """End an exchange, and say whether another may follow; where not, the connection is closed."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._unread_bytes = len(self._http.trailing_data[0])  # what follows the answer belongs to none
            self._http.start_next_cycle()
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
        self._http.receive_data(data)
        self._unread_bytes += len(data)
        if self._unread_bytes > _MOST_UNREAD_BYTES and self._transport is not None and not self._is_paused:
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
        send = self._http.send
        head = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        unsent = send(head) or b""
        async for part in cast("AsyncIterable[bytes]", request.stream):
            await self._write_out(unsent + (send(h11.Data(data=part)) or b""), timeout_s)
            unsent = b""
        await self._write_out(unsent + (send(h11.EndOfMessage()) or b""), timeout_s)

    async def _write_out(self, data: bytes, timeout_s: float | None) -> None:
        """Send bytes; where the server hangs up meanwhile, its answer may still be read."""
        if self._transport is None or self._transport.is_closing():
            return
        if data:
            self._transport.write(data)
        if self._drained is not None and not await self._within(timeout_s, self._drained):
            raise httpx.WriteTimeout("The request was not taken in time.")

    async def _event(self, timeout_s: float | None) -> Event:
        """Return the next part of the answer."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from error
            if event is not h11.NEED_DATA:
                return cast("Event", event)
            self._unread_bytes = 0
            if self._has_ended:
                self._read_end()
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

    def _read_end(self) -> None:
        """Take the end of the connection for the end of the answer, where it can be that."""
        if self._error is not None:
            raise httpx.ReadError(str(self._error)) from self._error
        if self._http.their_state is h11.SEND_RESPONSE:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        self._http.receive_data(b"")

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
