"""Carry the REST API over HTTP/1.1: sockets, threads, framing; what is answered is left to `api`."""

import select
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from emulators.camunda.rest.api import ConnectionCut, Incoming, RestApi
from emulators.camunda.rest.http_exchange import Answer
from emulators.camunda.rest.problems import Problem
from emulators.camunda.same_port import listening

MAX_BODY_BYTES: Final = 16 * 1024 * 1024


class RestServer:
    """Serves the API on a port of this machine until it is stopped; usable as a context manager."""

    def __init__(self, api: RestApi, *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Prepare to listen on `port`, 0 for a free one; with `tls`, HTTPS is spoken."""
        self.api = api
        self._port = port
        self._tls = tls
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen on 127.0.0.1; a second start listens where the first did."""
        address = ("127.0.0.1", self._port)
        self._server = listening(lambda: _Server(address, self.api, self._tls), self._port)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="camunda-rest",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait until the last of them is done."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        server.shutdown()
        thread.join()
        server.hang_up()
        self.api.engine.wake_waiters()
        server.server_close()

    @property
    def address(self) -> str:
        """The base URL, without a path.

        Raises:
            RuntimeError: the server is not running.

        """
        if self._server is None:
            raise RuntimeError("The REST API is not running; start() it first.")
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    """The listening socket and its connections."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: RestApi, tls: ssl.SSLContext | None) -> None:
        self.api = api
        self.is_stopping = False
        self._tls = tls
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Exchange)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
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

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about a connection that broke: that is the client's to notice."""

    def hang_up(self) -> None:
        """Let every connection end, whatever it waits for."""
        self.is_stopping = True
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it ended by itself


class _Exchange(BaseHTTPRequestHandler):
    """One connection: reads requests and writes answers until either side has enough."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    server_version = "CamundaStandIn"
    sys_version = ""

    def parse_request(self) -> bool:
        """Serve any method: which ones a path knows is the API's to say."""
        if super().parse_request():
            self._serve()
        return False

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._write(
                Answer.problem(Problem(413, "Payload Too Large", "The body is too large."), self.path)
            )
            return
        incoming = Incoming(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            is_wanted=self._is_wanted,
        )
        try:
            answer = self.server.api.answer(incoming)
        except ConnectionCut:
            self.close_connection = True
            return
        self._write(answer)

    def _read_body(self) -> bytes | None:
        """Return the body; None where it is longer than anyone may send."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return None if length > MAX_BODY_BYTES else self.rfile.read(length)

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            if len(body) + size > MAX_BODY_BYTES:
                return None
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return bytes(body)

    def _is_wanted(self) -> bool:
        """Return whether the server goes on and the client has not closed its end."""
        if self.server.is_stopping:
            return False
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable or isinstance(self.connection, ssl.SSLSocket):
            return True
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Write nothing: what happened is in the API's calls and the engine's trace."""
