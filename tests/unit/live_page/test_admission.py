"""Which requests the page's server answers: token, host, origin, method, content type, size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from live_page import May
from live_page.server import MAX_BODY_BYTES

from tests.unit.live_page.pages import FakeSource, Page, served


@pytest.fixture
def page() -> Iterator[Page]:
    with served() as running:
        yield running


def test_token_has_32_random_characters() -> None:
    """
    The path begins with a token of 32 characters that a URL may hold, and no two servers have the same.
    """
    with served() as one, served() as other:
        assert len(one.path.strip("/")) == len(other.path.strip("/")) == 32
        assert one.path != other.path


def test_without_the_token_there_is_nothing(page: Page) -> None:
    """
    Each other path is 404 and looks the same, whether an endpoint would be there or not.
    """
    right = page.path.strip("/")
    paths = [
        "/",
        "/api/state",
        f"/{right[:-1]}{'y' if right.endswith('x') else 'x'}/api/state",
        f"/{right}",
        f"http://127.0.0.1/{right}/",
    ]

    answers = [page.ask("GET", "", whole_path=path) for path in paths]

    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1", "127.0.0.1:1", "page.example:{port}", ""])
def test_other_host_is_refused(page: Page, host: str) -> None:
    """
    A name that was made to lead here is refused, token or not, so that a foreign site reads nothing.
    """
    assert page.ask("GET", "api/state", headers={"Host": host.format(port=page.port)}).status == 404


def test_localhost_is_the_same_host(page: Page) -> None:
    """
    The page answers under localhost, too, and a write from there has that origin.
    """
    here = f"localhost:{page.port}"
    assert page.ask("GET", "api/state", headers={"Host": here}).status == 200
    written = page.ask(
        "POST", "api/feel", {"expression": "1"}, headers={"Host": here, "Origin": f"http://{here}"}
    )
    assert written.status == 200


@pytest.mark.parametrize("origin", ["http://example.com", "null", "https://127.0.0.1:{port}"])
def test_write_of_another_origin_is_refused(page: Page, origin: str) -> None:
    """
    A write that a browser sends for another site is 403.
    """
    answer = page.ask("POST", "api/processes/1/start", {}, headers={"Origin": origin.format(port=page.port)})
    assert answer.status == 403
    assert "refused" in answer.message


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_write_needs_json(page: Page, content_type: str) -> None:
    """
    What a form of another site can send without being asked is no write.
    """
    answer = page.ask("POST", "api/processes/1/start", b"{}", headers={"Content-Type": content_type})
    assert answer.status == 415


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(page: Page, method: str) -> None:
    """
    Only GET, HEAD and POST are answered; no answer allows another origin.
    """
    answer = page.ask(method, "api/state")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_method_of_an_endpoint_is_its_own(page: Page) -> None:
    """
    A read of what is a write is 405, and an unknown endpoint 404.
    """
    assert page.ask("GET", "api/deploy").status == 405
    assert page.ask("POST", "api/state", {}).status == 405
    assert page.ask("GET", "api/nonsense").status == 404


def test_every_answer_has_the_security_headers(page: Page) -> None:
    """
    Files, answers of the API and refusals forbid foreign content, frames, referrers and caches.
    """
    for path in ("", "api/state", "api/nonsense", "../outside"):
        headers = page.ask("GET", path).headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'{"variables": NaN}', b"[" * 100_000], ids=repr)
def test_bad_json_is_told(page: Page, body: bytes) -> None:
    """
    A body that is no JSON object is 400 with the reason.
    """
    answer = page.ask("POST", "api/processes/1/start", body)
    assert answer.status == 400
    assert answer.message.startswith("The body")


def test_body_that_is_too_large_is_refused(page: Page) -> None:
    """
    A body above the bound is 413 and names it; the server goes on.
    """
    answer = page.ask("POST", "api/deploy", b" " * (MAX_BODY_BYTES + 1))
    assert answer.status == 413
    assert str(MAX_BODY_BYTES) in answer.message
    assert page.ask("GET", "api/state").status == 200


WRITES = {
    "deploy": {"fileName": "a.bpmn", "content": "x"},
    "processes/1/elements/a/properties": {"name": "a", "value": ""},
    "examples/a/load": {},
    "processes/1/start": {},
    "instances/1/cancel": {},
    "incidents/1/resolve": {},
    "apify/runs": {"actorId": "a"},
    "apify/runs/1/finish": {"status": "FAILED"},
    "apify/deliveries/1/repeat": {},
    "apify/webhooks/1/test": {},
    "events/1/replay": {},
    "events/1/resolve": {"happened": True},
    "pause/inbound": {},
    "resume/outbound": {},
    "save": {},
}


@pytest.mark.parametrize("path", WRITES)
def test_what_the_mode_does_not_allow_is_403(path: str) -> None:
    """
    Where nothing may be changed, each write is 403, and each is 200 where it may.
    """
    with served(FakeSource(may=May())) as page:
        assert page.ask("POST", f"api/{path}", WRITES[path]).status == 403
    with served() as page:
        assert page.ask("POST", f"api/{path}", WRITES[path]).status == 200
