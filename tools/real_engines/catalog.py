"""Serves beside a real engine the searches that need a secondary storage; all else goes to the engine's REST.

It answers from the engine's own records (real keys, versions and XML), in the shapes of 8.8. For an engine
without REST it tells the topology too, and the rest is 404, as it is at a gateway that lacks an endpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from emulators.loopback_http import BodyTooLarge, Exchange, LoopbackServer, MalformedBody

from .camunda_in_memory import ENGINE
from .history import History
from .projection import Rows
from .real_engine import RealEngine
from .rows import Begun, Correlated, Definition, Instance

_BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_PAGE: Final = 100
_FORWARD_TIMEOUT_S: Final = 90.0
_TOPOLOGY: Final = {
    "brokers": [],
    "clusterSize": 1,
    "partitionsCount": 1,
    "replicationFactor": 1,
    "gatewayVersion": ENGINE.version,
}
"""That of the engine in memory, the only one without REST."""
_MAX_BODY_BYTES: Final = 16 * 1024 * 1024
_HOPS: Final = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "host"})


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: bytes = b""
    content_type: str = "application/json"


class Catalog(LoopbackServer):
    """A REST server beside an engine; a context manager."""

    def __init__(self, engine: RealEngine) -> None:
        """Prepare to listen on a free port."""
        # A request that was passed on may take long; stopping does not wait for its answer.
        super().__init__(partial(_Exchange, engine), name="catalog", waits_for_exchanges=False)


class _Exchange(Exchange):
    """Answers what the catalogue knows, and passes on everything else."""

    def __init__(self, engine: RealEngine, *connection: Any) -> None:
        self._engine = engine
        super().__init__(*connection)

    def serve(self) -> None:
        try:
            body = self.read_body(_MAX_BODY_BYTES)
        except (BodyTooLarge, MalformedBody) as unreadable:
            answer = _problem(400, "Bad Request", str(unreadable))
        else:
            answer = self._answer(body)
        self.write(answer.status, {"Content-Type": answer.content_type}, answer.content)

    def _answer(self, body: bytes) -> _Answer:
        own = _own_answer(self._engine.history, self.command, self.path, body)
        if own is not None:
            return own
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
        answer = _passed_on(self._engine.rest_address, self.command, self.path, body, headers)
        if self.path == "/v2/jobs/activation" and answer.status == 200:
            return _Answer(200, _as_since_8_7(answer.content))
        return answer


def _passed_on(rest: str | None, method: str, path: str, body: bytes, headers: dict[str, str]) -> _Answer:
    if rest is None and (method, path) == ("GET", "/v2/topology"):
        return _json(200, _TOPOLOGY)
    if rest is None:
        return _problem(404, "Not Found", f"{path} is not served beside an engine without REST.")
    connection = HTTPConnection(urlsplit(rest).netloc, timeout=_FORWARD_TIMEOUT_S)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        return _Answer(answer.status, content, answer.getheader("Content-Type") or "application/json")
    except (OSError, HTTPException) as error:
        return _problem(503, "UNAVAILABLE", f"The engine did not answer: {error}")
    finally:
        connection.close()


def _as_since_8_7(content: bytes) -> bytes:
    """Return activated jobs with their key under the name that it has had since Camunda 8.7."""
    jobs = json.loads(content)["jobs"]
    named = [{"jobKey" if name == "key" else name: value for name, value in job.items()} for job in jobs]
    return json.dumps({"jobs": named}).encode()


def _own_answer(history: History, method: str, path: str, body: bytes) -> _Answer | None:
    """Return the answer of a question that we answer, or None."""
    if method == "POST" and path in _SEARCHES:
        try:
            return _page(history.ask(lambda rows: _SEARCHES[path](rows, _filter(body))), body)
        except KeyError as unknown:
            said = f"Request property [filter.{unknown.args[0]}] cannot be parsed"
            return _problem(400, "Bad Request", said)
    found = re.fullmatch(r"/v2/process-definitions/(\d+)(/xml)?", path)
    if method != "GET" or found is None:
        return None
    key = int(found[1])
    definition = history.ask(lambda rows: rows.definitions.get(key))
    if definition is None:
        return _problem(404, "NOT_FOUND", f"Process Definition with key '{key}' not found")
    if found[2]:
        return _Answer(200, definition.xml.encode(), "text/xml")
    return _json(200, _definition_item(definition))


def _filter(body: bytes) -> dict[str, Any]:
    """Return what is searched for."""
    return dict(json.loads(body or b"{}").get("filter") or {})


def _definitions(rows: Rows, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    newest: dict[tuple[str, str], Definition] = {}
    for each in rows.definitions.values():
        place = (each.process_id, each.tenant_id)
        if place not in newest or newest[place].version < each.version:
            newest[place] = each
    chosen = newest.values() if wanted.pop("isLatestVersion", False) else rows.definitions.values()
    ordered = sorted(chosen, key=lambda each: (each.process_id, each.tenant_id, -each.version))
    return [item for item in map(_definition_item, ordered) if _fits(item, wanted)]


def _instances(rows: Rows, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    tags = set(wanted.pop("tags", ()))
    found = [each for each in rows.instances.values() if tags <= set(each.tags)]
    return [item for item in map(_instance_item, found) if _fits(item, wanted)]


def _correlations(rows: Rows, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    since_ms = _since_ms(wanted.pop("correlationTime", None))
    found = [each for each in rows.correlated if each.at_ms >= since_ms]
    return [item for item in map(_correlation_item, found) if _fits(item, wanted)]


def _begun(rows: Rows, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    since_ms = _since_ms(wanted.pop("startDate", None))
    found = [each for each in rows.begun if each.at_ms >= since_ms]
    return [item for item in map(_element_item, found) if _fits(item, wanted)]


def _since_ms(condition: dict[str, str] | None) -> float:
    """Return the moment from which on something counts, in milliseconds since 1970."""
    since = (condition or {}).get("$gte", "1970-01-01T00:00Z")
    return datetime.fromisoformat(since).timestamp() * 1000


_SEARCHES: Final[dict[str, Callable[[Rows, dict[str, Any]], list[dict[str, Any]]]]] = {
    "/v2/process-definitions/search": _definitions,
    "/v2/process-instances/search": _instances,
    "/v2/element-instances/search": _begun,
    "/v2/correlated-message-subscriptions/search": _correlations,
}


def _fits(item: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say whether an item has each value that is wanted.

    Raises:
        KeyError: Something is wanted that the item does not have.
    """
    return all(str(item[name]) == str(value) for name, value in wanted.items())


