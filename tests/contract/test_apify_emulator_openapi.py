"""Everything that the Apify emulator answers is what Apify's own OpenAPI document says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from emulators.apify import AnswerWith, ApifyEmulator, DrivenClock
from emulators.apify.routes import all_routes

from tests.unit.emulators.apify.builders import END_EVENTS, START, TOKEN, a_world, encoded
from tests.unit.emulators.apify.openapi_contract import ApifyContract
from tests.unit.emulators.apify.receiver import Receiver

_WORLD = a_world(
    {"when": {"input": {"mode": "long"}}, "durationSeconds": 3600},
    {
        "when": {"input": {"mode": "fail"}},
        "durationSeconds": 1,
        "ends": "FAILED",
        "exitCode": 3,
        "statusMessage": "Broken",
    },
    {
        "durationSeconds": 1,
        "items": [{"url": "https://a.example", "#debug": {"requestId": "x"}}, {"url": "https://b.example"}],
        "records": {"OUTPUT": {"value": {"pages": 2}}, "BLOB": {"sizeBytes": 300_000}},
    },
    actor={
        "pricing": {"model": "PAY_PER_EVENT", "usdPerItem": 0.01, "minimalMaxTotalChargeUsd": 0.5},
        "builds": [
            {
                "number": "1.2.3",
                "tags": ["latest"],
                "inputSchema": {
                    "title": "Crawler",
                    "type": "object",
                    "schemaVersion": 1,
                    "properties": {"mode": {"title": "Mode", "type": "string"}},
                },
            }
        ],
    },
    limits={"webhooks": 2, "concurrentRuns": 5},
    datasets=[{"owner": "acme", "name": "products", "items": [{"sku": "A"}]}],
    keyValueStores=[
        {
            "owner": "acme",
            "name": "settings",
            "records": {
                "greeting": {"value": {"text": "Hello"}},
                "page": {"contentType": "text/html", "text": "<p>Hi</p>"},
            },
        }
    ],
)


class Checked:
    """A client that lets no answer pass which the document does not describe."""

    def __init__(self, url: str, contract: ApifyContract) -> None:
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {TOKEN}"},
            event_hooks={"response": [self._check]},
        )
        self._contract = contract

    def _check(self, response: httpx.Response) -> None:
        response.read()
        self._contract.check(response)

    def __call__(self, method: str, path: str, status: int, **options: Any) -> Any:
        response = self._client.request(method, path, **options)
        assert response.status_code == status, (method, path, response.text)
        kind = response.headers.get("content-type", "")
        is_json = kind.split(";")[0] == "application/json"
        return response.json() if is_json and response.content else response.content

    def close(self) -> None:
        self._client.close()


class Scene:
    def __init__(self, contract: ApifyContract) -> None:
        self.clock = DrivenClock(START)
        self.emulator = ApifyEmulator(_WORLD, clock=self.clock)
        self.call = Checked(self.emulator.start(), contract)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def run(self, target: str = "actors/acme~crawler", **options: Any) -> dict[str, Any]:
        answer = self.call("POST", f"/v2/{target}/runs", 201, **options)
        run: dict[str, Any] = answer["data"]
        return run

    def close(self) -> None:
        self.call.close()
        self.emulator.stop()


@pytest.fixture(scope="module")
def contract() -> ApifyContract:
    return ApifyContract.load()


@pytest.fixture
def scene(contract: ApifyContract) -> Iterator[Scene]:
    scene = Scene(contract)
    yield scene
    scene.close()


def test_every_route_is_one_of_apifys(contract: ApifyContract) -> None:
    """The emulator has no endpoint that Apify lacks, but for the storage that signed URLs point to."""
    strange = [(method, path) for method, path in all_routes().listed() if not contract.knows(method, path)]

    assert strange == [("GET", "/signed-records/{storeId}/{recordKey}")]


def test_the_judge_can_say_no(contract: ApifyContract) -> None:
    """A wrong shape, an undocumented status or error type and an unknown path are refused."""

    def answer(path: str, status: int, body: Any) -> httpx.Response:
        request = httpx.Request("GET", f"http://apify.example{path}")
        return httpx.Response(status, json=body, request=request)

    good = {"error": {"type": "record-not-found", "message": "No"}}
    contract.check(answer("/v2/actor-runs/x", 404, good))
    for bad in (
        answer("/v2/actor-runs/x", 200, {"data": {"id": "x"}}),
        answer("/v2/actor-runs/x", 418, good),
        answer("/v2/actor-walks/x", 404, good),
        answer("/v2/actor-runs/x", 404, {"error": {"type": "made-up", "message": "No"}}),
    ):
        with pytest.raises(AssertionError):
            contract.check(bad)


def test_users_actors_tasks_and_builds(scene: Scene) -> None:
    """What is there before any run has the documented shapes."""
    call = scene.call
    call("GET", "/v2/users/me", 200)
    call("GET", "/v2/users/me/limits", 200)
    call("GET", "/v2/actors", 200)
    for prefix in ("actors", "acts"):
        actor = call("GET", f"/v2/{prefix}/acme~crawler", 200)["data"]
        build_id = actor["taggedBuilds"]["latest"]["buildId"]
        call("GET", f"/v2/{prefix}/{actor['id']}/builds", 200)
        call("GET", f"/v2/{prefix}/{actor['id']}/builds/default", 200)
        call("GET", f"/v2/{prefix}/{actor['id']}/builds/{build_id}", 200)
        call("GET", f"/v2/actor-builds/{build_id}", 200)
        call("POST", f"/v2/{prefix}/{actor['id']}/validate-input", 200, json={"mode": "x"})
    call("GET", "/v2/actor-tasks", 200)
    call("GET", "/v2/actor-tasks/acme~crawl", 200)
    call("GET", "/v2/actor-tasks/~crawl/input", 200)


def test_a_run_in_every_state(scene: Scene) -> None:
    """A run is documented in each of its states, alone and in lists."""
    call = scene.call
    succeeded = scene.run(
        params={"timeout": 60, "memory": 256, "maxTotalChargeUsd": 1, "maxItems": 5}, json={}
    )
    scene.run("acts/acme~crawler", json={"mode": "fail"})
    scene.run("actor-tasks/acme~crawl")
    aborted = scene.run(json={"mode": "long"})
    scene.run(json={"mode": "long"}, params={"timeout": 1})
    call("GET", f"/v2/actor-runs/{succeeded['id']}", 200)
    scene.pass_time(0.5)
    call("GET", f"/v2/actor-runs/{succeeded['id']}", 200)
    call("POST", f"/v2/actor-runs/{aborted['id']}/abort", 200, params={"gracefully": "true"})
    call("POST", f"/v2/actors/acme~crawler/runs/{aborted['id']}/abort", 200)
    scene.pass_time(60)
    for path in ("/v2/actor-runs", "/v2/actors/acme~crawler/runs", "/v2/actor-tasks/acme~crawl/runs"):
        call("GET", path, 200, params={"desc": 1, "limit": 10})
        call("GET", path, 200, params={"status": "SUCCEEDED,FAILED"})
    statuses = {run["status"] for run in call("GET", "/v2/actor-runs", 200)["data"]["items"]}
    assert statuses == {"SUCCEEDED", "FAILED", "ABORTED", "TIMED-OUT"}
    call("GET", "/v2/actor-tasks/acme~crawl/runs/last", 200)
    last = call("GET", "/v2/actors/acme~crawler/runs/last", 200, params={"status": "SUCCEEDED"})
    call("GET", f"/v2/actors/acme~crawler/runs/{last['data']['id']}", 200)
    call("POST", f"/v2/actor-runs/{aborted['id']}/resurrect", 200)
    call("GET", f"/v2/actor-runs/{succeeded['id']}/log", 200)
    call("GET", f"/v2/logs/{succeeded['id']}", 200)


def test_what_a_run_leaves(scene: Scene) -> None:
    """Items, datasets, stores, keys and records are documented, by their own paths and by the run's."""
    call = scene.call
    run = scene.run(json={})
    scene.pass_time(2)
    dataset, store = (
        f"/v2/datasets/{run['defaultDatasetId']}",
        f"/v2/key-value-stores/{run['defaultKeyValueStoreId']}",
    )
    call("GET", dataset, 200)
    for params in (
        {},
        {"format": "jsonl"},
        {"format": "csv"},
        {"clean": 1, "limit": 1, "fields": "url", "desc": 1},
    ):
        call("GET", f"{dataset}/items", 200, params=params)
        call("GET", f"/v2/actor-runs/{run['id']}/dataset/items", 200, params=params)
    call("HEAD", f"{dataset}/items", 200)
    call("GET", f"/v2/actor-runs/{run['id']}/dataset", 200)
    call("GET", "/v2/datasets/~products/items", 200)
    call("GET", store, 200)
    call("GET", f"/v2/actor-runs/{run['id']}/key-value-store", 200)
    call("GET", f"{store}/keys", 200, params={"limit": 1})
    call("GET", f"{store}/records/OUTPUT", 200)
    call("HEAD", f"{store}/records/OUTPUT", 200)
    call("GET", f"{store}/records/BLOB", 302)
    call("GET", f"/v2/actor-runs/{run['id']}/key-value-store/records/OUTPUT", 200)
    call("GET", "/v2/key-value-stores/acme~settings/records/page", 200, params={"attachment": "true"})
    call("PUT", f"{store}/records/NEW", 201, json={"a": 1})


