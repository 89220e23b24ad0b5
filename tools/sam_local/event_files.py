"""Keeps the files of `events/` in step with the set-up: paths, signatures and ids of what it holds.

`python -m sam_local record` writes them again after a change of how paths or ids are made.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SIGNATURE = "x-apify-camunda-signature"


@dataclass(frozen=True, slots=True)
class RecordedIds:
    """What the events name of the set-up.

    Attributes:
        registration: The registration whose webhook delivers.
        context: The webhook id of the element that is called by hand.
        attempt: The attempt whose job waits.
        run_id: The run that it waits for.
        key: The key that signs paths: `{"id": ..., "secret": ...}`.
    """

    registration: str
    context: str
    attempt: str
    run_id: str
    key: Mapping[str, str]


def rewritten(event: Mapping[str, Any], ids: RecordedIds) -> dict[str, Any]:
    """Return the event with these ids, signed where it was signed."""
    if "Records" in event:
        return {**event, "Records": [_record(record, ids) for record in event["Records"]]}
    if "routeKey" not in event:
        return dict(event)
    name, value = _parameter(event["routeKey"], ids)
    path = event["routeKey"].removeprefix("POST ").replace(f"{{{name}}}", value)
    context = event["requestContext"]
    headers = dict(event["headers"])
    if _SIGNATURE in headers:
        headers[_SIGNATURE] = signature(path, ids.key)
    body = _body(event)
    if name == "attempt":
        body = _of_run(body, ids.run_id)
    text = json.dumps(body)
    headers["content-length"] = str(len(text))
    return {
        **event,
        "rawPath": path,
        "headers": headers,
        "requestContext": {**context, "http": {**context["http"], "path": path}},
        "pathParameters": {name: value},
        "body": base64.b64encode(text.encode()).decode() if event["isBase64Encoded"] else text,
    }


def signature(path: str, key: Mapping[str, str]) -> str:
    """Return what signs a path with a key."""
    return f"{key['id']}.{hmac.new(key['secret'].encode(), path.encode(), hashlib.sha256).hexdigest()}"


def write(folder: Path, ids: RecordedIds) -> None:
    """Write every event of the folder again."""
    for path in sorted(folder.glob("*.json")):
        event = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(rewritten(event, ids), indent=2) + "\n", encoding="utf-8")


def _parameter(route_key: str, ids: RecordedIds) -> tuple[str, str]:
    """Return the name and the value of the path's parameter."""
    match route_key:
        case "POST /apify/{registration}":
            return "registration", ids.registration
        case "POST /inbound/{context}":
            return "context", ids.context
        case "POST /runs/{attempt}":
            return "attempt", ids.attempt
        case _:
            raise ValueError(f"There is no route {route_key}.")


def _body(event: Mapping[str, Any]) -> Any:
    text = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
    return json.loads(text)


def _of_run(body: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    return {
        **body,
        "eventData": {**body["eventData"], "actorRunId": run_id},
        "resource": {**body["resource"], "id": run_id},
    }


def _record(record: Mapping[str, Any], ids: RecordedIds) -> dict[str, Any]:
    parked = {**json.loads(record["body"]), "route": f"apify/{ids.registration}"}
    text = json.dumps(parked, separators=(",", ":"), ensure_ascii=False)
    return {
        **record,
        "body": text,
        "md5OfBody": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
    }
