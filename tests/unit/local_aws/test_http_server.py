"""The small HTTP server: requests in, answers out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from local_aws.http_server import Handler, HttpServer, Request, Response


async def echo(request: Request) -> Response:
    return Response(200, request.body, (("x-method", request.method), ("x-target", request.target)))


def talk(sent: bytes, handler: Handler = echo, max_body_bytes: int = 1000) -> bytes:
    """Return all that the server answers to the bytes until it closes."""

    async def conversation() -> bytes:
        async with HttpServer(handler, max_body_bytes=max_body_bytes) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(sent)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

    return asyncio.run(conversation())


def test_body_may_come_in_chunks() -> None:
    """A chunked body is put together."""
    answer = talk(
        b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nabcde")


def test_connection_serves_request_after_request() -> None:
    """One connection carries several requests, sent at once even."""
    answer = talk(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n")
    assert [line for line in answer.split(b"\r\n") if b"x-target" in line] == [
        b"x-target: /1",
        b"x-target: /2",
    ]


def test_client_that_waits_to_be_asked_is_asked() -> None:
    """A client that announces its body with Expect gets 100 Continue before it sends it."""

    async def conversation() -> tuple[bytes, bytes]:
        async with HttpServer(echo) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            asked = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"ok")
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return asked, answer

    asked, answer = asyncio.run(conversation())
    assert asked.startswith(b"HTTP/1.1 100")
    assert answer.endswith(b"ok")


def test_answer_to_head_has_no_body() -> None:
    """HEAD is answered with the length of the body and without it."""

    async def ten(_request: Request) -> Response:
        return Response(200, b"0123456789")

    answer = talk(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", ten)
    assert b"content-length: 10\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 5_000_000, b"413"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 20_000, b"431"),
    ],
)
def test_what_cannot_be_served_is_refused_and_closed(sent: bytes, status: bytes) -> None:
    """What is no HTTP, or too large, is refused, and the connection ends."""
    answer = talk(sent)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert b"connection: close" in answer.lower()


def test_stop_does_not_wait_for_open_requests() -> None:
    """Leaving the server ends a request that would never be answered."""
    entered = asyncio.Event()

    async def never(_request: Request) -> Response:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> bytes:
        async with HttpServer(never) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            await entered.wait()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer

    assert asyncio.run(bounded(scenario)) == b""


async def bounded(scenario: Callable[[], Awaitable[bytes]]) -> bytes:
    async with asyncio.timeout(10):
        return await scenario()
