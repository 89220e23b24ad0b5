"""Checks HTTP answers against Apify's OpenAPI document: status, shape and headers."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import httpx
import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.shared_data import shared_data

_APIFY_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if isinstance(value, str):
        datetime.fromisoformat(value)
        return _APIFY_TIME.fullmatch(value) is not None
    return True


class ApifyContract:
    """Apify's OpenAPI document as a judge of answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource("urn:apify", resource)
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path)
            for path in sorted(document["paths"], key=lambda path: (path.count("{"), path))
        ]
        self._validators: dict[str, jsonschema.Draft202012Validator] = {}

    @classmethod
    def load(cls) -> ApifyContract:
        return cls(json.loads(shared_data("apify/openapi.json").read_text(encoding="utf-8")))

    def knows(self, method: str, path: str) -> bool:
        """Return whether the document has this operation; `path` is written as it writes them."""
        names = re.sub(r"\{\w+\}", "{}", path)
        return any(
            method.lower() in operations
            for known, operations in self._document["paths"].items()
            if re.sub(r"\{\w+\}", "{}", known) == names
        )

    def check(self, response: httpx.Response) -> None:
        """Fail with an AssertionError unless the document describes this answer."""
        path = response.request.url.path.replace("/v2/acts/", "/v2/actors/")
        method = response.request.method.lower()
        documented = self._responses(method, path)
        where = f"{method.upper()} {path} {response.status_code}"
        assert str(response.status_code) in documented, (
            f"{where}: not documented, but {sorted(documented)} are"
        )
        answer = documented[str(response.status_code)]
        for header in answer["value"].get("headers", {}):
            assert header in response.headers, f"{where}: lacks the header {header}"
        if method == "head" or response.status_code in (204, 302):
            return
        self._check_body(response, answer, where)

    def _check_body(self, response: httpx.Response, answer: dict[str, Any], where: str) -> None:
        content_type = response.headers.get("content-type", "").split(";")[0]
        contents = answer["value"].get("content", {})
        if content_type not in contents:
            assert "*/*" in contents, f"{where}: {content_type} is not documented, but {sorted(contents)} are"
            return
        if content_type != "application/json" or "schema" not in contents[content_type]:
            return
        pointer = f"{answer['pointer']}/content/{_escaped(content_type)}/schema"
        problems = [
            f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in self._validator(pointer).iter_errors(response.json())
        ]
        assert not problems, "\n".join(problems)

    def _responses(self, method: str, path: str) -> dict[str, dict[str, Any]]:
        for pattern, known in self._paths:
            if pattern.fullmatch(path) and method in self._document["paths"][known]:
                pointer = f"/paths/{_escaped(known)}/{method}/responses"
                responses = self._document["paths"][known][method]["responses"]
                return {
                    status: self._resolved(value, f"{pointer}/{status}")
                    for status, value in responses.items()
                }
        raise AssertionError(f"{method.upper()} {path} is not an operation of Apify's API")

    def _resolved(self, value: dict[str, Any], pointer: str) -> dict[str, Any]:
        reference = value.get("$ref")
        if reference is None:
            return {"value": value, "pointer": pointer}
        target: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        return {"value": target, "pointer": reference.removeprefix("#")}

    def _validator(self, pointer: str) -> jsonschema.Draft202012Validator:
        if pointer not in self._validators:
            self._validators[pointer] = jsonschema.Draft202012Validator(
                {"$ref": f"urn:apify#{pointer}"}, registry=self._registry, format_checker=_formats
            )
        return self._validators[pointer]


def _escaped(part: str) -> str:
    return (
        part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D").replace("*", "%2A")
    )
