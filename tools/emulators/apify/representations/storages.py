"""How datasets and key-value stores look on the wire, apart from what is in them."""

from __future__ import annotations

from typing import Any

from emulators.apify.identity import apify_time
from emulators.apify.state import Dataset, Store

_CONSOLE = "https://console.apify.com/storage"


def dataset_json(dataset: Dataset, base_url: str) -> dict[str, Any]:
    """Return the Dataset object."""
    fields = list(dict.fromkeys(key for item in dataset.items if isinstance(item, dict) for key in item))
    return {
        "id": dataset.id,
        "name": dataset.name,
        "userId": dataset.user.id,
        "createdAt": apify_time(dataset.created_at),
        "modifiedAt": apify_time(dataset.modified_at),
        "accessedAt": apify_time(dataset.modified_at),
        "itemCount": len(dataset.items),
        "cleanItemCount": sum(1 for item in dataset.items if item),
        "actId": dataset.actor_id,
        "actRunId": dataset.run_id,
        "fields": fields,
        "schema": None,
        "consoleUrl": f"{_CONSOLE}/datasets/{dataset.id}",
        "itemsPublicUrl": f"{base_url}/v2/datasets/{dataset.id}/items",
        "generalAccess": "FOLLOW_USER_SETTING",
        "stats": {"readCount": 0, "writeCount": len(dataset.items), "storageBytes": 0},
    }


def store_json(store: Store, base_url: str) -> dict[str, Any]:
    """Return the KeyValueStore object."""
    return {
        "id": store.id,
        "name": store.name,
        "userId": store.user.id,
        "username": store.user.username,
        "createdAt": apify_time(store.created_at),
        "modifiedAt": apify_time(store.modified_at),
        "accessedAt": apify_time(store.modified_at),
        "actId": store.actor_id,
        "actRunId": store.run_id,
        "consoleUrl": f"{_CONSOLE}/key-value-stores/{store.id}",
        "keysPublicUrl": f"{base_url}/v2/key-value-stores/{store.id}/keys",
        "recordsPublicUrl": f"{base_url}/v2/key-value-stores/{store.id}/records",
        "schema": None,
        "generalAccess": "FOLLOW_USER_SETTING",
        "stats": {"readCount": 0, "writeCount": len(store.records), "storageBytes": _size(store)},
    }


def _size(store: Store) -> int:
    return sum(len(record.body) for record in store.records.values())
