"""A real HTTP server that webhooks are delivered to in tests: it records requests, and answers as set."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Delivery:
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any


class Receiver:
    """Collects deliveries; `answers` says the status of each, 200 once they are used up."""

    def __init__(self, *answers: int, tls: ssl.SSLContext | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self.hang = threading.Event()
        """Set to let deliveries wait until `let_go`."""
        self._let_go = threading.Event()
        self._answers = list(answers)
        self._arrived = threading.Condition()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/hook"

    def wait_for(self, count: int, timeout_s: float = 30) -> list[Delivery]:
        """Return the deliveries once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.deliveries) >= count, timeout_s), self.deliveries
            return list(self.deliveries)

    def let_go(self) -> None:
        self._let_go.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, delivery: Delivery) -> int:
        with self._arrived:
            self.deliveries.append(delivery)
            self._arrived.notify_all()
            status = self._answers.pop(0) if self._answers else 200
        if self.hang.is_set():
            self._let_go.wait()
        return status

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        take: Callable[[Delivery], int] = self._take

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = take(Delivery(self.path, headers, json.loads(body)))
                answer = b'{"status":"ok"}'
                try:
                    self.send_response(status)
                    if 300 <= status < 400:
                        self.send_header("Location", "/elsewhere")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except ConnectionError:
                    return  # the caller did not wait

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
                """Write nothing."""

        return Handler
