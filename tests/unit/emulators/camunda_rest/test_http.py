"""HTTP itself: routes, framing, credentials, planned faults, and the end of a server."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from emulators.camunda.auth import TokenIssuer
from emulators.camunda.clock import EngineClock
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Credentials, Cut, Problem, RestApi, RestServer, Silence

from tests.threads import alive, started_here
from tests.unit.emulators.camunda_rest.processes import RunningRest, job_process, running_rest

TIMEOUT_S = 30.0
PUBLISH = {"name": "m", "correlationKey": "k", "messageId": "id", "timeToLive": 60_000}


def connected(cluster: RunningRest) -> socket.socket:
    """Return a connection to the API, without a client's manners."""
    host, port = cluster.server.address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=TIMEOUT_S)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what the server does with a request that is on its way."""
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


class TestRequests:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/v2/nowhere", 404),
            ("GET", "/", 404),
            ("GET", "/v1/topology", 404),
            ("POST", "/v2/topology", 405),
            ("GET", "/v2/jobs/activation", 405),
            ("DELETE", "/v2/jobs/1", 405),
        ],
    )
    def test_only_what_exists_is_served(
        self, cluster: RunningRest, method: str, path: str, status: int
    ) -> None:
        """An unknown path is 404, a known one with another method 405."""
        assert cluster.client.request(method, path).status_code == status

    @pytest.mark.parametrize(
        ("content", "content_type", "status", "detail"),
        [
            (b"", "application/json", 400, "Required request body is missing"),
            (b"{", "application/json", 400, "Failed to read request"),
            (b'{"name": NaN}', "application/json", 400, "Failed to read request"),
            (b"{}", "application/json", 400, "No name provided."),
            (b'{"name": ""}', "application/json", 400, "No name provided."),
            (b'{"nmae": "m"}', "application/json", 400, "Request property [nmae] cannot be parsed"),
        ],
    )
    def test_a_body_must_be_json_of_the_declared_shape(
        self, cluster: RunningRest, content: bytes, content_type: str, status: int, detail: str
    ) -> None:
        """Anything else is refused with a problem document that says why."""
        answer = cluster.client.post(
            "/v2/messages/publication", content=content, headers={"content-type": content_type}
        )
        assert (answer.status_code, answer.json()["detail"]) == (status, detail)

    def test_another_kind_of_body_does_not_reach_the_gateway(self, cluster: RunningRest) -> None:
        """Like unknown paths and methods it is answered by the framework, without a problem document."""
        answer = cluster.client.post(
            "/v2/messages/publication", content=b"{}", headers={"content-type": "x/y"}
        )
        assert (answer.status_code, answer.json()["error"]) == (415, "Unsupported Media Type")

    def test_a_command_that_is_too_large_is_the_brokers_error(self, cluster: RunningRest) -> None:
        """Over four megabytes the gateway answers 500, which only its detail explains."""
        too_large = {"name": "m", "variables": {"x": "x" * 4_300_000}}
        answer = cluster.client.post("/v2/messages/publication", json=too_large)
        assert (answer.status_code, answer.json()["title"]) == (500, "MALFORMED_REQUEST")
        assert cluster.engine.messages() == ()

    def test_an_optional_body_may_be_left_out(self, cluster: RunningRest) -> None:
        """A search without a body finds everything."""
        assert cluster.client.post("/v2/jobs/search").json()["items"] == []

    def test_a_chunked_body_is_read(self, cluster: RunningRest) -> None:
        """A body may come in chunks, as some clients send it."""
        content = json.dumps(PUBLISH).encode()
        chunks = (content[i : i + 7] for i in range(0, len(content), 7))
        answer = cluster.client.post(
            "/v2/messages/publication", content=chunks, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 200

    def test_a_connection_serves_many_requests(self, cluster: RunningRest) -> None:
        """Connections are kept alive, also after a refusal, and answers are not held back by Nagle."""
        with connected(cluster) as connection:
            for _ in range(20):
                connection.sendall(b"GET /v2/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert connection.recv(4096).startswith(b"HTTP/1.1 204")
            assert cluster.server._sockets is not None
            [other_end] = cluster.server._sockets._connections
            assert other_end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    def test_a_body_beyond_all_limits_is_not_read(self, cluster: RunningRest) -> None:
        """A request that announces too much is refused at once."""
        with connected(cluster) as connection:
            connection.sendall(
                b"POST /v2/jobs/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n"
            )
            assert connection.recv(4096).startswith(b"HTTP/1.1 413")
            assert connection.recv(4096) == b""

    def test_calls_are_recorded(self, cluster: RunningRest) -> None:
        """Tests can see what a client asked for."""
        cluster.post("/messages/publication", PUBLISH)
        [call] = cluster.api.calls
        assert (call.operation_id, json.loads(call.body)) == ("publishMessage", PUBLISH)

    def test_a_defect_is_answered_like_the_gateway_answers_its_own(
        self, cluster: RunningRest, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An unexpected error is 500 with a problem document and is logged."""

        def broken(*_: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(cluster.engine, "cancel_instance", broken)
        answer = cluster.client.post("/v2/process-instances/1/cancellation")
        assert (answer.status_code, answer.json()["title"]) == (500, "RuntimeError")
        assert "a request failed" in caplog.text


class TestCredentials:
    @pytest.fixture
    def credentials(self) -> Credentials:
        issuer = TokenIssuer({"client": "obviously-fake"}, EngineClock(), lifetime=timedelta(minutes=5))
        return Credentials(issuer, passwords={"demo": "demo:with:colons"})

    @pytest.fixture
    def guarded(self, credentials: Credentials) -> Iterator[RunningRest]:
        with running_rest(credentials=credentials) as cluster:
            yield cluster

    def token(self, guarded: RunningRest, **form: str) -> httpx.Response:
        said = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "obviously-fake"}
        return guarded.client.post("/oauth/token", data=said | form)

    @pytest.mark.parametrize("value", [None, "Bearer nonsense", "Basic ZGVtbzp3cm9uZw==", "Basic %", "x"])
    def test_without_good_credentials_nothing_is_done(self, guarded: RunningRest, value: str | None) -> None:
        """A request without, or with wrong, credentials is 401 and has no effect; the status stays open."""
        headers = {} if value is None else {"authorization": value}
        answer = guarded.client.post("/v2/messages/publication", json=PUBLISH, headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")
        assert guarded.engine.messages() == ()
        assert guarded.client.get("/v2/status").status_code == 204

    def test_a_token_lets_in_until_it_is_revoked(
        self, guarded: RunningRest, credentials: Credentials
    ) -> None:
        """A token of the client credentials grant is accepted; a restarted identity provider forgets it."""
        granted = self.token(guarded, audience="zeebe.camunda.io", scope="cluster").json()
        assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 300)
        headers = {"authorization": f"Bearer {granted['access_token']}"}
        assert guarded.client.get("/v2/topology", headers=headers).status_code == 200
        [request] = credentials.token_requests
        assert (request.client_id, request.audience, request.scope) == (
            "client",
            "zeebe.camunda.io",
            "cluster",
        )
        assert credentials.issuer is not None
        credentials.issuer.revoke_all()
        assert guarded.client.get("/v2/topology", headers=headers).status_code == 401

    def test_the_secret_may_come_as_basic_authentication(self, guarded: RunningRest) -> None:
        """RFC 6749 lets a client authenticate by header instead of by form."""
        form = {"grant_type": "client_credentials"}
        answer = guarded.client.post("/oauth/token", data=form, auth=("client", "obviously-fake"))
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("form", "status", "error"),
        [
            ({"client_secret": "wrong"}, 401, "invalid_client"),
            ({"client_id": "stranger"}, 401, "invalid_client"),
            ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ],
    )
    def test_a_wrong_token_request_is_refused(
        self, guarded: RunningRest, form: dict[str, str], status: int, error: str
    ) -> None:
        """The token endpoint answers with the errors of RFC 6749."""
        answer = self.token(guarded, **form)
        assert (answer.status_code, answer.json()) == (status, {"error": error})

    def test_a_password_lets_in(self, guarded: RunningRest) -> None:
        """Basic authentication is accepted with the right password."""
        assert guarded.client.get("/v2/topology", auth=("demo", "demo:with:colons")).status_code == 200


