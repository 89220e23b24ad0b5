"""Makes the HTTP client that adapters share: one pool of connections, bounded waits, and silence in the logs.

The adapters decide what a status means. No host holds more than half of the
connections, and an answer is decoded piece by piece, so that a small one cannot grow without bounds.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import zlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, TypeAlias
from urllib.request import getproxies

import httpx

from apify_camunda.platform.http_connection import Head, HttpConnection, open_connection

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 30.0
_IDLE_CONNECTION_S: Final = 20.0  # a connection that slept with its Lambda function is likely cut
_MOST_CONNECTIONS: Final = 128
_ENCODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})
_ZLIB_OR_GZIP: Final = 32 + zlib.MAX_WBITS
_PIECE_BYTES: Final = 64 * 1024
MOST_DECODED_BYTES: Final = 64 * 1024 * 1024
"""No answer that we ask for has as many bytes; adapters have narrower bounds of their own."""
_Idle: TypeAlias = deque[HttpConnection]
"""Connections to one origin, the one used last at the right."""


def new_client(
    *, verify: ssl.SSLContext | bool = True, max_connections: int = _MOST_CONNECTIONS
) -> httpx.AsyncClient:
    """Return a client for the event loop that will use it.

    Redirects are not followed: where credentials may go is for the adapter to say.

    Args:
        verify: Whom to trust: the usual authorities, or a context with an own CA or a client certificate.
        max_connections: How many connections may be open at once; more requests wait for a free one.
    """
    _silence()
    tls = httpx.create_ssl_context(verify)
    pool = ConnectionPool(tls=tls, max_connections=max_connections, idle_s=_IDLE_CONNECTION_S)
    # Proxies that the environment names go before a mounted pool; without any, httpx needs none of its own.
    has_proxies = bool(getproxies())
    way: dict[str, Any] = {"mounts": {"all://": pool}} if has_proxies else {"transport": pool}
    client = _ClientWithoutCookies if has_proxies else _DirectClient
    return client(
        verify=tls,
        headers={"accept-encoding": "gzip, deflate"},
        **way,
        timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=ANSWER_TIMEOUT_S),
        follow_redirects=False,
    )


def _silence() -> None:
    """Keep URLs out of the logs: those that start runs carry webhooks with our signatures."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _NoCookies(httpx.Cookies):
    """Cookies that are never kept."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Forget what an answer asks to remember, and do not spend a tenth of the exchange on reading it."""


class _ClientWithoutCookies(httpx.AsyncClient):
    """A client of httpx that serves many accounts, so that it keeps no cookie of any."""

    _none: Final = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """Return no cookies."""
        return self._none

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise NotImplementedError("This client keeps no cookies.")


class _DirectClient(_ClientWithoutCookies):
    """A client that hands each request to its only transport.

    What httpx does on the way, for authentication, redirects and hooks, none of which is used, takes a tenth
    of an exchange.
    """

    def __init__(self, *, transport: httpx.AsyncBaseTransport, **settings: Any) -> None:
        super().__init__(transport=transport, **settings)
        self._way = transport

    async def send(self, request: httpx.Request, *, stream: bool = False, **_: object) -> httpx.Response:
        """Send a request; see httpx.AsyncClient."""
        if self.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        response = await self._way.handle_async_request(request)
        response.request = request
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response