def _definition_item(definition: Definition) -> dict[str, Any]:
    return {
        "processDefinitionKey": str(definition.key),
        "processDefinitionId": definition.process_id,
        "name": _name_of(definition),
        "resourceName": definition.resource_name,
        "version": definition.version,
        "versionTag": None,
        "tenantId": definition.tenant_id,
        "hasStartForm": False,
    }


def _name_of(definition: Definition) -> str | None:
    processes = ET.fromstring(definition.xml).iter(f"{_BPMN}process")
    return next((each.get("name") for each in processes if each.get("id") == definition.process_id), None)


def _instance_item(instance: Instance) -> dict[str, Any]:
    return {
        "processInstanceKey": str(instance.key),
        "processDefinitionId": instance.process_id,
        "processDefinitionVersion": instance.version,
        "processDefinitionKey": str(instance.definition_key),
        "state": instance.state,
        "tenantId": instance.tenant_id,
        "tags": list(instance.tags),
    }


def _correlation_item(correlated: Correlated) -> dict[str, Any]:
    return {
        "messageKey": str(correlated.message_key),
        "messageName": correlated.message_name,
        "correlationKey": correlated.correlation_key,
        "processInstanceKey": str(correlated.instance_key),
        "correlationTime": _moment(correlated.at_ms),
        "tenantId": correlated.tenant_id,
    }


def _element_item(begun: Begun) -> dict[str, Any]:
    return {
        "elementInstanceKey": str(begun.key),
        "elementId": begun.element_id,
        "type": begun.type,
        "processInstanceKey": str(begun.instance_key),
        "processDefinitionKey": str(begun.definition_key),
        "processDefinitionId": begun.process_id,
        "startDate": _moment(begun.at_ms),
        "tenantId": begun.tenant_id,
    }


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


def _page(items: Sequence[dict[str, Any]], body: bytes) -> _Answer:
    """Return a page of a search; the cursor is the number of items before the next page."""
    page = json.loads(body or b"{}").get("page") or {}
    first = int(page.get("after") or 0)
    shown = items[first : first + int(page.get("limit") or _PAGE)]
    cursor = str(first + len(shown)) if shown else None
    about = {"totalItems": len(items), "hasMoreTotalItems": False, "startCursor": None, "endCursor": cursor}
    return _json(200, {"items": list(shown), "page": about})


def _json(status: int, document: Any) -> _Answer:
    return _Answer(status, json.dumps(document).encode())


def _problem(status: int, title: str, detail: str) -> _Answer:
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return _Answer(status, json.dumps(content).encode(), "application/problem+json")
