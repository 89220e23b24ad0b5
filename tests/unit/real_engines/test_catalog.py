"""The searches beside a real engine: answered from its records, everything else passed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from real_engines import Catalog, History

from tests.unit.real_engines.records import INSTANCE, deployed, element, subscription


@dataclass
class NoEngine:
    """An engine of records alone."""

    history: History = field(default_factory=History)
    rest_address: str | None = None
    name: str = "none"
    grpc_address: str = ""

    def pass_time(self, by: timedelta) -> None: ...

    def settle(self) -> None: ...


@pytest.fixture
def engine() -> NoEngine:
    return NoEngine()


@pytest.fixture
def client(engine: NoEngine) -> Iterator[httpx.Client]:
    with Catalog(engine) as catalog, httpx.Client(base_url=f"{catalog.address}/v2") as client:
        yield client


def items(client: httpx.Client, path: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.post(f"{path}/search", json=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_newest_versions_are_found_page_by_page(engine: NoEngine, client: httpx.Client) -> None:
    """Of each process the newest version comes; following the cursor ends with an empty page."""
    for key, process_id, version in ((1, "a", 1), (2, "b", 1), (3, "a", 2), (4, "c", 1)):
        engine.history.take(deployed(key, process_id, version))
    found: list[str] = []
    page: dict[str, Any] = {"limit": 2}
    while True:
        asked = {"filter": {"isLatestVersion": True}, "page": page}
        answer = client.post("/process-definitions/search", json=asked).json()
        if not answer["items"]:
            assert answer["page"]["endCursor"] is None
            break
        found += [each["processDefinitionKey"] for each in answer["items"]]
        page = {"limit": 2, "after": answer["page"]["endCursor"]}
    assert found == ["3", "2", "4"]


def test_definition_and_xml_are_found_by_key(engine: NoEngine, client: httpx.Client) -> None:
    """A definition has its name from the XML; an unknown key is NOT_FOUND."""
    engine.history.take(deployed(11))
    assert client.get("/process-definitions/11").json()["name"] == "The orders"
    xml = client.get("/process-definitions/11/xml")
    assert (xml.headers["content-type"], 'id="orders"' in xml.text) == ("text/xml", True)
    missing = client.get("/process-definitions/12/xml")
    assert (missing.status_code, missing.json()["title"]) == (404, "NOT_FOUND")


def test_what_8_8_does_not_know_is_refused(engine: NoEngine, client: httpx.Client) -> None:
    """A filter property that the shape does not have is 400 and named, as by a gateway."""
    engine.history.take(deployed())
    refused = client.post("/process-definitions/search", json={"filter": {"state": "ACTIVE"}})
    assert (refused.status_code, "[filter.state]" in refused.json()["detail"]) == (400, True)


def test_instances_are_found_by_tag_and_state(engine: NoEngine, client: httpx.Client) -> None:
    """Every tag asked for must be there."""
    engine.history.take(element("ACTIVATING", tags=["event:1", "other"]))
    for wanted, count in (
        ({"tags": ["event:1"]}, 1),
        ({"tags": ["event:2"]}, 0),
        ({"state": "COMPLETED"}, 0),
    ):
        found = items(client, "/process-instances", filter=wanted)
        assert [each["processInstanceKey"] for each in found] == [str(INSTANCE)] * count


def test_correlated_messages_are_found_since_a_time(engine: NoEngine, client: httpx.Client) -> None:
    """A message counts from the millisecond in which it was correlated."""
    engine.history.take(subscription("CORRELATED"))
    for since, count in (("2026-01-01T00:00:00.000+00:00", 1), ("2026-01-01T00:00:00.001+00:00", 0)):
        wanted = {"messageName": "finished", "correlationKey": "7", "correlationTime": {"$gte": since}}
        assert len(items(client, "/correlated-message-subscriptions", filter=wanted)) == count


def test_without_rest_the_rest_is_not_there(client: httpx.Client) -> None:
    """The 404 is that of a missing endpoint, not the engine's NOT_FOUND."""
    answer = client.post("/jobs/activation", json={})
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")


class _Gateway(BaseHTTPRequestHandler):
    """Answers as 8.6 does: activated jobs with their `key`; anything else with what it was asked."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        is_jobs = self.path == "/v2/jobs/activation"
        content = b'{"jobs":[{"key":5,"type":"work"}]}' if is_jobs else asked
        self.send_response(200 if is_jobs else 409)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None: ...  # noqa: A002 - the base class's name


@pytest.fixture
def gateway(engine: NoEngine) -> Iterator[None]:
    with HTTPServer(("127.0.0.1", 0), _Gateway) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        engine.rest_address = f"http://127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()
        serving.join()


@pytest.mark.usefixtures("gateway")
def test_commands_go_to_the_engine_and_back(client: httpx.Client) -> None:
    """Status and body are the engine's, but for the name that jobs' keys have had since 8.7."""
    passed = client.post("/messages/publication", json={"name": "m"})
    assert (passed.status_code, passed.json()) == (409, {"name": "m"})
    assert client.post("/jobs/activation", json={}).json() == {"jobs": [{"jobKey": 5, "type": "work"}]}
