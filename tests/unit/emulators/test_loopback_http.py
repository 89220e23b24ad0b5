"""The HTTP server that the emulators are made of."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from emulators.browser_guard import REFUSAL
from emulators.loopback_http import BodyTooLarge, Exchange, LoopbackServer, MalformedBody

MAX_BYTES = 1000


class Echo(Exchange):
    """Answers with method and body; the path /wait is answered when the server or the client ends it."""

    waiting = threading.Event()

    def serve(self) -> None:
        try:
            body = self.read_body(MAX_BYTES)
        except (BodyTooLarge, MalformedBody) as error:
            self.write(400, {}, type(error).__name__.encode())
            return
        while self.path == "/wait" and self.is_wanted:
            Echo.waiting.set()
            threading.Event().wait(0.01)
        self.write(200, {"Content-Type": "text/plain"}, self.command.encode() + b" " + body)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(Echo, name="echo") as server:
        yield server


@pytest.fixture
def client(server: LoopbackServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=20) as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "PURGE"])
def test_any_method_reaches_the_exchange(client: httpx.Client, method: str) -> None:
    """Which methods there are is for the exchange to say."""
    assert client.request(method, "/").text.split()[0] == method


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example"}],
    ids=lambda headers: next(iter(headers)),
)
def test_web_page_is_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    """A request from a web page does not reach the exchange, for any path; clients go on."""
    answer = client.post("/", content=b"abc", headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"message": REFUSAL})
    assert client.post("/", content=b"abc").text == "POST abc"


def test_a_head_request_is_answered_without_a_body(client: httpx.Client) -> None:
    """The length is that of the body that a GET would have."""
    answer = client.head("/")
    assert (answer.content, answer.headers["content-length"]) == (b"", "5")


def test_bodies_come_with_a_length_or_in_chunks(client: httpx.Client) -> None:
    """Both ways give the same body, on one connection after the other."""
    assert client.post("/", content=b"abc").text == "POST abc"
    assert client.post("/", content=iter([b"a", b"bc"])).text == "POST abc"


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_long_body_is_refused_and_the_connection_closed(client: httpx.Client, *, in_chunks: bool) -> None:
    """The exchange gets the request, and the client its answer."""
    body = b"x" * (MAX_BYTES + 1)
    answer = client.post("/", content=iter([body]) if in_chunks else body)
    assert (answer.text, answer.headers["connection"]) == ("BodyTooLarge", "close")


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: -1\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ids=["length", "chunk"],
)
def test_a_body_of_unknown_length_is_refused(server: LoopbackServer, head: bytes) -> None:
    """An invalid length, of the body or of a chunk, gets an answer and is no crash."""
    port = int(server.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + head)
        assert b"MalformedBody" in connection.makefile("rb").read()


def test_stopping_ends_open_exchanges_and_their_threads(server: LoopbackServer) -> None:
    """An exchange that waits is not wanted any more, and no thread is left when `stop` returns."""
    Echo.waiting.clear()
    port = int(server.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert Echo.waiting.wait(20)
        before = threading.active_count()
        server.stop()
        assert threading.active_count() == before - 2
    server.stop()


def test_a_stopped_server_has_no_address_and_starts_at_its_old_one(server: LoopbackServer) -> None:
    """The port stays the same over a restart."""
    first = server.address
    server.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.address
    server.start()
    assert server.address == first