class TestFaults:
    def test_back_pressure_is_answered_as_often_as_planned(self, cluster: RunningRest) -> None:
        """A planned refusal replaces the effect, then things work again."""
        cluster.api.faults.add("publishMessage", Problem.exhausted(), times=2)
        statuses = [
            cluster.client.post("/v2/messages/publication", json=PUBLISH).status_code for _ in range(3)
        ]
        assert statuses == [503, 503, 200]

    @pytest.mark.parametrize(("cut", "buffered"), [(Cut.BEFORE_EFFECT, 0), (Cut.AFTER_EFFECT, 1)])
    def test_a_connection_is_cut_before_or_after_the_effect(
        self, cluster: RunningRest, cut: Cut, buffered: int
    ) -> None:
        """The client sees the same, the engine does not."""
        cluster.api.faults.add("publishMessage", cut)
        with pytest.raises(httpx.RemoteProtocolError):
            cluster.client.post("/v2/messages/publication", json=PUBLISH)
        assert len(cluster.engine.messages()) == buffered

    def test_an_answer_is_kept_back_until_it_is_released(self, cluster: RunningRest) -> None:
        """The effect happens, the client's deadline passes; a released answer arrives."""
        kept = Silence()
        cluster.api.faults.add("publishMessage", kept, times=2)
        with pytest.raises(httpx.ReadTimeout):
            cluster.client.post("/v2/messages/publication", json=PUBLISH, timeout=httpx.Timeout(30, read=0.3))
        eventually(lambda: len(cluster.engine.messages()) == 1)
        kept.until.set()
        assert cluster.client.post("/v2/messages/publication", json=PUBLISH).status_code == 409


