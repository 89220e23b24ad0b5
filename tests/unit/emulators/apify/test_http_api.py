"""The emulator speaks Apify's API over real HTTP."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from emulators.apify.routes.run_starts import run_outcome
from emulators.apify.routing import Call, Request, WaitForRun

from tests.unit.emulators.apify.builders import START, Stage, a_world, encoded
from tests.unit.emulators.apify.conftest import Apify

Serve = Callable[..., Apify]
_RUNS = "/v2/acts/acme~crawler/runs"


class TestStart:
    def test_the_options_of_the_request_are_those_of_the_run(self, serve: Serve) -> None:
        """Every option arrives; what was not said is the Actor's default; Location names the run."""
        apify = serve()
        params: dict[str, str | float] = {
            "timeout": 60,
            "memory": 256,
            "maxItems": 7,
            "maxTotalChargeUsd": 1.5,
            "build": "beta",
        }

        response = apify.client.post(_RUNS, params=params, json={"a": 1})

        run = response.json()["data"]
        assert response.status_code == 201
        assert run["options"] == {
            "build": "beta",
            "timeoutSecs": 60,
            "memoryMbytes": 256,
            "diskMbytes": 512,
            "maxItems": 7,
            "maxTotalChargeUsd": 1.5,
        }
        assert (run["buildNumber"], run["status"], run["meta"]["origin"]) == ("1.3.1", "READY", "API")
        assert run["meta"]["userAgent"].startswith("python-httpx")
        assert apify.client.get(response.headers["location"]).json()["data"]["id"] == run["id"]
        defaults = apify.client.post(_RUNS).json()["data"]["options"]
        assert (defaults["timeoutSecs"], defaults["memoryMbytes"], defaults["build"]) == (0, 1024, "latest")

    @pytest.mark.parametrize(
        ("options", "content_type", "body"),
        [
            ({}, None, None),
            ({"json": {"a": 1}}, "application/json; charset=utf-8", b'{"a": 1}'),
            ({"content": b"raw", "headers": {"Content-Type": "text/x-own"}}, "text/x-own", b"raw"),
            (
                {
                    "content": gzip.compress(b'{"a": 1}'),
                    "headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"},
                },
                "application/json; charset=utf-8",
                b'{"a": 1}',
            ),
        ],
    )
    def test_the_body_is_the_record_input(
        self, serve: Serve, options: dict[str, Any], content_type: str | None, body: bytes | None
    ) -> None:
        """A body becomes INPUT in the run's store with its type, compressed or not; none becomes nothing."""
        apify = serve()
        run = apify.client.post(_RUNS, **options).json()["data"]

        record = apify.client.get(
            f"/v2/key-value-stores/{run['defaultKeyValueStoreId']}/records/INPUT",
            params={"attachment": "true"},
        )

        if body is None:
            assert record.status_code == 404
        else:
            assert (record.headers["content-type"], record.content) == (content_type, body)

    def test_a_refused_request_starts_nothing(self, serve: Serve) -> None:
        """A wrong ad-hoc webhook, like any other mistake, is seen before the run is."""
        apify = serve()

        response = apify.client.post(_RUNS, params={"webhooks": encoded({"eventTypes": ["TEST"]})})

        assert response.status_code == 400
        assert apify.client.get("/v2/actor-runs").json()["data"]["total"] == 0


