"""Finds free ports on the loopback interface, and asks programs that listen there."""

from __future__ import annotations

import http.client
import json
import random
import socket
from contextlib import ExitStack, suppress
from typing import Any, Final

HOST: Final = "127.0.0.1"
_NEVER_GIVEN_OUT: Final = range(10_000, 32_768)
"""Below the ports that systems give to who asks for any, as every connection does."""


def free_ports(count: int) -> list[int]:
    """Return free ports, all different.

    A program listens some seconds after they were found, and no other may get them by chance meanwhile.
    """
    chance = random.SystemRandom()
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            port = chance.choice(_NEVER_GIVEN_OUT)
            probe = stack.enter_context(socket.socket())
            with suppress(OSError):  # it is taken
                probe.bind((HOST, port))
                found.append(port)
    return found


def ask(port: int, method: str, path: str, body: Any = None, *, timeout_s: float = 10.0) -> tuple[int, Any]:
    """Return status and JSON of an answer, or None where it has no body.

    Raises:
        OSError: Nothing answers there (yet).
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.strip() else None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"{method} {path} was not answered in JSON: {error}") from error
    finally:
        connection.close()
