"""Sends HTTP requests over a connection that stays open between them.

h11 writes and reads HTTP/1.1, asyncio does TCP and TLS. For services to which a process speaks so often that
the price of a full HTTP client is felt: a request costs about a tenth of one through httpx.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import h11

_MOST_ANSWER_BYTES: Final = 32 * 1024 * 1024


class ConnectionBroken(Exception):
    """The connection ended, or what came over it is no HTTP; the request may have been carried out.

    Attributes:
        was_answering: A part of the answer had arrived.
    """

    def __init__(self, message: str, *, was_answering: bool) -> None:
        super().__init__(message)
        self.was_answering = was_answering


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer.

    Attributes:
        headers: With names in lower case.
    """

    status: int
    headers: dict[bytes, bytes]
    body: bytes


class KeptConnection(asyncio.Protocol):
    """One connection, for one request after the other; `open` makes it.

    Attributes:
        has_served: An answer came over it.
    """

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[HttpAnswer] | None = None
        self._head: h11.Response | None = None
        self._parts: list[bytes] = []
        self._size_bytes = 0
        self.has_served = False

    @classmethod
    async def open(
        cls, host: str, port: int, *, tls: ssl.SSLContext | None, timeout_s: float
    ) -> KeptConnection:
        """Return a connection to the host.

        Raises:
            OSError: It cannot be reached, or is not whom it should be; TimeoutError where it does not answer.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(timeout_s):
            _, connection = await loop.create_connection(cls, host, port, ssl=tls)
        return connection

    @property
    def is_open(self) -> bool:
        """Whether a request may be sent."""
        return (
            self._transport is not None
            and not self._transport.is_closing()
            and self._http.our_state is h11.IDLE
        )

    async def post(self, headers: Sequence[tuple[str, str]], body: bytes, *, timeout_s: float) -> HttpAnswer:
        """Send a POST to `/` and return the answer; any failure closes the connection.

        Raises:
            ConnectionBroken: See there.
            TimeoutError: The answer did not come in time.
        """
        transport = self._transport
        if transport is None or not self.is_open:
            raise ConnectionBroken("The connection is closed.", was_answering=False)
        self._answered = asyncio.get_running_loop().create_future()
        self._head, self._parts, self._size_bytes = None, [], 0
        try:
            request = self._http.send(h11.Request(method="POST", target="/", headers=list(headers)))
            content = self._http.send(h11.Data(data=body))
            end = self._http.send(h11.EndOfMessage())
            transport.write(b"".join((request or b"", content or b"", end or b"")))
            async with asyncio.timeout(timeout_s):
                answer = await self._answered
        except BaseException:
            transport.abort()
            raise
        finally:
            self._answered = None
        self.has_served = True
        self._make_ready(transport)
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the transport; called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read a piece of an answer; called by asyncio."""
        if self._answered is None:  # an answer without a request
            self.close()
            return
        self._http.receive_data(data)
        self._read_events()

    def eof_received(self) -> bool:
        """Read the end of the connection; called by asyncio."""
        if self._answered is not None:
            self._http.receive_data(b"")
            self._read_events()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the request that is under way; called by asyncio."""
        self._break(str(error or "The server closed the connection."))

    def _read_events(self) -> None:
        try:
            while True:
                match self._http.next_event():
                    case h11.Response() as head:
                        self._head = head
                    case h11.Data(data=data):
                        self._take(bytes(data))
                    case h11.EndOfMessage():
                        self._finish()
                        return
                    case h11.NEED_DATA | h11.PAUSED:
                        return
                    case h11.ConnectionClosed():
                        self._break("The server closed the connection.")
                        return
                    case _:  # an answer that announces the real one
                        pass
        except h11.RemoteProtocolError as error:
            self._break(str(error))

    def _take(self, data: bytes) -> None:
        self._size_bytes += len(data)
        if self._size_bytes > _MOST_ANSWER_BYTES:
            raise h11.RemoteProtocolError(f"The answer has more than {_MOST_ANSWER_BYTES:,} bytes.")
        self._parts.append(data)

    def _finish(self) -> None:
        head = self._head
        if head is not None and self._answered is not None and not self._answered.done():
            answer = HttpAnswer(head.status_code, dict(head.headers), b"".join(self._parts))
            self._answered.set_result(answer)

    def _break(self, message: str) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionBroken(message, was_answering=self._head is not None))

    def _make_ready(self, transport: asyncio.Transport) -> None:
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            transport.close()