class TestWaitForFinish:
    @pytest.mark.parametrize("method", ["start", "get", "last"])
    def test_the_answer_comes_when_the_run_has_ended(self, serve: Serve, method: str) -> None:
        """Starting and looking can wait; other requests are answered meanwhile."""
        apify = serve()
        answers: list[httpx.Response] = []
        params = {"waitForFinish": 60}

        def ask() -> None:
            if method == "start":
                answers.append(apify.client.post(_RUNS, params=params))
            else:
                run_id = apify.client.post(_RUNS).json()["data"]["id"]
                path = f"/v2/actor-runs/{run_id}" if method == "get" else f"{_RUNS}/last"
                answers.append(apify.client.get(path, params=params))

        thread = threading.Thread(target=ask)
        thread.start()
        assert apify.emulator._live.wait_in_real_time(
            lambda machine: bool(machine.runs.of(machine.directory.caller("token-of-acme").user)), 10
        )
        assert apify.client.get("/v2/users/me").status_code == 200
        apify.clock.advance(timedelta(seconds=10))
        thread.join()

        assert answers[0].json()["data"]["status"] == "SUCCEEDED"

    def test_a_run_that_goes_on_is_returned_as_it_is(self, serve: Serve) -> None:
        """When the wait is over the answer comes, in any state of the run."""
        apify = serve(a_world({"durationSeconds": 7200}))
        run_id = apify.client.post(_RUNS).json()["data"]["id"]
        answers: list[httpx.Response] = []
        thread = threading.Thread(
            target=lambda: answers.append(
                apify.client.get(f"/v2/actor-runs/{run_id}", params={"waitForFinish": 5})
            )
        )
        thread.start()
        while thread.is_alive():  # the wait counts from when the request came, which is not known here
            apify.clock.advance(timedelta(seconds=1))
            thread.join(0.01)

        assert answers[0].json()["data"]["status"] == "RUNNING"

    @pytest.mark.parametrize(("wanted", "waits"), [(5, 5), (60, 60), (3600, 60)])
    def test_a_minute_is_the_longest_wait(self, wanted: int, waits: int) -> None:
        """A request for more than 60 seconds gets 60."""
        stage = Stage()
        request = Request(
            method="GET",
            segments=(),
            query={"waitForFinish": str(wanted), "token": "token-of-acme"},
            headers={},
            body=b"",
            base_url="",
            client_ip="",
        )

        outcome = run_outcome(Call(stage.machine, request, {}), stage.start())

        assert isinstance(outcome, WaitForRun)
        assert outcome.until == START + timedelta(seconds=waits)


class TestRunLists:
    @pytest.fixture
    def apify(self, serve: Serve) -> Apify:
        """Four runs, a minute apart: of the Actor, of the task, failed, and one that goes on."""
        apify = serve(
            a_world(
                {"when": {"input": {"fail": True}}, "ends": "FAILED"},
                {"when": {"input": {"long": True}}, "durationSeconds": 3600},
                {"durationSeconds": 10},
            )
        )
        bodies: list[tuple[str, dict[str, Any]]] = [
            (_RUNS, {}),
            ("/v2/actor-tasks/acme~crawl/runs", {}),
            (_RUNS, {"fail": True}),
            (_RUNS, {"long": True}),
        ]
        for path, body in bodies:
            assert apify.client.post(path, json=body).status_code == 201
            apify.clock.advance(timedelta(minutes=1))
        return apify

    @pytest.mark.parametrize(
        ("path", "params", "minutes"),
        [
            ("/v2/actor-runs", {}, [0, 1, 2, 3]),
            ("/v2/actor-runs", {"desc": "1"}, [3, 2, 1, 0]),
            ("/v2/actor-runs", {"desc": "true", "limit": 2, "offset": 1}, [2, 1]),
            ("/v2/actor-runs", {"status": "SUCCEEDED"}, [0, 1]),
            ("/v2/actor-runs", {"status": "FAILED,RUNNING"}, [2, 3]),
            ("/v2/actor-runs", {"startedAfter": "2026-01-01T12:01:00.000Z"}, [1, 2, 3]),
            ("/v2/actor-runs", {"startedBefore": "2026-01-01T12:01:00.000Z"}, [0, 1]),
            (
                "/v2/actors/acme~crawler/runs",
                {"startedAfter": "2026-01-01T13:02:00+01:00", "desc": 1},
                [3, 2],
            ),
            ("/v2/actor-tasks/~crawl/runs", {}, [1]),
            ("/v2/actor-tasks/~crawl/runs", {"startedAfter": "2026-01-01T12:03:00Z"}, [1]),
        ],
    )
    def test_lists(self, apify: Apify, path: str, params: dict[str, Any], minutes: list[int]) -> None:
        """Oldest first unless asked; times are inclusive, and a task's list knows none."""
        data = apify.client.get(path, params=params).json()["data"]

        assert [int(run["startedAt"][14:16]) for run in data["items"]] == minutes
        assert data["count"] == len(minutes)

    @pytest.mark.parametrize(
        ("path", "params", "minute"),
        [
            (f"{_RUNS}/last", {}, 3),
            (f"{_RUNS}/last", {"status": "SUCCEEDED"}, 1),
            (f"{_RUNS}/last", {"status": "ABORTED"}, None),
            (f"{_RUNS}/last", {"origin": "WEB"}, None),
            ("/v2/actor-tasks/~crawl/runs/last", {"origin": "API"}, 1),
        ],
    )
    def test_last(self, apify: Apify, path: str, params: dict[str, str], minute: int | None) -> None:
        """The newest run that fits, or 404."""
        response = apify.client.get(path, params=params)

        if minute is None:
            assert response.status_code == 404
        else:
            assert int(response.json()["data"]["startedAt"][14:16]) == minute

    @pytest.mark.parametrize(
        "params", [{"limit": "x"}, {"offset": -1}, {"status": "DONE"}, {"startedBefore": "now"}]
    )
    def test_wrong_parameters(self, apify: Apify, params: dict[str, Any]) -> None:
        """A parameter that cannot be read is a 400, not ignored."""
        response = apify.client.get("/v2/actor-runs", params=params)

        assert (response.status_code, response.json()["error"]["type"]) == (400, "invalid-value")


