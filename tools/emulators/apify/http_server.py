"""The socket side: reads HTTP/1.1, lets faults befall requests, writes answers; knows no rule of Apify's."""

from __future__ import annotations

import gzip
import http.server
import socket
import socketserver
import sys
import threading
import zlib
from collections.abc import Callable
from typing import Any

from emulators.apify import rejections
from emulators.apify.api import Api, refused
from emulators.apify.faults import AnswerWith, DelayAnswer, DropAnswer, DropRequest, Faults, RequestFault
from emulators.apify.rejections import MAX_BODY_BYTES, Rejection
from emulators.apify.routing import Answer, Request, read_target
from emulators.apify.shared_state import SharedState

_RATE_LIMIT_SHOWN = "250000"
_MAX_THROWN_AWAY = 64 * 1024 * 1024


class ApifyServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """A server that lets go of all its connections and threads when it is stopped."""

    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api, live: SharedState, faults: Faults) -> None:
        super().__init__(address, _Handler)
        self.api = api
        self.live = live
        self.faults = faults
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="apify-http", daemon=True
        )

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more; return when every thread has ended."""
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                _cut(connection)
        self.server_close()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that the other side cut; let everything else be seen."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    server: ApifyServer

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Write nothing: whoever wants to know listens to the emulator's trace."""

    def _serve(self) -> None:
        segments, query = read_target(self.path)
        path = "/" + "/".join(segments)
        try:
            body = self._read_body()
        except Rejection as rejection:
            self.close_connection = True
            self._write(path, refused(rejection))
            return
        request = Request(
            method=self.command,
            segments=segments,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            base_url=f"http://{self.headers.get('Host') or self.server.url.removeprefix('http://')}",
            client_ip=self.client_address[0],
        )
        fault = self.server.faults.take_for_request(request.method, path, query)
        answer = self._answer(request, fault)
        if answer is None:
            self.close_connection = True
            _cut(self.connection)
        else:
            self._write(path, answer)

    def _answer(self, request: Request, fault: RequestFault | None) -> Answer | None:
        if fault:
            self._note("fault", method=request.method, path=request.path, fault=type(fault).__name__)
        match fault:
            case None:
                return self.server.api.answer(request)
            case DropRequest():
                return None
            case DropAnswer():
                self.server.api.answer(request)
                return None
            case DelayAnswer(seconds):
                answer = self.server.api.answer(request)
                self.server.live.sleep(seconds)
                return answer
            case AnswerWith():
                if fault.after_effect:
                    self.server.api.answer(request)
                return _faulty_answer(fault)

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            raise Rejection(411, "invalid-request", "This emulator needs a Content-Length.")
        length = self._length()
        if length > MAX_BODY_BYTES:
            self._throw_away(length)
            raise rejections.request_too_large(length)
        return _decoded(self.rfile.read(length), self.headers.get("Content-Encoding"))

    def _length(self) -> int:
        given = self.headers.get("Content-Length") or "0"
        if not (given.isascii() and given.isdecimal()):
            raise rejections.invalid_input(f'The Content-Length "{given}" is no length.')
        return int(given)

    def _throw_away(self, length: int) -> None:
        """Read a body that nobody wants: closing before it was read could cost the caller the answer."""
        left = min(length, _MAX_THROWN_AWAY)
        while left > 0:
            chunk = self.rfile.read(min(left, 65536))
            if not chunk:
                return
            left -= len(chunk)

    def _write(self, path: str, answer: Answer) -> None:
        self._note("request", method=self.command, path=path, status=answer.status)
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("X-RateLimit-Limit", _RATE_LIMIT_SHOWN)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _note(self, kind: str, **facts: str | int | None) -> None:
        with self.server.live.use() as machine:
            machine.note(kind, **facts)


def _faulty_answer(fault: AnswerWith) -> Answer:
    if fault.raw_body is not None:
        return Answer(
            status=fault.status, body=fault.raw_body, content_type="text/html", headers=fault.headers
        )
    answer = refused(Rejection(fault.status, fault.error_type, fault.message))
    return Answer(
        status=answer.status, body=answer.body, content_type=answer.content_type, headers=fault.headers
    )


def _decoded(body: bytes, encoding: str | None) -> bytes:
    decoders: dict[str, Callable[[bytes], bytes]] = {
        "identity": bytes,
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
    }
    name = (encoding or "identity").lower()
    if name not in decoders:
        message = f'Content-Encoding "{encoding}" is not supported.'
        raise Rejection(415, "unsupported-content-encoding", message)
    try:
        return decoders[name](body)
    except (OSError, EOFError, zlib.error):
        raise rejections.invalid_input("The request body could not be decompressed.") from None


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already