class ConnectionPool(httpx.AsyncBaseTransport):
    """A transport for httpx over HTTP/1.1, whose cost a request does not grow with its connections.

    httpx's own pool looks at every connection again and again for each request. This one takes the connection
    that was used last.

    Args:
        tls: Whom to trust.
        max_connections: How many may be at work at once; more requests wait for their pool timeout.
            Requests to one host get half of them.
        idle_s: After how many seconds an unused connection is not used again.
    """

    def __init__(self, *, tls: ssl.SSLContext, max_connections: int, idle_s: float) -> None:
        tls.set_alpn_protocols(["http/1.1"])
        self._tls = tls
        self._idle_s = idle_s
        self._turns = asyncio.Semaphore(max_connections)
        per_host = max(max_connections // 2, 1)
        self._turns_of_host: defaultdict[bytes, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(per_host)
        )
        self._idle: defaultdict[tuple[bytes, bytes, int | None], _Idle] = defaultdict(deque)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over an idle connection or a new one; see httpx's transports."""
        url = request.url
        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(f"There is no way to {url.scheme}://.")
        timeouts = request.extensions["timeout"]
        idle = self._idle[(url.raw_scheme, url.raw_host, url.port)]
        turn = self._turns_of_host[url.raw_host]
        await self._take_turn(timeouts["pool"], turn)
        try:
            connection = self._newest(idle)
            if connection is None:
                connection = await open_connection(url, tls=self._tls, timeout_s=timeouts["connect"])
            try:
                head = await connection.send(request)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            self._give_turn_back(turn)
            raise
        parts = connection.body(timeouts["read"])
        body = _Body(parts, lambda: self._give_back(connection, idle, turn))
        try:
            return _decoded(head, body)
        except BaseException:
            await body.aclose()
            raise

    async def aclose(self) -> None:
        """Close the idle connections; those at work are closed by who uses them."""
        idle, self._idle = self._idle, defaultdict(deque)
        for connections in idle.values():
            for connection in connections:
                connection.close()

    async def _take_turn(self, timeout_s: float | None, turn: asyncio.Semaphore) -> None:
        if not (turn.locked() or self._turns.locked()):  # neither of the two has to wait
            await turn.acquire()
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(timeout_s):
                await turn.acquire()
                try:
                    await self._turns.acquire()
                except BaseException:
                    turn.release()
                    raise
        except TimeoutError:
            raise httpx.PoolTimeout("All connections are at work.") from None

    def _give_turn_back(self, turn: asyncio.Semaphore) -> None:
        self._turns.release()
        turn.release()

    def _newest(self, idle: _Idle) -> HttpConnection | None:
        """Return the connection that was used last, if it is still open."""
        while idle:
            connection = idle.pop()
            if connection.is_usable(idle_s=self._idle_s):
                return connection
            connection.close()
        return None

    def _give_back(self, connection: HttpConnection, idle: _Idle, turn: asyncio.Semaphore) -> None:
        self._give_turn_back(turn)
        if connection.finish():
            idle.append(connection)
        if idle and idle[0].has_expired(idle_s=self._idle_s):  # not needed for the longest time
            idle.popleft().close()


class _Body(httpx.AsyncByteStream):
    """The body of an answer; once it is closed, its connection serves the next request."""

    def __init__(self, parts: AsyncIterator[bytes], closed: Callable[[], None]) -> None:
        self._parts = parts
        self._closed = closed
        self._is_open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    async def aclose(self) -> None:
        """Give the connection back; one whose answer was not read to its end is closed."""
        if self._is_open:
            self._is_open = False
            self._closed()


def _decoded(head: Head, body: _Body) -> httpx.Response:
    """Return the answer with its body as it was before it was compressed.

    Raises:
        httpx.DecodingError: It was encoded twice, or in a way that was not asked for.
    """
    headers = httpx.Headers(head.headers)
    encoding = headers.get("content-encoding", "")
    named = [name.strip().lower() for name in encoding.split(",")] if encoding else []
    encodings = [name for name in named if name not in ("", "identity")]
    if len(encodings) > 1 or not _ENCODINGS.issuperset(encodings):
        raise httpx.DecodingError(f"The answer is encoded as {', '.join(encodings)[:100]}.")
    stream: httpx.AsyncByteStream = body
    if encodings:
        for name in ("content-encoding", "content-length"):
            headers.pop(name, None)
        stream = _Decompressed(body)
    extensions = {"http_version": b"HTTP/" + head.version, "reason_phrase": head.reason}
    return httpx.Response(head.status, headers=headers, stream=stream, extensions=extensions)


class _Decompressed(httpx.AsyncByteStream):
    """A body that is decompressed in small pieces, so that its reader can stop in time."""

    def __init__(self, body: _Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        decoder = zlib.decompressobj(_ZLIB_OR_GZIP)
        size_bytes = 0
        async for part in self._body:
            rest = part
            while rest and not decoder.eof:
                try:
                    piece = decoder.decompress(rest, _PIECE_BYTES)
                except zlib.error as error:
                    raise httpx.DecodingError(str(error)) from error
                size_bytes += len(piece)
                if size_bytes > MOST_DECODED_BYTES:
                    raise httpx.DecodingError(f"The answer has more than {MOST_DECODED_BYTES:,} bytes.")
                yield piece
                rest = decoder.unconsumed_tail
        if rest := decoder.flush():
            yield rest
        if not decoder.eof and size_bytes:
            raise httpx.DecodingError("The answer ends before its compressed data does.")

    async def aclose(self) -> None:
        """Give the connection back; see _Body."""
        await self._body.aclose()
