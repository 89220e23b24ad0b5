"""The CPU time of one exchange with Apify, through each client that could make it, in one run."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Final, TypeAlias, cast

import httpcore
import httpx
from apify_camunda.platform.http_client import new_client
from apify_camunda.platform.kept_connection import KeptConnection

from .figures import Figure
from .items import items_server

EXCHANGES: Final = 3200
AT_ONCE: Final = 32
HEADERS: Final = {"authorization": "Bearer token-of-acme", "x-apify-integration-platform": "camunda"}
PATH: Final = "/v2/datasets/measured/items?format=json"
Exchange: TypeAlias = Callable[[], Awaitable[object]]
Measure: TypeAlias = Callable[[Exchange], Awaitable[None]]


class _OneConnection(httpx.AsyncBaseTransport):
    """httpx over httpcore's connection without httpcore's pool."""

    def __init__(self, port: int) -> None:
        origin = httpcore.Origin(b"http", b"127.0.0.1", port)
        self._idle = [httpcore.AsyncHTTPConnection(origin) for _ in range(AT_ONCE)]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        connection = self._idle.pop()
        url = httpcore.URL(str(request.url))
        answer = await connection.handle_async_request(
            httpcore.Request(request.method, url, headers=request.headers.raw)
        )
        content = b"".join([part async for part in cast("AsyncIterator[bytes]", answer.stream)])
        await answer.aclose()
        self._idle.append(connection)
        return httpx.Response(answer.status, headers=answer.headers, content=content)


async def _through_httpx(client: httpx.AsyncClient, port: int, measure: Measure) -> None:
    async with client:
        await measure(lambda: client.get(f"http://127.0.0.1:{port}{PATH}", headers=HEADERS))


async def httpx_as_it_ships(port: int, measure: Measure) -> None:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    await _through_httpx(httpx.AsyncClient(limits=limits), port, measure)


async def httpx_over_httpcores_connections(port: int, measure: Measure) -> None:
    await _through_httpx(httpx.AsyncClient(transport=_OneConnection(port)), port, measure)


async def ours(port: int, measure: Measure) -> None:
    await _through_httpx(new_client(), port, measure)


async def http_client_in_threads(port: int, measure: Measure) -> None:
    idle = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(AT_ONCE)]

    def exchange() -> None:
        connection = idle.pop()
        connection.request("GET", PATH, headers=HEADERS)
        connection.getresponse().read()
        idle.append(connection)

    await measure(lambda: asyncio.to_thread(exchange))
    for connection in idle:
        connection.close()


async def without_httpx(port: int, measure: Measure) -> None:
    idle = [await KeptConnection.open("127.0.0.1", port, tls=None, timeout_s=5) for _ in range(AT_ONCE)]
    headers = [("host", "127.0.0.1"), *HEADERS.items(), ("content-length", "0")]

    async def exchange() -> None:
        connection = idle.pop()
        await connection.post(headers, b"", timeout_s=30)
        idle.append(connection)

    await measure(exchange)
    for connection in idle:
        connection.close()


async def asyncio_without_a_parser(port: int, measure: Measure) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(AT_ONCE)]
    lines = [
        f"GET {PATH} HTTP/1.1",
        "host: 127.0.0.1",
        *(f"{name}: {text}" for name, text in HEADERS.items()),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def exchange() -> None:
        reader, writer = idle.pop()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
        idle.append((reader, writer))

    await measure(exchange)
    for _, writer in idle:
        writer.close()


CANDIDATES: Final[dict[str, Callable[[int, Measure], Awaitable[None]]]] = {
    "httpx as it ships": httpx_as_it_ships,
    "httpx over httpcore's connections": httpx_over_httpcores_connections,
    "httpx over ours (asyncio, h11)": ours,
    "http.client in threads": http_client_in_threads,
    "asyncio and our reader, without httpx": without_httpx,
    "asyncio without a parser: the floor": asyncio_without_a_parser,
}


async def cpu_ms(port: int, name: str) -> float:
    """Return the CPU time of one exchange, 32 at once, all threads of this process together."""
    found = 0.0

    async def measure(exchange: Exchange) -> None:
        nonlocal found

        async def some(exchanges: int) -> None:
            for _ in range(exchanges):
                await exchange()

        await asyncio.gather(*(some(3) for _ in range(AT_ONCE)))
        began = time.process_time()  # it may count in steps of 4 ms, so short rounds would tell nothing
        await asyncio.gather(*(some(EXCHANGES // AT_ONCE) for _ in range(AT_ONCE)))
        found = (time.process_time() - began) / EXCHANGES * 1000

    await CANDIDATES[name](port, measure)
    return found


def figures() -> Iterator[Figure]:
    """Measure all of them; the peer is httpx as it ships."""
    with items_server() as items_url:
        port = int(items_url.rpartition(":")[2])
        found = {name: asyncio.run(cpu_ms(port, name)) for name in CANDIDATES}
    base = found["httpx as it ships"]
    for name, ms in found.items():
        yield Figure(f"exchange: {name}", "ms of CPU", ms, base)
