"""Makes the HTTP client that adapters share: one pool of connections, bounded waits, and silence in the logs.

It knows no service; what a status means is for the adapter that asks.
"""

from __future__ import annotations

import logging
import ssl
from typing import Final

import httpx

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 30.0
_IDLE_CONNECTION_S: Final = 20.0  # a connection that slept with its Lambda function is likely cut
_MOST_CONNECTIONS: Final = 64


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
    return httpx.AsyncClient(
        verify=verify,
        timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, pool=ANSWER_TIMEOUT_S),
        limits=httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=_IDLE_CONNECTION_S,
        ),
        follow_redirects=False,
    )


def _silence() -> None:
    """Keep URLs out of the logs: those that start runs carry webhooks with our signatures."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