def test_lists_hold_a_thousand_at_most(serve: Serve) -> None:
    """A larger limit is taken for a thousand."""
    data = serve().client.get("/v2/webhooks", params={"limit": 5000}).json()["data"]

    assert (data["limit"], data["total"]) == (1000, 0)


class TestDatasetItems:
    @pytest.mark.parametrize(
        ("params", "headers", "numbers"),
        [
            ({}, ("0", "999999999999", "3", "3"), [0, 1, 2]),
            ({"offset": 1, "limit": 1}, ("1", "1", "1", "3"), [1]),
            ({"offset": 5, "limit": 10}, ("5", "10", "0", "3"), []),
        ],
    )
    def test_paging(
        self, serve: Serve, params: dict[str, Any], headers: tuple[str, ...], numbers: list[int]
    ) -> None:
        """The page is in headers: offset, limit, count, total."""
        items = [{"n": 0}, {"n": 1}, {"n": 2}]
        apify = serve(a_world(datasets=[{"owner": "acme", "name": "things", "items": items}]))

        response = apify.client.get("/v2/datasets/acme~things/items", params=params)

        names = ("Offset", "Limit", "Count", "Total")
        assert tuple(response.headers[f"X-Apify-Pagination-{name}"] for name in names) == headers
        assert [item["n"] for item in response.json()] == numbers

    def test_another_users_dataset_is_not_found(self, serve: Serve) -> None:
        """A dataset is its owner's own."""
        apify = serve()
        run = apify.client.post(_RUNS).json()["data"]

        response = apify.client.get(
            f"/v2/datasets/{run['defaultDatasetId']}/items",
            headers={"Authorization": "Bearer token-of-stranger"},
        )

        assert response.status_code == 404


