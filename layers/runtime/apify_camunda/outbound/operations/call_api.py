"""Calls any endpoint of Apify's API that no other operation calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from apify_camunda.apify.model import LARGE_BYTES, ApiAnswer, ApiCall
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ErrorCode
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.lenient import LenientText
from apify_camunda.outbound.operations.model import NOT_EMPTY, ActOperation, Violation, text_or_none

_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
_REPEATABLE: Final = ("GET", "HEAD")
_JSON: Final = "application/json; charset=utf-8"
_ADDRESS: Final = re.compile(r"^[a-z][a-z0-9+.-]*:|^//", re.IGNORECASE)
"""Another host, or something that a client could take for one."""


class CallApi(ActOperation):
    """Call Apify's API: any path below `/v2/`, always on the host that this deployment is set up for.

    Attributes:
        method: None: GET.
        path: For example `actor-runs/HG7ML7M8z78YcAPEB/log`; a leading `/v2/` is the same.
        query: An object of parameters, or a text that holds one as JSON.
        body: A text is sent as it is; anything else as JSON.
        content_type: None: JSON, or plain text where the body is a text that is not JSON.
    """

    type: ClassVar = "callApi"
    method: LenientText = None
    path: LenientText = None
    query: Any = None
    body: Any = None
    content_type: LenientText = None

    @property
    def is_repeatable(self) -> bool:
        """Say whether doing it twice does no harm: only a request that reads."""
        return self._method in _REPEATABLE

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        if self._method not in _METHODS:
            yield "method", f"must be one of: {', '.join(_METHODS)}"
        path = (self.path or "").strip()
        if not path.strip("/"):
            yield "path", NOT_EMPTY
        elif _ADDRESS.match(path):
            yield "path", "must be a path below /v2/, without scheme and host"
        elif "?" in path or "#" in path:
            yield "path", "must have no query; give it in the input Query"
        params = self._params()
        if params is None:
            yield "query", "must be an object of texts, numbers and Booleans"
        elif "token" in params:
            yield "query", "must not hold a token; give it in the input API token"

    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Send the request, and return `{status, contentType, data, text}`.

        `data` is the parsed JSON, without Apify's envelope; `text` is any other text.
        """
        content, content_type = self._content()
        answer = await apify.call(
            ApiCall(
                self._method,
                self._segments(),
                ErrorCode.RESOURCE_NOT_FOUND,
                is_repeatable=self.is_repeatable,
                most_bytes=most_bytes,
                params=self._params() or {},
                content=content,
                content_type=content_type,
            )
        )
        return OperationResult(_shape(answer))

    @property
    def _method(self) -> str:
        return (text_or_none(self.method) or "GET").upper()

    def _segments(self) -> tuple[str, ...]:
        path = (self.path or "").strip().strip("/")
        return tuple(path.removeprefix("v2/").split("/"))

    def _params(self) -> dict[str, str] | None:
        given = self.query
        if given is None or (isinstance(given, str) and not given.strip()):
            return {}
        if isinstance(given, str):
            try:
                given = read_json(given)
            except ValueError:
                return None
        if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
            return None
        return {name: _text(value) for name, value in given.items() if value is not None}

    def _content(self) -> tuple[bytes | None, str | None]:
        chosen = text_or_none(self.content_type)
        if self.body is None or self.body == "":
            return None, None
        if isinstance(self.body, str):
            return self.body.encode(errors="replace"), chosen or _type_of(self.body)
        text = json.dumps(self.body, ensure_ascii=False, allow_nan=False)
        return text.encode(errors="replace"), chosen or _JSON


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _type_of(body: str) -> str:
    try:
        read_json(body)
    except ValueError:
        return "text/plain; charset=utf-8"
    return _JSON


def _shape(answer: ApiAnswer) -> JsonObject:
    shaped: JsonObject = {"status": answer.status, "contentType": answer.content_type}
    try:
        found = read_json(answer.body)
    except ValueError:
        return shaped | {"data": None, "text": answer.body.decode(errors="replace")}
    is_envelope = isinstance(found, dict) and set(found) == {"data"}
    return shaped | {
        "data": found["data"] if is_envelope and isinstance(found, dict) else found,
        "text": None,
    }
