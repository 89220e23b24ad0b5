"""What the shared HTTP client makes of a server that answers in unusual ways, or not at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import httpx
import pytest
from apify_camunda.platform.http_client import new_client

SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Give a client, and the URL of a server whose connections are served by a function."""
    writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        async with new_client() as client:
            yield client, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        await server.wait_closed()


def always(answer: bytes, *, hangs_up: bool = False) -> Serve:
    """Return what answers every request with these bytes, and may hang up then."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)
            await writer.drain()
            if hangs_up:
                return

    return serve


def get(serve: Serve, *, read_s: float = 5) -> httpx.Response:
    async def scenario() -> httpx.Response:
        async with serving(serve) as (client, url):
            return await client.get(url, timeout=httpx.Timeout(5, read=read_s))

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "hangs_up"),
    [
        (b"HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n\r\none", False),
        (b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n2\r\nne\r\n0\r\n\r\n", False),
        (b"HTTP/1.1 200 Fine\r\n\r\none", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Length: 3\r\n\r\none", False),
    ],
    ids=["length", "chunked", "until the end", "after a first word"],
)
def test_answer_is_read_to_its_end(answer: bytes, *, hangs_up: bool) -> None:
    """The end of an answer is where its length, its chunks or the connection say."""
    response = get(always(answer, hangs_up=hangs_up))

    assert response.text == "one"
    assert (response.status_code, response.reason_phrase, response.http_version) == (200, "Fine", "HTTP/1.1")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "without sending a response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\no", "received 1 bytes, expected 3"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "illegal status line"),
        (SWITCHING, "without a pending proposal"),
    ],
    ids=["none", "cut", "no HTTP", "another protocol"],
)
def test_broken_answer_has_the_error_of_httpx(answer: bytes, error: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match=error):
        get(always(answer, hangs_up=True))


def test_other_protocol_is_refused_even_where_it_was_proposed() -> None:
    async def scenario() -> None:
        async with serving(always(SWITCHING)) as (client, url):
            with pytest.raises(httpx.RemoteProtocolError, match="another protocol"):
                await client.get(url, headers={"upgrade": "x", "connection": "upgrade"})

    asyncio.run(scenario())


def test_reset_connection_has_the_error_of_httpx() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # its end is a reset
        writer.transport.abort()

    with pytest.raises(httpx.ReadError):
        get(serve)


def test_slow_part_of_an_answer_is_not_waited_for() -> None:
    """The time limit of reading holds for each part, not for the head alone."""
    with pytest.raises(httpx.ReadTimeout):
        get(
            always(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\no"),
            read_s=0.05,
        )


@pytest.mark.parametrize(
    "headers",
    [{"x": "a\r\ny: b"}, {"x": "a\nb"}, {"x": "a\0"}, {"x\r\ny": "b"}, {"x:y": "b"}, {"": "b"}],
    ids=["two headers", "line feed", "null", "name of two lines", "name with a colon", "no name"],
)
def test_header_that_would_be_read_as_another_is_not_sent(headers: dict[str, str]) -> None:
    """What would reach the server as something else than a header is refused here."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def scenario() -> None:
        async with serving(serve) as (client, url):
            with pytest.raises(httpx.LocalProtocolError):
                await client.get(url, headers=headers)
            assert (await client.get(url)).status_code == 200

    asyncio.run(scenario())
    assert len(asked) == 1


def test_answer_to_head_has_no_body_whatever_length_it_names() -> None:
    """The length in an answer to HEAD is that of another request's answer."""

    async def scenario() -> list[int]:
        async with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")) as (client, url):
            return [(await client.head(url)).status_code for _ in range(2)]

    assert asyncio.run(scenario()) == [200, 200]


def test_connection_that_the_server_is_about_to_close_is_not_used_again() -> None:
    """A server that says `close` may still be open when the next request comes."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\none")
            await writer.drain()

    async def scenario() -> None:
        async with serving(serve) as (client, url):
            for _ in range(2):
                assert (await client.get(url)).text == "one"

    asyncio.run(scenario())
    assert connections == 2


def test_request_that_is_not_taken_is_given_up() -> None:
    """A server that reads nothing of a large request does not hold its sender."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async def scenario() -> None:
        async with serving(serve) as (client, url):
            with pytest.raises(httpx.WriteTimeout):
                await client.post(url, content=bytes(32 * 1024**2), timeout=httpx.Timeout(5, write=0.05))

    asyncio.run(scenario())


def test_early_answer_to_a_large_request_is_read() -> None:
    """A server may refuse a request before it has read it, and hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        await reader.read()

    async def scenario() -> int:
        async with serving(serve) as (client, url):
            return (await client.post(url, content=bytes(4 * 1024**2))).status_code

    assert asyncio.run(scenario()) == 413


def test_request_of_many_parts_is_sent_whole() -> None:
    """A body that comes in parts is sent as they come."""
    bodies: list[bytes] = []

    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        bodies.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async def scenario() -> None:
        async with serving(serve) as (client, url):
            await client.post(url, content=parts())

    asyncio.run(scenario())
    assert bodies == [b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"]


def test_unread_answer_does_not_fill_the_memory() -> None:
    """A server that sends more than is read must wait."""
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 268435456\r\n\r\n")
        for _ in range(4096):
            writer.write(bytes(64 * 1024))
            await writer.drain()
            sent += 64 * 1024

    async def scenario() -> None:
        async with serving(serve) as (client, url), client.stream("GET", url) as answer:
            parts = answer.aiter_raw()
            await anext(parts)
            last = -1
            while sent != last:  # until the server waits
                last = sent
                await asyncio.sleep(0.2)
            assert sent < 128 * 1024**2
            size = sum([len(part) async for part in parts])
            assert size > 200 * 1024**2

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "tail",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo", b"\r\nnonsense"],
    ids=["another answer", "nonsense"],
)
def test_answer_that_was_not_asked_for_is_never_read(tail: bytes) -> None:
    """What comes after an answer is not taken for the answer to the next request."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"

    async def scenario() -> list[str]:
        async with serving(always(answer + tail)) as (client, url):
            return [(await client.get(url)).text for _ in range(2)]

    assert asyncio.run(scenario()) == ["one", "one"]


def test_cut_that_the_process_slept_through_is_noticed() -> None:
    """A connection that was cut while the event loop did nothing is not used again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def answer_once() -> socket.socket:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
            return connection

        async def scenario() -> list[int]:
            async with new_client() as client:
                first, connection = await asyncio.gather(client.get(url), asyncio.to_thread(answer_once))
                connection.close()  # the event loop does not turn between this and the next request
                second = asyncio.create_task(client.post(url))
                again = await asyncio.to_thread(answer_once)
                statuses = [first.status_code, (await second).status_code]
                again.close()
                return statuses

        assert asyncio.run(scenario()) == [200, 200]


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names gets the requests for all hosts."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")

    async def scenario() -> str:
        async with serving(serve) as (_, proxy):
            monkeypatch.setenv("HTTP_PROXY", proxy)
            async with new_client() as client:
                return (await client.get("http://apify.invalid/v2")).text

    assert asyncio.run(scenario()) == "one"
    assert asked[0].startswith(b"GET http://apify.invalid/v2 HTTP/1.1")
