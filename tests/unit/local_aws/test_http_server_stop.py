"""The local HTTP server leaves no connection open, however late it was made."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest
from local_aws.http_server import HttpServer, Request, Response


async def _answer(_request: Request) -> Response:
    return Response(200)


@pytest.mark.parametrize("turns", range(7))
def test_connection_of_the_last_moment_is_closed(turns: int) -> None:
    """
    A connection that is on its way when the server stops is closed; an open one would warn when collected.
    """

    async def serve_for_a_moment() -> None:
        async with HttpServer(_answer) as server:
            clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)
        for client in clients:
            client.close()

    asyncio.run(serve_for_a_moment())
    gc.collect()
