"""The transport to the Orchestration Cluster REST API v2: credentials, deadlines, and what a status means.

The endpoints are in the modules that share it: commands, jobs, catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from apify_camunda.camunda.auth import CamundaAuth
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode
from apify_camunda.json_types import Json

MAX_BODY_BYTES = 4 * 1024 * 1024
_UPLOAD_DEADLINE_S = 60.0

_REJECTIONS = {400: "INVALID_ARGUMENT", 409: "INVALID_STATE", 413: "INVALID_ARGUMENT"}
_UNAUTHORIZED = (401, 403)
_NO_SUCH_ENDPOINT = (404, 405)
_BACK_PRESSURE = "RESOURCE_EXHAUSTED"
_TOO_LARGE = ("EXCEEDED_BATCH_RECORD_SIZE", "maxMessageSize")
"""How the broker says that a command will never fit; the gateway answers it as a 500."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One part of a form: a file where it has a file name, else a field; no content type: plain text."""

    name: str
    content: bytes
    file_name: str | None = None
    content_type: str | None = None


class CamundaRest:
    """One cluster's REST API.

    Args:
        base_url: Without `/v2`, for example `http://localhost:8080`.
        deadline: How long a request may take unless it says otherwise.
    """

    def __init__(
        self,
        *,
        base_url: str,
        auth: CamundaAuth,
        client: httpx.AsyncClient,
        deadline: timedelta = timedelta(seconds=8),
    ) -> None:
        self._base_url = base_url.rstrip("/").removesuffix("/v2")
        self._auth = auth
        self._client = client
        self._deadline_s = deadline.total_seconds()

    async def ask(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        accept: str = "application/json",
        deadline_s: float | None = None,
    ) -> httpx.Response:
        """Send a request and return its 2xx answer.

        A refused token is renewed once. Nothing else is repeated here.

        Raises:
            EngineRejected: 400, 404, 409, 413, a command that is too large, or a 403 that says that the
                cluster has no secondary storage.
            EngineUnavailable: No answer, back pressure, 5xx, refused credentials, or a 404 that is not the
                engine's: the cluster has no such endpoint, or the address leads elsewhere.
        """
        answer = await self._send(method, path, body, accept, deadline_s)
        if answer.status_code == 401:
            self._auth.refused(answer.request.headers.get("authorization"))
            answer = await self._send(method, path, body, accept, deadline_s)
        if answer.is_success:
            return answer
        raise _error(f"{method} /v2{path}", answer)

    async def ask_json(
        self, method: str, path: str, body: Json = None, *, deadline_s: float | None = None
    ) -> Any:
        """Send a request and return its answer's JSON.

        Raises:
            EngineRejected, EngineUnavailable: As `ask`.
        """
        answer = await self.ask(method, path, body, deadline_s=deadline_s)
        return _json_of(answer, f"{method} /v2{path}")

    async def upload(self, path: str, files: Mapping[str, bytes], fields: Mapping[str, str]) -> Any:
        """Send files and fields as a form and return the answer's JSON; for programs of an operator.

        Raises:
            EngineRejected, EngineUnavailable: As `ask`.
        """
        parts = [FormPart("resources", content, file_name=name) for name, content in files.items()]
        parts += [FormPart(name, value.encode()) for name, value in fields.items()]
        return await self.send_form(path, parts)

    async def send_form(self, path: str, parts: Sequence[FormPart]) -> Any:
        """Send parts as a form and return the answer's JSON; a refused token is renewed once.

        Raises:
            EngineRejected, EngineUnavailable: As `ask`.
        """
        answer = await self._send_parts(path, parts)
        if answer.status_code == 401:
            self._auth.refused(answer.request.headers.get("authorization"))
            answer = await self._send_parts(path, parts)
        if answer.is_success:
            return _json_of(answer, f"POST /v2{path}")
        raise _error(f"POST /v2{path}", answer)

    async def _send_parts(self, path: str, parts: Sequence[FormPart]) -> httpx.Response:
        headers = await self._headers("application/json")
        files = [(each.name, (each.file_name, each.content, each.content_type)) for each in parts]
        return await self._exchange("POST", path, headers, _UPLOAD_DEADLINE_S, files=files)

    async def _send(
        self, method: str, path: str, body: Json, accept: str, deadline_s: float | None
    ) -> httpx.Response:
        headers = await self._headers(accept)
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = _encode(body)
        return await self._exchange(method, path, headers, deadline_s or self._deadline_s, content=content)

    async def _headers(self, accept: str) -> dict[str, str]:
        headers = {"accept": f"{accept}, application/problem+json"}
        value = await self._auth.authorization()
        if value is not None:
            headers["authorization"] = value
        return headers

    async def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], deadline_s: float, **payload: Any
    ) -> httpx.Response:
        try:
            return await self._client.request(
                method, f"{self._base_url}/v2{path}", headers=headers, timeout=deadline_s, **payload
            )
        except (httpx.RequestError, OSError) as error:  # OSError: a TLS alert after the handshake
            raise EngineUnavailable(
                f"Camunda at {self._base_url} did not answer {method} /v2{path} ({type(error).__name__}).",
                code=ErrorCode.ENGINE_DEADLINE
                if isinstance(error, httpx.ReadTimeout)
                else ErrorCode.ENGINE_UNAVAILABLE,
                outcome_unknown=not isinstance(error, _NOT_SENT),
            ) from error


