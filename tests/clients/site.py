"""A site on the loopback interface that Camunda's HTTP connector asks, and that tells what it was asked."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

HOST: Final = "127.0.0.1"


@dataclass
class Page:
    """What a path answers with, which a test may change."""

    status: int = 200
    content: Any = None
    asked: int = 0


@dataclass
class Site:
    """Answers GET at each of its pages, and 404 elsewhere; a context manager."""

    pages: dict[str, Page] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turn = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def address(self) -> str:
        """The base URL, without a path."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Exchange(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = site.pages.get(self.path, Page(404))
                with site.turn:
                    page.asked += 1
                body = json.dumps(page.content).encode()
                self.send_response(page.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Write nothing."""

        return Exchange
