"""Endpoints of datasets and key-value stores, apart from records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emulators.apify import json_text, rejections
from emulators.apify.dataset_views import UNLIMITED, ItemsQuery, as_csv, as_json_lines, select
from emulators.apify.rejections import Rejection
from emulators.apify.representations.storages import dataset_json, store_json
from emulators.apify.routing import Answer, Call, Routes, data_answer, json_answer
from emulators.apify.state import Dataset, Store

_FORMATS = {"json": "application/json", "jsonl": "application/jsonl", "csv": "text/csv"}
_FORMATS_ELSEWHERE = ("html", "xlsx", "xml", "rss")
_MAX_KEYS = 1000


def register(routes: Routes) -> None:
    routes.add("GET", "/v2/datasets/{datasetId}", _get_dataset)
    routes.add("GET", "/v2/datasets/{datasetId}/items", _items)
    routes.add("POST", "/v2/datasets/{datasetId}/items", _push)
    routes.add("GET", "/v2/actor-runs/{runId}/dataset", _get_dataset_of_run)
    routes.add("GET", "/v2/actor-runs/{runId}/dataset/items", _items_of_run)
    routes.add("GET", "/v2/key-value-stores/{storeId}", _get_store)
    routes.add("GET", "/v2/key-value-stores/{storeId}/keys", _keys)
    routes.add("GET", "/v2/actor-runs/{runId}/key-value-store", _get_store_of_run)


def _dataset(call: Call) -> Dataset:
    return call.machine.storages.dataset(call.params["datasetId"], call.caller)


def _get_dataset(call: Call) -> Answer:
    return data_answer(dataset_json(_dataset(call), call.request.base_url))


def _get_dataset_of_run(call: Call) -> Answer:
    run = call.machine.runs.find(call.params["runId"], call.caller)
    return data_answer(dataset_json(run.dataset, call.request.base_url))


def _items(call: Call) -> Answer:
    return _items_answer(call, _dataset(call))


def _push(call: Call) -> Answer:
    dataset = _dataset(call)
    call.machine.storages.push_items(dataset, call.json_items())
    return json_answer({}, 201)


def _items_of_run(call: Call) -> Answer:
    return _items_answer(call, call.machine.runs.find(call.params["runId"], call.caller).dataset)


def _items_answer(call: Call, dataset: Dataset) -> Answer:
    query = _items_query(call)
    chosen = select(dataset.items, query)
    limit = UNLIMITED if query.limit is None else query.limit
    headers = {
        "X-Apify-Pagination-Offset": str(query.offset),
        "X-Apify-Pagination-Limit": str(limit),
        "X-Apify-Pagination-Count": str(len(chosen)),
        "X-Apify-Pagination-Total": str(len(dataset.items)),
    }
    written = call.text("format") or "json"
    if written in _FORMATS_ELSEWHERE:
        raise Rejection(501, "not-implemented", f"This emulator does not write the format {written}.")
    if written not in _FORMATS:
        raise rejections.invalid_value("format", written, f"must be one of {', '.join(_FORMATS)}")
    if call.flag("attachment"):
        headers["Content-Disposition"] = f'attachment; filename="dataset_{dataset.id}.{written}"'
    body = _written(chosen, written, call.text("delimiter") or ",")
    content_type = f"{_FORMATS[written]}; charset=utf-8"
    return Answer(status=200, body=body, content_type=content_type, headers=headers)


def _written(items: Sequence[Any], written: str, delimiter: str) -> bytes:
    match written:
        case "jsonl":
            return as_json_lines(items)
        case "csv":
            return as_csv(items, delimiter)
        case _:
            return json_text.written(items)


def _items_query(call: Call) -> ItemsQuery:
    clean = call.flag("clean")
    query = ItemsQuery(
        offset=call.integer("offset", 0),
        limit=call.optional_integer("limit"),
        desc=call.flag("desc"),
        fields=_names(call, "fields"),
        output_fields=_names(call, "outputFields"),
        omit=_names(call, "omit"),
        unwind=_names(call, "unwind"),
        skip_hidden=clean or call.flag("skipHidden"),
        skip_empty=clean or call.flag("skipEmpty"),
    )
    if query.output_fields and len(query.output_fields) != len(query.fields):
        given = ",".join(query.output_fields)
        raise rejections.invalid_value("outputFields", given, "must have as many names as fields")
    return query


def _names(call: Call, parameter: str) -> tuple[str, ...]:
    text = call.text(parameter)
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else ()


def _store(call: Call) -> Store:
    return call.machine.storages.store(call.params["storeId"], call.caller)


def _get_store(call: Call) -> Answer:
    return data_answer(store_json(_store(call), call.request.base_url))


def _get_store_of_run(call: Call) -> Answer:
    run = call.machine.runs.find(call.params["runId"], call.caller)
    return data_answer(store_json(run.store, call.request.base_url))


def _keys(call: Call) -> Answer:
    store = _store(call)
    limit = min(call.integer("limit", _MAX_KEYS) or _MAX_KEYS, _MAX_KEYS)
    start, prefix = call.text("exclusiveStartKey"), call.text("prefix") or ""
    keys = sorted(key for key in store.records if key.startswith(prefix) and (start is None or key > start))
    chosen = keys[:limit]
    truncated = len(keys) > len(chosen)
    records_url = f"{call.request.base_url}/v2/key-value-stores/{store.id}/records"
    return data_answer(
        {
            "items": [
                {"key": key, "size": len(store.records[key].body), "recordPublicUrl": f"{records_url}/{key}"}
                for key in chosen
            ],
            "count": len(chosen),
            "limit": limit,
            "exclusiveStartKey": start,
            "isTruncated": truncated,
            "nextExclusiveStartKey": chosen[-1] if truncated else None,
        }
    )
