"""How the shared HTTP client keeps its connections, shown on a server that numbers them."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx
import pytest
from apify_camunda.platform.http_client import MOST_DECODED_BYTES, new_client


@dataclass
class NumberingServer:
    """Answers each request with the number of its connection; `/slow` answers when `released` is set.

    Attributes:
        writers: The connections that were opened, in their order.
        had_cookie: Whether a request brought one.
        asked: Is released once for each request that came.
    """

    url: str = ""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    had_cookie: bool = False
    asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        body = str(len(self.writers)).encode()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked.release()
                if b"/slow" in head:
                    await self.released.wait()
                self.had_cookie = self.had_cookie or b"cookie:" in head.lower()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nSet-Cookie: account=a\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(body), body)
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def running(max_connections: int = 64) -> AsyncIterator[tuple[httpx.AsyncClient, NumberingServer]]:
    numbering = NumberingServer()
    server = await asyncio.start_server(numbering.serve, "127.0.0.1", 0)
    numbering.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with new_client(max_connections=max_connections) as client:
        yield client, numbering
    numbering.released.set()
    server.close()
    for writer in numbering.writers:
        await writer.wait_closed()
    await server.wait_closed()


async def connection_of(client: httpx.AsyncClient, url: str) -> int:
    return int((await client.get(url)).text)


def test_requests_in_turn_share_a_connection() -> None:
    """A request that follows another goes over the same connection."""

    async def scenario() -> None:
        async with running() as (client, server):
            assert [await connection_of(client, server.url) for _ in range(3)] == [1, 1, 1]

    asyncio.run(scenario())


def test_requests_at_once_have_a_connection_each() -> None:
    """Requests at the same time do not wait for one another; the connections serve again afterwards."""

    async def scenario() -> None:
        async with running() as (client, server):
            slow = [asyncio.create_task(connection_of(client, f"{server.url}/slow")) for _ in range(3)]
            for _ in slow:
                await server.asked.acquire()
            server.released.set()
            assert sorted(await asyncio.gather(*slow)) == [1, 2, 3]
            assert await connection_of(client, server.url) in (1, 2, 3)
            assert len(server.writers) == 3

    asyncio.run(scenario())


def test_closed_connection_is_not_used_again() -> None:
    """A connection that the server closed while it was idle is left, and a new one is opened."""

    async def scenario() -> None:
        async with running() as (client, server):
            assert await connection_of(client, server.url) == 1
            server.writers[0].close()
            await server.writers[0].wait_closed()
            assert await connection_of(client, server.url) == 2

    asyncio.run(scenario())


async def cancelled(client: httpx.AsyncClient, server: NumberingServer) -> None:
    task = asyncio.create_task(client.get(f"{server.url}/slow"))
    await server.asked.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def unread(client: httpx.AsyncClient, server: NumberingServer) -> None:
    async with client.stream("GET", server.url):
        pass


async def timed_out(client: httpx.AsyncClient, server: NumberingServer) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await client.get(f"{server.url}/slow", timeout=httpx.Timeout(5, read=0.01))


@pytest.mark.parametrize("broken_off", [cancelled, unread, timed_out], ids=lambda each: each.__name__)
def test_broken_off_exchange_leaves_the_next_its_place(
    broken_off: Callable[[httpx.AsyncClient, NumberingServer], Awaitable[None]],
) -> None:
    """A request that is cancelled, not read or too late gives its place back, but not its connection."""

    async def scenario() -> None:
        async with running(max_connections=1) as (client, server):
            await broken_off(client, server)
            assert await connection_of(client, server.url) == 2

    asyncio.run(scenario())


def test_too_many_requests_wait_for_a_place() -> None:
    """A request beyond the most connections waits, and fails as not sent when none becomes free in time."""

    async def scenario() -> None:
        async with running(max_connections=1) as (client, server):
            first = asyncio.create_task(connection_of(client, f"{server.url}/slow"))
            await server.asked.acquire()
            with pytest.raises(httpx.PoolTimeout):
                await client.get(server.url, timeout=httpx.Timeout(5, pool=0.01))
            second = asyncio.create_task(connection_of(client, server.url))
            server.released.set()
            assert [await first, await second] == [1, 1]

    asyncio.run(scenario())


def test_refused_connection_has_the_error_of_httpx() -> None:
    """Without a listener, the error is httpx's own, and the slot is free again."""

    async def scenario() -> None:
        async with running(max_connections=1) as (client, _):
            for _attempt in range(2):
                with pytest.raises(httpx.ConnectError):
                    await client.get("http://127.0.0.1:1/")

    asyncio.run(scenario())