def _json_of(answer: httpx.Response, request: str) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise EngineUnavailable(
            f"{request} answered {answer.status_code} without JSON.", outcome_unknown=True
        ) from error


def _encode(body: Json) -> bytes:
    try:
        content = json.dumps(body, allow_nan=False).encode()
    except ValueError as error:
        raise EngineRejected(f"The variables are not JSON: {error}.", rejection="INVALID_ARGUMENT") from error
    if len(content) > MAX_BODY_BYTES:
        raise EngineRejected(
            f"The request takes {len(content)} bytes; Camunda accepts at most {MAX_BODY_BYTES}.",
            rejection="INVALID_ARGUMENT",
            code=ErrorCode.PAYLOAD_TOO_LARGE,
        )
    return content


def _error(request: str, answer: httpx.Response) -> EngineRejected | EngineUnavailable:
    """Return the error of ours that an answer means.

    Source: problem details of the Orchestration Cluster API, and what 8.6.0 answers to what is too large
    """
    title, detail = _problem(answer)
    said = f"{request} was answered {answer.status_code} {title}: {detail}"
    if any(words in title or words in detail for words in _TOO_LARGE):
        return EngineRejected(said, rejection="INVALID_ARGUMENT", code=ErrorCode.PAYLOAD_TOO_LARGE)
    rejection = _rejection(answer.status_code, title, detail)
    if rejection is not None:
        return EngineRejected(said, rejection=rejection)
    code, outcome_unknown = _trouble(answer, title)
    return EngineUnavailable(said, code=code, outcome_unknown=outcome_unknown)


def _trouble(answer: httpx.Response, title: str) -> tuple[ErrorCode, bool]:
    """Return the code of an answer that a later try may change, and whether this one may have had its effect.

    Not every answer is Camunda's: a proxy before it answers 404 while Camunda is not there, and 503 when it
    lost a connection over which the request had gone.

    Source: back pressure is 503 RESOURCE_EXHAUSTED (8.8 and newer) or 429; envoyproxy/envoy #1979
    """
    status = answer.status_code
    if status in _UNAUTHORIZED:
        return ErrorCode.ENGINE_UNAUTHORIZED, False
    if status in _NO_SUCH_ENDPOINT:
        return ErrorCode.ENGINE_UNIMPLEMENTED if _is_camundas(answer) else ErrorCode.ENGINE_UNAVAILABLE, False
    if status == 429 or (status == 503 and title == _BACK_PRESSURE):
        return ErrorCode.ENGINE_BACK_PRESSURE, False
    if title == "PROCESSING_ERROR":
        return ErrorCode.ENGINE_PROCESSING_ERROR, False
    return ErrorCode.ENGINE_UNAVAILABLE, status >= 500


def _is_camundas(answer: httpx.Response) -> bool:
    """Say whether the gateway itself answered: a problem document, or its framework's word on the path."""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return True
    try:
        body = answer.json()
    except ValueError:
        return False
    return isinstance(body, dict) and "/v2/" in str(body.get("path", ""))


def _rejection(status: int, title: str, detail: str) -> str | None:
    """Return the engine's kind of rejection, or None where a later try may be answered otherwise.

    A 404 that does not name itself NOT_FOUND is not the engine's. Taken for a rejection it would say that
    every job is gone.
    """
    if status == 403:
        return "NO_SECONDARY_STORAGE" if "secondary storage" in detail else None
    if status == 404:
        return title if title == "NOT_FOUND" else None
    if status == 409 and title == "ALREADY_EXISTS":
        return title
    return _REJECTIONS.get(status)


def _problem(answer: httpx.Response) -> tuple[str, str]:
    """Return title and detail of a problem, or what there is instead, cut to a line."""
    try:
        body = answer.json()
    except ValueError:
        return "", answer.text[:300]
    if not isinstance(body, dict):
        return "", str(body)[:300]
    return str(body.get("title") or body.get("error") or ""), str(
        body.get("detail") or body.get("message") or ""
    )[:1000]