def test_webhooks_and_dispatches(scene: Scene) -> None:
    """Webhooks, ad-hoc ones and dispatches are documented, before and after deliveries."""
    call = scene.call
    actor = call("GET", "/v2/actors/acme~crawler", 200)["data"]
    task = call("GET", "/v2/actor-tasks/acme~crawl", 200)["data"]
    with Receiver(500) as receiver:
        body = {"eventTypes": list(END_EVENTS), "requestUrl": receiver.url, "idempotencyKey": "k"}
        webhook = call("POST", "/v2/webhooks", 201, json={**body, "condition": {"actorId": actor["id"]}})[
            "data"
        ]
        call("POST", "/v2/webhooks", 201, json={**body, "condition": {"actorId": actor["id"]}})
        path = f"/v2/webhooks/{webhook['id']}"
        call("GET", path, 200)
        call("PUT", path, 200, json={"description": "changed", "headersTemplate": '{"X-Key": "secret"}'})
        run = scene.run(
            "actor-tasks/acme~crawl", params={"webhooks": encoded({**body, "idempotencyKey": "other"})}
        )
        scene.pass_time(2)
        assert scene.emulator.settle()
        call("POST", f"{path}/test", 201)
        assert scene.emulator.settle()
        dispatches = call("GET", f"{path}/dispatches", 200)["data"]["items"]
        call("GET", "/v2/webhook-dispatches", 200, params={"desc": 1})
        call("GET", f"/v2/webhook-dispatches/{dispatches[0]['id']}", 200)
        adhoc = {**body, "idempotencyKey": "third", "isAdHoc": True, "condition": {"actorRunId": run["id"]}}
        call("POST", "/v2/webhooks", 201, json=adhoc)
        call("GET", "/v2/webhooks", 200)
        call("GET", f"/v2/actors/{actor['id']}/webhooks", 200)
        call("GET", f"/v2/actor-tasks/{task['id']}/webhooks", 200)
        call("DELETE", path, 204)
    assert {dispatch["eventType"] for dispatch in dispatches} == {"ACTOR.RUN.SUCCEEDED", "TEST"}