def test_foreign_protocol_is_refused() -> None:
    """Only http and https lead anywhere."""

    async def scenario() -> None:
        async with running() as (client, _):
            with pytest.raises(httpx.UnsupportedProtocol):
                await client.get("ftp://127.0.0.1/")

    asyncio.run(scenario())


def test_one_host_leaves_connections_to_others() -> None:
    """However many requests to one host are not answered, requests to another host are."""

    async def scenario() -> None:
        async with running() as (_, other), running(max_connections=4) as (client, hanging):
            host = hanging.url.replace("127.0.0.1", "localhost")
            unanswered = [asyncio.create_task(connection_of(client, f"{host}/slow")) for _ in range(9)]
            for _ in range(2):
                await hanging.asked.acquire()
            assert await connection_of(client, other.url) == 1
            assert len(hanging.writers) == 2
            hanging.released.set()
            await asyncio.gather(*unanswered)

    asyncio.run(scenario())


@asynccontextmanager
async def answering(head: bytes, body: bytes) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Give a client, and the URL of a server that gives one answer to all."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (head, len(body)) + body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with new_client() as client:
        yield client, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for writer in writers:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_compressed_answer_is_decoded(encoding: str, encode: Callable[[bytes], bytes]) -> None:
    """An answer in an encoding that was asked for is given as it was before."""
    text = b"".join(b"%d," % number for number in range(100_000))

    async def scenario() -> bytes:
        head = f"Content-Encoding: {encoding}\r\n".encode()
        async with answering(head, encode(text)) as (client, url):
            return (await client.get(url)).content

    assert asyncio.run(scenario()) == text


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Encoding: gzip, gzip\r\n",
        b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        b"Content-Encoding: gzip, identity, deflate\r\n",
        b"Content-Encoding: br\r\n",
    ],
    ids=["a list", "two headers", "mixed", "not asked for"],
)
def test_answer_that_is_encoded_twice_is_refused(head: bytes) -> None:
    """A few kilobytes that decode to gigabytes are not decoded at all."""

    async def scenario() -> None:
        body = gzip.compress(gzip.compress(b"0" * 1000))
        async with answering(head, body) as (client, url):
            for _ in range(2):
                with pytest.raises(httpx.DecodingError):
                    await client.get(url)

    asyncio.run(scenario())


def test_decoded_size_is_bounded() -> None:
    """A compressed answer is read no further than its bound, and in small pieces."""

    async def scenario() -> list[int]:
        body = gzip.compress(b"0" * (MOST_DECODED_BYTES + 1))
        async with answering(b"Content-Encoding: gzip\r\n", body) as (client, url):
            with pytest.raises(httpx.DecodingError):
                await client.get(url)
            async with client.stream("GET", url) as answer:
                return [len(part) async for part, _ in _zip(answer.aiter_bytes(), range(10))]

    sizes = asyncio.run(scenario())
    assert len(sizes) == 10
    assert max(sizes) <= 64 * 1024


@pytest.mark.parametrize("body", [gzip.compress(b"0" * 1000)[:-9], b"no gzip"], ids=["cut", "none"])
def test_broken_compression_is_an_error(body: bytes) -> None:
    """An answer that ends too early, or is not compressed, is not taken for a whole one."""

    async def scenario() -> None:
        async with answering(b"Content-Encoding: gzip\r\n", body) as (client, url):
            with pytest.raises(httpx.DecodingError):
                await client.get(url)

    asyncio.run(scenario())


async def _zip(parts: AsyncIterator[bytes], numbers: range) -> AsyncIterator[tuple[bytes, int]]:
    for number in numbers:
        yield await anext(parts), number


def test_no_cookie_is_kept() -> None:
    """One client serves many accounts, so cookies of an answer are not kept."""

    async def ask_twice() -> bool:
        async with running() as (client, server):
            await client.get(server.url)
            await client.get(server.url)
            return server.had_cookie

    assert asyncio.run(ask_twice()) is False
