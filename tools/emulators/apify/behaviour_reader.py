"""Reads the parts of a world file that say how runs go and what they leave behind."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Any

from emulators.apify.json_text import written
from emulators.apify.world import Behaviour, EndStatus, ItemsTemplate, Record, RecordTemplate, When
from emulators.apify.world_reader import ObjectReader, wrong

_ENDS: tuple[EndStatus, ...] = ("SUCCEEDED", "FAILED", "TIMED-OUT", "ABORTED")
_JSON = "application/json; charset=utf-8"


def read_behaviours(reader: ObjectReader, key: str) -> tuple[Behaviour, ...]:
    """Return the behaviours in the list under the key; none if there is no list.

    Raises:
        WorldError: One of them says something impossible.
    """
    return tuple(_behaviour(child) for child in reader.children(key))


def read_record(records: ObjectReader, key: str) -> Record:
    """Return the record under the key, as it is stored.

    Raises:
        WorldError: It says something impossible.
    """
    template = _record_template(records, key)
    body = template.body if template.body is not None else written(template.value)
    return Record(content_type=template.content_type, body=body)


def _behaviour(reader: ObjectReader) -> Behaviour:
    records = reader.child("records")
    behaviour = Behaviour(
        duration=timedelta(seconds=reader.number("durationSeconds", Behaviour.duration.total_seconds())),
        ends=reader.choice("ends", _ENDS, "SUCCEEDED"),
        exit_code=reader.optional_integer("exitCode"),
        status_message=reader.optional_text("statusMessage"),
        items=_items(reader),
        records={key: _record_template(records, key) for key in reader.mapping("records")},
        log=tuple(str(line) for line in reader.array("log")),
        when=_when(reader.child("when")),
        times=reader.optional_integer("times"),
    )
    reader.close()
    return behaviour


def _when(reader: ObjectReader) -> When:
    when = When(input=reader.mapping("input"), build=reader.optional_text("build"))
    reader.close()
    return when


def _items(reader: ObjectReader) -> tuple[Any, ...] | ItemsTemplate:
    if not isinstance(reader.raw("items"), dict):
        return tuple(reader.array("items"))
    child = reader.child("items")
    count = child.raw("count")
    if count is not None and not isinstance(count, int | str):
        raise wrong(child.at("count"), count, "a whole number or a variable")
    items = ItemsTemplate(
        template=child.raw("template"),
        count=1 if count is None else count,
        for_each=child.optional_text("forEach"),
    )
    child.close()
    return items


def _record_template(records: ObjectReader, key: str) -> RecordTemplate:
    reader = records.child(key)
    given = [kind for kind in ("value", "text", "base64", "sizeBytes") if reader.has(kind)]
    if len(given) != 1:
        raise wrong(records.at(key), records.raw(key), "exactly one of value, text, base64, sizeBytes")
    kind = given[0]
    default_type = {"value": _JSON, "text": "text/plain; charset=utf-8"}.get(kind, "application/octet-stream")
    content_type = reader.text("contentType", default_type)
    value = reader.raw(kind)
    size = reader.integer("sizeBytes", 0)
    reader.close()
    if kind == "value":
        return RecordTemplate(content_type=content_type, value=value)
    if kind == "sizeBytes":
        return RecordTemplate(content_type=content_type, body=b"apify " * (size // 6) + b"." * (size % 6))
    if not isinstance(value, str):
        raise wrong(reader.at(kind), value, "a text")
    if kind == "text":
        return RecordTemplate(content_type=content_type, body=value.encode(errors="replace"))
    try:
        return RecordTemplate(content_type=content_type, body=base64.b64decode(value, validate=True))
    except binascii.Error:
        raise wrong(reader.at(kind), value, "Base64") from None
