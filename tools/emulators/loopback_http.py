"""An HTTP/1.1 server on this machine with a thread for each connection, and without routes.

The servers of the emulators and of the catalogue beside a real engine are made of it. The local AWS has an
asynchronous server of its own: it holds thousands of open requests, which threads would not.
"""

from __future__ import annotations

import json
import select
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from emulators.browser_guard import REFUSAL, is_from_a_page
from emulators.same_port import listening

HOST: Final = "127.0.0.1"
_LOOK_EVERY_S: Final = 0.05
_MAX_THROWN_AWAY: Final = 64 * 1024 * 1024
_CHUNK: Final = 65_536


class BodyTooLarge(Exception):
    """A request's body is longer than the server takes; `size_bytes` is what is known of its length."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"The body has {size_bytes} bytes or more.")
        self.size_bytes = size_bytes


class MalformedBody(Exception):
    """A request's length, or the framing of its chunks, cannot be read."""


class LoopbackServer:
    """Serves HTTP until it is stopped; usable as a context manager.

    Each connection gets an exchange, which reads requests and writes answers.
    """

    def __init__(
        self,
        exchange: Callable[..., Exchange],
        *,
        name: str,
        address: tuple[str, int] = (HOST, 0),
        tls: ssl.SSLContext | None = None,
        waits_for_exchanges: bool = True,
    ) -> None:
        """Prepare to listen.

        Args:
            exchange: Makes an exchange of a connection, its address and the listening socket.
            name: Of the thread that accepts connections.
            address: Where to listen; port 0 is a free one.
            tls: With it, HTTPS is spoken.
            waits_for_exchanges: Whether `stop` returns only when every exchange has ended.
        """
        self._waits_for_exchanges = waits_for_exchanges
        self._exchange = exchange
        self._name = name
        self._address = address
        self._tls = tls
        self._sockets: _Sockets | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen; a second start listens where the first did.

        Raises:
            OSError: The port is taken.
        """
        self._sockets = listening(
            lambda: _Sockets(self._address, self._exchange, self._tls), self._address[1]
        )
        self._sockets.daemon_threads = not self._waits_for_exchanges
        self._sockets.block_on_close = self._waits_for_exchanges
        self._address = (self._address[0], self._sockets.server_address[1])
        self._thread = threading.Thread(
            target=self._sockets.serve_forever,
            kwargs={"poll_interval": _LOOK_EVERY_S},
            name=self._name,
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Close every connection, and return when every thread has ended; once is enough."""
        sockets, thread = self._sockets, self._thread
        if sockets is None or thread is None:
            return
        self._sockets = self._thread = None
        sockets.shutdown()
        thread.join()
        sockets.hang_up()
        self.wake()
        sockets.server_close()

    def wake(self) -> None:
        """Let exchanges that wait for something look again at whether they are wanted; for subclasses."""

    @property
    def address(self) -> str:
        """The base URL, without a path.

        Raises:
            RuntimeError: The server is not running.
        """
        if self._sockets is None:
            raise RuntimeError("The server is not running; start() it first.")
        host, port = self._address
        return f"{'http' if self._tls is None else 'https'}://{host}:{port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Sockets(ThreadingHTTPServer):
    """The listening socket and its connections."""

    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], exchange: Callable[..., Exchange], tls: ssl.SSLContext | None
    ) -> None:
        self.is_stopping = False
        self._tls = tls
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, exchange)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls is not None:  # the handshake is left to the connection's own thread
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            with self._lock:
                self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about connections that broke, and let every other error be seen."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End every connection, even one that waits."""
        self.is_stopping = True
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            cut(connection)


class Exchange(BaseHTTPRequestHandler):
    """One connection: reads requests and writes answers until either side has enough."""

    server: _Sockets
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _CHUNK
    sys_version = ""
    admits_pages: ClassVar[bool] = False
    """Whether web pages are served, too; then `serve` decides which."""

    def parse_request(self) -> bool:
        """Serve any method: which ones a path knows is for `serve` to say."""
        if super().parse_request():
            headers = {name.lower(): value for name, value in self.headers.items()}
            if self.admits_pages or not is_from_a_page(headers):
                self.serve()
            else:
                self._refuse_page()
        return False

    def serve(self) -> None:
        """Read one request and answer it; for subclasses."""
        raise NotImplementedError

    def _refuse_page(self) -> None:
        self.close_connection = True  # its body is not read
        self.write(403, {"Content-Type": "application/json"}, json.dumps({"message": REFUSAL}).encode())

    @property
    def is_wanted(self) -> bool:
        """Whether the server goes on and the client has not closed its end."""
        if self.server.is_stopping:
            return False
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable or isinstance(self.connection, ssl.SSLSocket):
            return True
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def read_body(self, max_bytes: int) -> bytes:
        """Return the request's body.

        Raises:
            BodyTooLarge: It is longer than `max_bytes`; the connection is to be closed.
            MalformedBody: Its length cannot be read; the connection is to be closed.
        """
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks(max_bytes)
        given = self.headers.get("Content-Length") or "0"
        if not (given.isascii() and given.isdecimal()):
            self.close_connection = True
            raise MalformedBody(f'The Content-Length "{given}" is no length.')
        length = int(given)
        if length > max_bytes:
            if length <= _MAX_THROWN_AWAY:
                self._throw_away(length)
            raise self._too_large(length)
        return self.rfile.read(length)

    def _read_chunks(self, max_bytes: int) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > max_bytes:
                raise self._too_large(len(body) + size)
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return bytes(body)

    def _chunk_size(self) -> int:
        line = self.rfile.readline(_CHUNK)
        try:
            return int(line.partition(b";")[0], 16)
        except ValueError:
            self.close_connection = True
            raise MalformedBody(f"{line!r} is no size of a chunk.") from None

    def _too_large(self, size_bytes: int) -> BodyTooLarge:
        self.close_connection = True
        return BodyTooLarge(size_bytes)

    def _throw_away(self, length: int) -> None:
        """Read a body that is too long: closing before it was read could cost the client the answer."""
        while length > 0 and (chunk := self.rfile.read(min(length, _CHUNK))):
            length -= len(chunk)

    def write(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer; its length is added, and that of a HEAD request is all that is sent of a body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Write nothing: events are reported in other ways."""


def cut(connection: socket.socket) -> None:
    """End a connection without an answer."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already
