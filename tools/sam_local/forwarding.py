"""Forwards connections from an address of this machine to the same port on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from sam_local.container_host import LOOPBACK

_CHUNK_BYTES = 65_536


@contextlib.asynccontextmanager
async def forwarding(address: str, ports: Iterable[int]) -> AsyncIterator[None]:
    """Forward each of the ports while the block runs.

    Raises:
        OSError: A port of that address is taken.
    """
    async with contextlib.AsyncExitStack() as stack:
        for port in ports:
            await stack.enter_async_context(_Forwarder(address, port))
        yield


class _Forwarder:
    """One port; its open connections are cut when it is left."""

    def __init__(self, address: str, port: int) -> None:
        self._address = address
        self._port = port
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> None:
        self._server = await asyncio.start_server(self._accept, self._address, self._port)

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        while self._connections:
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            try:
                upstream_reader, upstream_writer = await asyncio.open_connection(LOOPBACK, self._port)
            except OSError:
                return  # the server is gone; the caller sees a closed connection
            with contextlib.closing(upstream_writer), contextlib.suppress(ConnectionError):
                await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until the sender has no more, and tell the receiver so."""
    while data := await reader.read(_CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