class TestRecords:
    _HTML = "<html><head></head><body>Hi</body></html>"

    @pytest.fixture
    def apify(self, serve: Serve) -> Apify:
        records = {
            "json": {"value": {"a": 1}},
            "page": {"contentType": "text/html; charset=utf-8", "text": self._HTML},
            "blob": {"base64": base64.b64encode(b"\x00\xff").decode(), "contentType": "image/png"},
            "large": {"sizeBytes": 1000},
        }
        store = {"owner": "acme", "name": "store", "records": records}
        return serve(a_world(keyValueStores=[store], redirectFromBytes=1000))

    def test_a_record_comes_with_its_type(self, apify: Apify) -> None:
        """Bytes and Content-Type are those that were stored."""
        json_record = apify.client.get("/v2/key-value-stores/acme~store/records/json")
        blob = apify.client.get("/v2/key-value-stores/~store/records/blob")

        assert (json_record.json(), blob.content, blob.headers["content-type"]) == (
            {"a": 1},
            b"\x00\xff",
            "image/png",
        )

    def test_html_is_changed_unless_it_is_an_attachment(self, apify: Apify) -> None:
        """Only `attachment=true` gives HTML as it was stored."""
        path = "/v2/key-value-stores/~store/records/page"

        changed, raw = apify.client.get(path), apify.client.get(path, params={"attachment": "true"})

        assert changed.text != self._HTML
        assert raw.text == self._HTML
        assert raw.headers["content-disposition"].startswith("attachment")

    def test_a_large_record_is_fetched_from_a_signed_url(self, apify: Apify) -> None:
        """The redirect needs no token, refuses one, and ends with its signature or its hour."""
        redirect = apify.client.get("/v2/key-value-stores/~store/records/large")
        url = redirect.headers["location"]
        with httpx.Client() as stranger:
            fetched = stranger.get(url)
            with_token = stranger.get(url, headers={"Authorization": "Bearer token-of-acme"})
            forged = stranger.get(url.replace("large", "json"))
            apify.clock.advance(timedelta(hours=2))
            expired = stranger.get(url)

        assert (redirect.status_code, len(fetched.content)) == (302, 1000)
        assert (with_token.status_code, forged.status_code, expired.status_code) == (400, 403, 403)

    def test_a_record_is_stored_and_replaced(self, apify: Apify) -> None:
        """PUT stores bytes with their type under a key that may need escaping in a URL."""
        path = "/v2/key-value-stores/~store/records/it's-(new)!"
        for text in (b"one", b"two"):
            headers = {"Content-Type": "text/plain"}
            assert apify.client.put(path, content=text, headers=headers).status_code == 201

        record = apify.client.get(path)

        assert (record.content, record.headers["content-type"]) == (b"two", "text/plain")

    def test_keys_come_in_pages(self, apify: Apify) -> None:
        """Keys are sorted, and a page says where the next begins."""
        path = "/v2/key-value-stores/~store/keys"
        first = apify.client.get(path, params={"limit": 3}).json()["data"]
        rest = apify.client.get(path, params={"exclusiveStartKey": first["nextExclusiveStartKey"]}).json()[
            "data"
        ]

        assert [item["key"] for item in first["items"]] == ["blob", "json", "large"]
        assert ([item["key"] for item in rest["items"]], rest["isTruncated"]) == (["page"], False)


class TestTokens:
    def test_as_header_and_as_parameter(self, serve: Serve) -> None:
        """A token may be in the header or in the URL."""
        apify = serve()
        with httpx.Client(base_url=apify.emulator.url) as client:
            in_url = client.get("/v2/users/me", params={"token": "token-of-stranger"})

        assert in_url.json()["data"]["username"] == "stranger"
        assert apify.client.get("/v2/users/me").json()["data"]["username"] == "acme"

    def test_a_read_token_may_look(self, serve: Serve) -> None:
        """A token without write access reads everything and changes nothing."""
        apify = serve()
        headers = {"Authorization": "Bearer read-token-of-acme"}

        assert apify.client.get("/v2/webhooks", headers=headers).status_code == 200
        assert apify.client.post(_RUNS, headers=headers).status_code == 403

    def test_a_run_can_be_seen_without_one(self, serve: Serve) -> None:
        """Who knows a run's id may look at it, but not at what it cost."""
        apify = serve()
        run = apify.client.post(_RUNS).json()["data"]
        with httpx.Client(base_url=apify.emulator.url) as client:
            seen = client.get(f"/v2/actor-runs/{run['id']}")
            listed = client.get("/v2/actor-runs")

        assert (seen.status_code, "usageTotalUsd" in seen.json()["data"], listed.status_code) == (
            200,
            False,
            401,
        )


def test_rate_limits_are_per_resource_and_second(serve: Serve) -> None:
    """A request too many within a second is refused, on that resource only, until the second is over."""
    apify = serve(a_world(limits={"requestsPerSecond": 2}))

    statuses = [apify.client.get("/v2/actors/acme~crawler").status_code for _ in range(3)]
    other = apify.client.get("/v2/actors/apify~hello").status_code
    apify.clock.advance(timedelta(seconds=1))
    later = apify.client.get("/v2/actors/acme~crawler").status_code

    assert (statuses, other, later) == ([200, 200, 429], 200, 200)