_ACTOR_RUNS = "/v2/actors/acme~crawler/runs"
_STORE = "/v2/key-value-stores/~settings"
_JSON = {"Content-Type": "application/json"}


def _token(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


_REFUSALS: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "no token": ("GET /v2/users/me", {"headers": {"Authorization": ""}}, 401, "token-not-provided"),
    "unknown token": ("GET /v2/users/me", _token("x"), 401, "user-or-token-not-found"),
    "read token": (f"POST {_ACTOR_RUNS}", _token("read-token-of-acme"), 403, "insufficient-permissions"),
    "unknown Actor": ("GET /v2/actors/acme~nothing", {}, 404, "record-not-found"),
    "unknown Actor to run": ("POST /v2/actors/acme~nothing/runs", {}, 404, "record-not-found"),
    "unknown task": ("POST /v2/actor-tasks/nothing/runs", {}, 404, "record-not-found"),
    "unknown run": ("GET /v2/actor-runs/nothing", {}, 404, "record-not-found"),
    "unknown dataset": ("GET /v2/datasets/nothing/items", {}, 404, "record-not-found"),
    "unknown store": ("GET /v2/key-value-stores/nothing", {}, 404, "record-not-found"),
    "unknown record": (f"GET {_STORE}/records/no", {}, 404, "record-not-found"),
    "unknown build tag": (f"POST {_ACTOR_RUNS}", {"params": {"build": "no"}}, 404, "unknown-build-tag"),
    "unknown build number": (f"POST {_ACTOR_RUNS}", {"params": {"build": "9.9.9"}}, 404, "build-not-found"),
    "unknown webhook": ("DELETE /v2/webhooks/nothing", {}, 404, "record-not-found"),
    "input that is no JSON": (
        f"POST {_ACTOR_RUNS}",
        {"content": b"{", "headers": _JSON},
        400,
        "run-input-body-not-valid-json",
    ),
    "input that is no object": (f"POST {_ACTOR_RUNS}", {"json": [1]}, 400, "input-json-not-object"),
    "input against the schema": (f"POST {_ACTOR_RUNS}", {"json": {"mode": 5}}, 400, "invalid-input"),
    "memory": (f"POST {_ACTOR_RUNS}", {"params": {"memory": 100}}, 400, "invalid-value"),
    "charge": (
        f"POST {_ACTOR_RUNS}",
        {"params": {"maxTotalChargeUsd": 0.1}},
        400,
        "max-total-charge-usd-below-minimum",
    ),
    "no time": ("GET /v2/actor-runs", {"params": {"startedAfter": "soon"}}, 400, "invalid-value"),
    "webhook without events": ("POST /v2/webhooks", {"json": {}}, 400, "invalid-input"),
    "record key": (f"PUT {_STORE}/records/a b", {"json": {}}, 400, "invalid-record-key"),
    "method": ("DELETE /v2/users/me", {}, 405, "method-not-allowed"),
    "too large a body": (f"POST {_ACTOR_RUNS}", {"content": b"x" * 9_437_185}, 413, "request-too-large"),
    "encoding": (
        f"POST {_ACTOR_RUNS}",
        {"content": b"x", "headers": {"Content-Encoding": "bla"}},
        415,
        "unsupported-content-encoding",
    ),
}


