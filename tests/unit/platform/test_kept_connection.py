"""A connection that stays open: whom it trusts, and how long it waits."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from apify_camunda.platform.http_answer import HttpAnswer
from apify_camunda.platform.kept_connection import ConnectionBroken, KeptConnection

from tests.contract.certificates import Authority

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
HEADERS = [("host", "127.0.0.1"), ("content-length", "2")]


async def answered(
    answer: bytes, *, serves: ssl.SSLContext | None = None, trusts: ssl.SSLContext | None = None
) -> HttpAnswer:
    """Send a request to a server that answers this, and return what arrives within a tenth of a second."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.readuntil(b"{}")
        writer.write(answer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=serves)
    port = server.sockets[0].getsockname()[1]
    try:
        connection = await KeptConnection.open("127.0.0.1", port, tls=trusts, timeout_s=30)
        try:
            return await connection.post(HEADERS, b"{}", timeout_s=0.1 if not answer else 30)
        finally:
            connection.close()
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.01)  # both ends see the end


def encrypted(authority: Authority) -> ssl.SSLContext:
    pair = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    return context


def test_server_of_a_trusted_authority_is_spoken_to(tmp_path: Path) -> None:
    """A request goes over TLS to a server whose certificate is signed by whom we trust."""
    authority = Authority(tmp_path)
    trusts = ssl.create_default_context(cafile=authority.certificate)

    answer = asyncio.run(answered(ANSWER, serves=encrypted(authority), trusts=trusts))

    assert (answer.status, answer.body) == (200, b"ok")


def test_server_of_another_authority_is_refused(tmp_path: Path) -> None:
    """Nothing is sent to a server whose certificate has no trusted signature."""
    server = encrypted(Authority(tmp_path, "theirs"))
    trusts = ssl.create_default_context(cafile=Authority(tmp_path, "ours").certificate)

    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(answered(ANSWER, serves=server, trusts=trusts))


def test_silent_server_is_waited_for_in_bounds() -> None:
    """A request to a server that accepts it and says nothing ends with its timeout."""
    with pytest.raises(TimeoutError):
        asyncio.run(answered(b""))


def test_answer_without_bounds_is_given_up() -> None:
    """An answer larger than any that a store gives is not gathered in memory."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n"

    with pytest.raises(ConnectionBroken, match="bytes"):
        asyncio.run(answered(head + b"x" * (33 * 1024 * 1024)))


def test_unasked_words_close_the_connection() -> None:
    """A server that goes on after its answer is not asked again over that connection."""

    async def run() -> bool:
        writers: list[asyncio.StreamWriter] = []
        said_more = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.append(writer)
            await reader.readuntil(b"{}")
            writer.write(ANSWER)
            await reader.read(1)  # until the client closes
            said_more.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = await KeptConnection.open("127.0.0.1", port, tls=None, timeout_s=30)
        await connection.post(HEADERS, b"{}", timeout_s=30)
        assert connection.is_open
        writers[0].write(ANSWER)
        await said_more.wait()
        was_open = connection.is_open
        server.close()
        writers[0].close()
        await asyncio.sleep(0.01)
        return was_open

    assert not asyncio.run(run())