def test_a_webhooks_condition_must_be_an_id_of_something_there(serve: Serve) -> None:
    """An Actor's name, an unknown Actor and a run without `isAdHoc` are refused."""
    apify = serve()
    run_id = apify.client.post(_RUNS).json()["data"]["id"]
    statuses = []
    for condition in ({"actorId": "acme~crawler"}, {"actorId": "nothing"}, {"actorRunId": run_id}):
        body = {"eventTypes": ["TEST"], "requestUrl": "https://hooks.example", "condition": condition}
        statuses.append(apify.client.post("/v2/webhooks", json=body).status_code)

    assert statuses == [400, 404, 400]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 400),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"json": []}, 400),
    ],
)
def test_a_body_must_be_a_json_object(serve: Serve, options: dict[str, Any], status: int) -> None:
    """Content type, syntax and shape of a body are checked."""
    assert serve().client.post("/v2/webhooks", **options).status_code == status


def test_unknown_paths_and_methods(serve: Serve) -> None:
    """What is not there is 404, what cannot be done is 405 and says what can."""
    client = serve().client

    assert client.get("/v3/anything").json()["error"]["type"] == "page-not-found"
    assert "GET,POST" in client.delete("/v2/webhooks").json()["error"]["message"]


def test_a_connection_serves_many_requests(serve: Serve) -> None:
    """HTTP/1.1 connections stay open, after refusals and empty answers too."""
    apify = serve()
    ports: set[Any] = set()

    def note(response: httpx.Response) -> None:
        ports.add(response.extensions["network_stream"].get_extra_info("client_addr"))

    apify.client.event_hooks = {"response": [note]}
    for path in ("/v2/users/me", "/v2/nothing", "/v2/actor-runs/x"):
        apify.client.get(path)
    apify.client.head("/v2/users/me")

    assert len(ports) == 1


def test_the_log_tells_of_the_run(serve: Serve) -> None:
    """The log is text with a time on each line, and holds what the world adds."""
    apify = serve(a_world({"log": ["INFO of {{input.x}}"]}))
    run_id = apify.client.post(_RUNS, json={"x": "y"}).json()["data"]["id"]
    apify.clock.advance(timedelta(minutes=1))

    log = apify.client.get(f"/v2/actor-runs/{run_id}/log")

    assert log.headers["content-type"].startswith("text/plain")
    assert "2026-01-01T12:00:01.000Z INFO of y\n" in log.text


def test_the_body_may_be_as_large_as_apify_says(serve: Serve) -> None:
    """9,437,184 bytes are taken; the contract test shows that one more is not."""
    body = json.dumps({"x": "y" * (9_437_184 - len('{"x": ""}'))}).encode()
    assert len(body) == 9_437_184

    response = serve().client.post(_RUNS, content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 201


def test_half_a_sign_comes_back_as_it_came(serve: Serve) -> None:
    """Half a surrogate pair in an input goes through items and records as an escape, and stops nothing."""
    item = {"url": "{{input.url}}"}
    apify = serve(a_world({"durationSeconds": 1, "items": [item], "records": {"OUTPUT": {"value": item}}}))
    headers = {"content-type": "application/json"}
    run = apify.client.post(_RUNS, content=b'{"url": "\\ud800"}', headers=headers).json()["data"]
    apify.clock.advance(timedelta(seconds=5))

    items = apify.client.get(f"/v2/datasets/{run['defaultDatasetId']}/items")
    record = apify.client.get(f"/v2/key-value-stores/{run['defaultKeyValueStoreId']}/records/OUTPUT")

    assert items.content == b'[{"url": "\\ud800"}]'
    assert record.content == b'{"url": "\\ud800"}'


@pytest.mark.parametrize("path", [_RUNS, "/v2/webhooks"])
def test_json_beyond_all_depth_is_refused(serve: Serve, path: str) -> None:
    """A body that nests deeper than can be read is an error like any other."""
    headers = {"content-type": "application/json"}
    answer = serve().client.post(path, content=b'{"a":' * 100_000, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("length", ["abc", "-5", "5.0"])
def test_a_wrong_length_is_refused(serve: Serve, length: str) -> None:
    """A Content-Length that is no number of bytes is answered."""
    port = serve().client.base_url.port
    request = f"POST /v2/webhooks HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port or 0), timeout=30) as connection:
        connection.sendall(request.encode())
        with connection.makefile("rb") as answer:
            assert answer.readline().split()[1] == b"400"
