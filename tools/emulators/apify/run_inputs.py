"""What a run is given as its input: the body of the request, over what its task has saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulators.apify import rejections
from emulators.apify.json_text import parsed
from emulators.apify.rejections import Rejection
from emulators.apify.runs import RunInput
from emulators.apify.world import Record, Task

_JSON = "application/json; charset=utf-8"
NO_INPUT = RunInput(value=None, record=None)


def json_input(value: Mapping[str, Any]) -> RunInput:
    """Return the input that a JSON object is."""
    return RunInput(value=dict(value), record=Record(content_type=_JSON, body=json.dumps(value).encode()))


def read_input(body: bytes, content_type: str | None) -> RunInput:
    """Return the input that a request's body is; a body that is not JSON is kept as it comes.

    Raises:
        Rejection: It says that it is JSON, and is not a JSON object.
    """
    if not body:
        return NO_INPUT
    if (content_type or "").split(";")[0].strip().lower() != "application/json":
        return RunInput(
            value=None, record=Record(content_type=content_type or "application/octet-stream", body=body)
        )
    try:
        value = parsed(body)
    except ValueError as error:
        message = f"The input JSON could not be parsed: {error}"
        raise Rejection(400, "run-input-body-not-valid-json", message) from error
    if not isinstance(value, dict):
        raise Rejection(400, "input-json-not-object", "The input JSON must be an object.")
    return json_input(value)


def input_of_task(task: Task, given: RunInput) -> RunInput:
    """Return the task's saved input with what the request gives over it.

    Raises:
        Rejection: The request gives something that is not JSON, which cannot go over an object.
    """
    if given.record is not None and given.value is None:
        raise rejections.invalid_input("The input of an Actor task must be JSON.")
    return json_input({**task.input, **(given.value or {})})
