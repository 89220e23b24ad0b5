"""Sends HTTP requests over a connection that stays open between them.

asyncio does TCP and TLS, http_reader.py reads. For services to which a process speaks so often that the price
of a full HTTP client is felt.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from apify_camunda.platform.http_answer import BadAnswer, HttpAnswer
from apify_camunda.platform.http_reader import AnswerReader


class ConnectionBroken(Exception):
    """The connection ended, or what came over it is no HTTP; the request may have been carried out.

    Attributes:
        was_answering: A part of the answer had arrived.
    """

    def __init__(self, message: str, *, was_answering: bool) -> None:
        super().__init__(message)
        self.was_answering = was_answering


class KeptConnection(asyncio.Protocol):
    """One connection, for one request after the other; `open` makes it.

    Attributes:
        has_served: An answer came over it.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[HttpAnswer] | None = None
        self._reader = AnswerReader()
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
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._answered is None

    async def post(self, headers: Sequence[tuple[str, str]], body: bytes, *, timeout_s: float) -> HttpAnswer:
        """Send a POST to `/` and return the answer; any failure closes the connection.

        Args:
            headers: All of them, `host` and `content-length` too, in ASCII.
            body: The request's body.
            timeout_s: How long to wait for the whole answer.

        Raises:
            ConnectionBroken: See there.
            TimeoutError: The answer did not come in time.
        """
        transport = self._transport
        if transport is None or not self.is_open:
            raise ConnectionBroken("The connection is closed.", was_answering=False)
        loop = asyncio.get_running_loop()
        self._answered = loop.create_future()
        self._reader = AnswerReader()
        too_late = loop.call_later(timeout_s, self._fail, TimeoutError("The answer did not come in time."))
        try:
            lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
            transport.write(f"POST / HTTP/1.1\r\n{lines}\r\n".encode("ascii") + body)
            answer = await self._answered
        except BaseException:
            transport.abort()
            raise
        finally:
            too_late.cancel()
            self._answered = None
        self.has_served = True
        if not self._reader.keeps_connection:
            transport.close()
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
        if self._answered is None or self._answered.done():  # an answer without a request
            self.close()
            return
        self._read(data)

    def eof_received(self) -> bool:
        """Read the end of the connection; called by asyncio."""
        if self._answered is not None and not self._answered.done():
            self._read(b"")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the request that is under way; called by asyncio."""
        self._break(str(error or "The server closed the connection."))

    def _read(self, data: bytes) -> None:
        try:
            answer = self._reader.feed(data)
        except BadAnswer as error:
            self._break(str(error))
            return
        if answer is not None and self._answered is not None:
            self._answered.set_result(answer)

    def _break(self, message: str) -> None:
        self._fail(ConnectionBroken(message, was_answering=self._reader.has_begun))

    def _fail(self, error: Exception) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)