class TestServer:
    def test_stopping_ends_long_polls_and_threads(self) -> None:
        """stop() does not wait for clients: it closes their connections and leaves no thread."""
        server = RestServer(RestApi(Engine()))
        outcomes: list[str] = []

        def poll() -> None:
            body: dict[str, Any] = {"type": "w", "timeout": 1000, "maxJobsToActivate": 1}
            try:
                httpx.post(
                    f"{server.address}/v2/jobs/activation", json=body | {"requestTimeout": 60_000}, timeout=60
                )
            except httpx.TransportError as error:
                outcomes.append(type(error).__name__)

        with started_here() as threads:
            server.start()
            client = threading.Thread(target=poll)
            client.start()
            eventually(lambda: bool(server.api.calls))
            server.stop()
            client.join(timeout=30)
        assert outcomes == ["RemoteProtocolError"]
        assert alive(threads) == []

    def test_a_job_is_not_given_to_a_client_that_left(self, cluster: RunningRest) -> None:
        """A long poll whose client closed the connection takes no job."""
        cluster.deploy(job_process())
        body = b'{"type": "work", "timeout": 60000, "maxJobsToActivate": 1, "requestTimeout": 20000}'
        head = b"POST /v2/jobs/activation HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        with connected(cluster) as connection:
            connection.sendall(head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            eventually(lambda: [call.operation_id for call in cluster.api.calls][-1:] == ["activateJobs"])
        cluster.start("crawl")
        assert len(cluster.activate()) == 1

    def test_a_stopped_server_has_no_address(self) -> None:
        """Before start() and after stop() there is no address; stop() may be repeated."""
        server = RestServer(RestApi(Engine()))
        with pytest.raises(RuntimeError, match="start"):
            _ = server.address
        with server:
            assert httpx.get(f"{server.address}/v2/status").status_code == 204
        server.stop()
        with pytest.raises(RuntimeError, match="start"):
            _ = server.address
