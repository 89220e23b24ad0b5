"""Says what the expressions of an inbound element see of a delivery, and what its result variable holds."""

from __future__ import annotations

from apify_camunda.json_types import Json, JsonObject
from apify_camunda.webhooks.events import ReceivedEvent

_RUN_FIELDS = {
    "runId": "id",
    "status": "status",
    "actorId": "actId",
    "taskId": "actorTaskId",
    "defaultDatasetId": "defaultDatasetId",
    "defaultKeyValueStoreId": "defaultKeyValueStoreId",
}
_EVENT_FIELDS = ("eventType", "userId", "createdAt")
_OBJECT_FIELDS = ("resource", "eventData")


def delivery_context(received: ReceivedEvent) -> JsonObject:
    """Return `{request, connectorData, documents}` of a delivery."""
    return {
        "request": {
            "body": received.body,
            "headers": dict(received.headers),
            "params": dict(received.params),
        },
        "connectorData": connector_data(received.body),
        "documents": [],
    }


def connector_data(body: JsonObject) -> JsonObject:
    """Return the fields that the templates' documentation promises; what is absent or null is left out."""
    resource = body.get("resource")
    run: JsonObject = resource if isinstance(resource, dict) else {}
    fields: JsonObject = {name: body.get(name) for name in _EVENT_FIELDS}
    fields |= {name: _text(run.get(source)) for name, source in _RUN_FIELDS.items()}
    fields |= {name: body.get(name) or None for name in _OBJECT_FIELDS}
    return {name: value for name, value in fields.items() if value is not None}


def _text(value: Json) -> str | None:
    """Return a scalar as text, or None where it is absent, null or no scalar."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return None
