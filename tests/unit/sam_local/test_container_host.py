"""How containers reach this machine, and how their connections get to servers on its loopback interface."""

from __future__ import annotations

import asyncio

import pytest
from sam_local.container_host import ContainerHost, container_host
from sam_local.forwarding import forwarding

OTHER_LOOPBACK = "127.0.0.2"  # on Linux, every address of 127.0.0.0/8 is this machine's


def test_own_address_is_listened_on() -> None:
    """
    Servers listen on an address of this machine that is given.
    """
    assert container_host(OTHER_LOOPBACK) == ContainerHost(OTHER_LOOPBACK, OTHER_LOOPBACK)


def test_loopback_needs_nothing() -> None:
    """
    Where containers reach this machine's loopback interface, nothing is forwarded.
    """
    assert container_host("127.0.0.1") == ContainerHost("127.0.0.1")


def test_name_is_left_to_the_container_engine() -> None:
    """
    A name that is no address of this machine is only told to containers.
    """
    assert container_host("host.docker.internal") == ContainerHost("host.docker.internal")


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"echo: " + await reader.read())
    await writer.drain()
    writer.close()


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(OTHER_LOOPBACK, port)
    writer.write(b"hello")
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def test_connections_are_forwarded() -> None:
    """
    What is sent to the address reaches the server on the loopback interface, and its answer comes back.
    """

    async def scenario() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, forwarding(OTHER_LOOPBACK, [port]):
            return await ask(port)

    assert asyncio.run(scenario()) == b"echo: hello"


def test_server_that_is_gone_closes_the_connection() -> None:
    """
    Without a server behind it, a connection is closed without an answer; the next one works.
    """

    async def scenario() -> tuple[bytes, bytes]:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        async with forwarding(OTHER_LOOPBACK, [port]):
            refused = await ask(port)
            async with await asyncio.start_server(echo, "127.0.0.1", port):
                return refused, await ask(port)

    assert asyncio.run(scenario()) == (b"", b"echo: hello")


def test_open_connections_end_with_the_forwarding() -> None:
    """
    A connection that is open when forwarding ends is cut.
    """

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def scenario() -> bytes:
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with forwarding(OTHER_LOOPBACK, [port]):
            reader, writer = await asyncio.open_connection(OTHER_LOOPBACK, port)
            await asyncio.sleep(0)
        answer = await reader.read()
        writer.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)  # the other ends hear of it
        return answer

    assert asyncio.run(scenario()) == b""


@pytest.mark.parametrize("given", [None])
def test_a_way_is_always_found(given: str | None) -> None:
    """
    Without advice there is a way too: the bridge's address, or the name that Docker Desktop gives.
    """
    found = container_host(given)

    assert found.name == (found.listens_on or "host.docker.internal")
