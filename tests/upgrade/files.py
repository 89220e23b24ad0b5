"""The files of a recording: rows as DynamoDB holds them, messages as SQS does, webhooks as Apify does."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from apify_camunda.apify.model import Webhook
from apify_camunda.identifiers import RunId, WebhookId

from tests.fakes.apify import FakeWorld

_APIFY = ("runs", "inputs", "webhook_headers", "webhook_templates", "webhook_keys", "datasets")


@dataclass(frozen=True)
class Recording:
    """What a release left behind.

    Attributes:
        recorded_at: The time by which it was written.
        tables: The items of each table.
        queue: The bodies of the parked events.
        apify: What Apify knows: runs and our webhooks.
    """

    recorded_at: datetime
    tables: dict[str, list[dict[str, Any]]]
    queue: list[str]
    apify: FakeWorld


def write(folder: Path, recording: Recording) -> None:
    """Write the files of a recording."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, items in recording.tables.items():
        ordered = sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
        _dump(folder / f"{table}.json", [_with_text(item) for item in ordered])
    _dump(folder / "queue.json", [json.loads(body) for body in recording.queue])
    known = {name: getattr(recording.apify, name) for name in _APIFY}
    webhooks = [asdict(each) for each in recording.apify.webhooks.values()]
    _dump(folder / "apify.json", {"webhooks": webhooks, **known})
    _dump(folder / "recorded_at.json", recording.recorded_at.isoformat())


def read(folder: Path) -> dict[str, Any]:
    """Return the content of each file by its name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


def items_in(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items of a table as boto3 takes them."""
    return [{name: _with_bytes(value) for name, value in row.items()} for row in rows]


def restore_apify(world: FakeWorld, known: dict[str, Any]) -> None:
    """Let Apify know again what it knew."""
    for each in known["webhooks"]:
        moment = each["modified_at"]
        changes = {
            "modified_at": datetime.fromisoformat(moment) if moment else None,
            "event_types": tuple(each["event_types"]),
        }
        world.webhooks[WebhookId(each["id"])] = Webhook(**{**each, **changes})
    world.runs |= {RunId(run): value for run, value in known["runs"].items()}
    world.inputs |= {RunId(run): value for run, value in known["inputs"].items()}
    world.webhook_headers |= known["webhook_headers"]
    world.webhook_templates |= {hook: tuple(both) for hook, both in known["webhook_templates"].items()}
    world.webhook_keys |= known["webhook_keys"]
    world.datasets |= known["datasets"]


def _dump(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, default=str) + "\n", encoding="utf-8")


def _with_text(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in item.items()
    }


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(value["B"])} if "B" in value else value
