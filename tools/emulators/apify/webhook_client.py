"""Makes one HTTP request to a webhook's URL and says how it went; can be cut off by another thread."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from emulators.apify.dispatches import DueCall

_BODY_KEPT = 10_000


@dataclass(frozen=True, kw_only=True)
class Response:
    """What came back: a status, or why none came."""

    status: int | None = None
    body: str | None = None
    error: str | None = None


class WebhookClient:
    """Calls webhooks; safe to use from many threads."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._connections: set[http.client.HTTPConnection] = set()
        self._is_closed = False

    def call(self, due: DueCall) -> Response:
        """Return how the request went; redirects are not followed."""
        parts = urlsplit(due.url)
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port, due.ignore_ssl_errors)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with self._lock:
            if self._is_closed:
                return Response(error="The emulator was stopped.")
            self._connections.add(connection)
        try:
            connection.request(
                "POST", target, body=due.body, headers={**due.headers, "User-Agent": "Apify/Webhooks"}
            )
            response = connection.getresponse()
            body = response.read(_BODY_KEPT).decode("utf-8", "replace")
            return Response(status=response.status, body=body)
        except TimeoutError:
            return Response(error=f"The request timed out after {self._timeout_s:g} seconds.")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Response(error=str(error) or type(error).__name__)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def close(self) -> None:
        """Cut off what is under way, and make no request any more."""
        with self._lock:
            self._is_closed = True
            for connection in self._connections:
                _cut(connection)

    def _connection(
        self,
        scheme: str,
        host: str,
        port: int | None,
        ignore_ssl_errors: bool,  # noqa: FBT001 - one caller, above
    ) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        context = ssl.create_default_context()
        if ignore_ssl_errors:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context)


def _cut(connection: http.client.HTTPConnection) -> None:
    sock: socket.socket | None = connection.sock
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already
