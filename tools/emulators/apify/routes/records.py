"""Endpoints of records in key-value stores, and the signed URLs that large ones are fetched from.

A signed URL leads to the storage behind Apify: it is its own credential, and refuses a second one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta
from urllib.parse import quote

from emulators.apify.identity import apify_time
from emulators.apify.routing import Answer, Call, Routes, json_answer
from emulators.apify.state import Store
from emulators.apify.storages import record_of
from emulators.apify.world import Record

_SIGNED_FOR = timedelta(hours=1)
_HEAD = re.compile(rb"<head[^>]*>", re.IGNORECASE)
_ADDED_TO_HTML = b'<meta name="robots" content="noindex">'


def register(routes: Routes) -> None:
    routes.add("GET", "/v2/key-value-stores/{storeId}/records/{recordKey}", _get)
    routes.add("PUT", "/v2/key-value-stores/{storeId}/records/{recordKey}", _put)
    routes.add("POST", "/v2/key-value-stores/{storeId}/records/{recordKey}", _put)
    routes.add("DELETE", "/v2/key-value-stores/{storeId}/records/{recordKey}", _delete)
    routes.add("GET", "/v2/actor-runs/{runId}/key-value-store/records/{recordKey}", _get_of_run)
    routes.add("GET", "/signed-records/{storeId}/{recordKey}", _get_signed)


def _get(call: Call) -> Answer:
    return _record_answer(call, call.machine.storages.store(call.params["storeId"], call.caller))


def _get_of_run(call: Call) -> Answer:
    return _record_answer(call, call.machine.runs.find(call.params["runId"], call.caller).store)


def _record_answer(call: Call, store: Store) -> Answer:
    key = call.params["recordKey"]
    record = record_of(store, key)
    if len(record.body) >= call.machine.world.redirect_from_bytes:
        return Answer(status=302, headers={"Location": _signed_url(call, store, key)})
    if call.flag("attachment"):
        disposition = f"attachment; filename*=UTF-8''{quote(key)}"
        return _raw(record, {"Content-Disposition": disposition})
    if record.content_type.split(";")[0].strip().lower() == "text/html":
        record = Record(content_type=record.content_type, body=_made_harmless(record.body))
    return _raw(record, {})


def _put(call: Call) -> Answer:
    store = call.machine.storages.store(call.params["storeId"], call.caller)
    key = call.params["recordKey"]
    content_type = call.request.headers.get("content-type", "application/octet-stream")
    call.machine.storages.put_record(store, key, Record(content_type=content_type, body=call.request.body))
    location = f"{call.request.base_url}/v2/key-value-stores/{store.id}/records/{quote(key)}"
    return json_answer({}, 201, Location=location)


def _delete(call: Call) -> Answer:
    store = call.machine.storages.store(call.params["storeId"], call.caller)
    call.machine.storages.delete_record(store, call.params["recordKey"])
    return Answer(status=204)


def _get_signed(call: Call) -> Answer:
    request = call.request
    if "authorization" in request.headers:
        return _storage_error(400, "InvalidArgument", "Only one auth mechanism allowed")
    store = call.machine.storages.store_by_id(call.params["storeId"])
    expires = request.query.get("X-Expires", "")
    expected = _signature(call, call.params["storeId"], call.params["recordKey"], expires)
    if store is None or not hmac.compare_digest(expected, request.query.get("X-Signature", "")):
        return _storage_error(403, "SignatureDoesNotMatch", "The request signature does not match")
    if apify_time(call.machine.now) > expires:
        return _storage_error(403, "AccessDenied", "Request has expired")
    return _raw(record_of(store, call.params["recordKey"]), {})


def _raw(record: Record, headers: dict[str, str]) -> Answer:
    return Answer(status=200, body=record.body, content_type=record.content_type, headers=headers)


def _made_harmless(html: bytes) -> bytes:
    """Return the HTML with a small change, as Apify makes for security's sake."""
    head = _HEAD.search(html)
    at = head.end() if head else 0
    return html[:at] + _ADDED_TO_HTML + html[at:]


def _signed_url(call: Call, store: Store, key: str) -> str:
    expires = apify_time(call.machine.now + _SIGNED_FOR)
    signature = _signature(call, store.id, key, expires)
    path = f"/signed-records/{store.id}/{quote(key, safe='')}"
    return f"{call.request.base_url}{path}?X-Expires={quote(expires)}&X-Signature={signature}"


def _signature(call: Call, store_id: str, key: str, expires: str) -> str:
    text = f"{store_id}\n{key}\n{expires}"
    return hmac.new(call.machine.world.seed.encode(), text.encode(), hashlib.sha256).hexdigest()


def _storage_error(status: int, code: str, message: str) -> Answer:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return Answer(status=status, body=body.encode(), content_type="application/xml")