@pytest.mark.parametrize(("line", "options", "status", "error_type"), _REFUSALS.values(), ids=_REFUSALS)
def test_refusals(
    contract: ApifyContract, line: str, options: dict[str, Any], status: int, error_type: str
) -> None:
    """Apify's no has a documented status, body and type."""
    method, path = line.split(" ", 1)
    scene = Scene(contract)
    try:
        with httpx.Client(base_url=scene.emulator.url, **_token(TOKEN)) as client:
            response = client.request(method, path, **options)
    finally:
        scene.close()

    assert (response.status_code, response.json()["error"]["type"]) == (status, error_type)
    if error_type != "method-not-allowed":  # the document knows 405 only for methods that it has
        contract.check(response)


def test_limits_are_documented_refusals(scene: Scene) -> None:
    """Too many webhooks, too many runs and too many requests are answered as documented."""
    call = scene.call
    actor = call("GET", "/v2/actors/acme~crawler", 200)["data"]["id"]
    body = {"eventTypes": ["TEST"], "condition": {"actorId": actor}, "requestUrl": "https://hooks.example"}
    for _ in range(2):
        call("POST", "/v2/webhooks", 201, json=body)
    assert call("POST", "/v2/webhooks", 400, json=body)["error"]["type"] == "too-many-webhooks"
    for _ in range(5):
        scene.run(json={"mode": "long"})
    refused = call("POST", "/v2/actors/acme~crawler/runs", 400)
    assert refused["error"]["type"] == "concurrent-runs-limit-exceeded"
    scene.emulator.faults.add(AnswerWith(status=429, error_type="rate-limit-exceeded"), path="/v2/users/me")
    call("GET", "/v2/users/me", 429)


def test_paths_of_both_spellings_are_the_same(scene: Scene) -> None:
    """`/v2/acts` and `/v2/actors` are two names of one thing."""
    both: list[Callable[[], Any]] = [
        lambda: scene.call("GET", "/v2/actors/acme~crawler", 200),
        lambda: scene.call("GET", "/v2/acts/acme~crawler", 200),
    ]

    assert both[0]() == both[1]()
