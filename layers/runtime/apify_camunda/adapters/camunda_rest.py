"""The transport to the Orchestration Cluster REST API v2: credentials, deadlines, and what a status means.

It knows no single endpoint; those that do (commands, jobs, catalogue) share it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx

from apify_camunda.contracts.json_types import Json
from apify_camunda.errors import EngineRejected, EngineUnavailable

from .camunda_auth import CamundaAuth

MAX_BODY_BYTES = 4 * 1024 * 1024

_REJECTIONS = {400: "INVALID_ARGUMENT", 409: "INVALID_STATE", 413: "INVALID_ARGUMENT"}
_NO_EFFECT = {
    401: "ENGINE_UNAUTHORIZED",
    403: "ENGINE_UNAUTHORIZED",
    404: "ENGINE_UNIMPLEMENTED",
    405: "ENGINE_UNIMPLEMENTED",
    429: "ENGINE_BACK_PRESSURE",
    503: "ENGINE_BACK_PRESSURE",
}
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


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
            EngineRejected: 400, 404, 409, 413, or a 403 that says that the cluster has no secondary storage.
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
        try:
            return answer.json()
        except ValueError as error:
            raise EngineUnavailable(
                f"{method} /v2{path} answered {answer.status_code} without JSON.", outcome_unknown=True
            ) from error

    async def _send(
        self, method: str, path: str, body: Json, accept: str, deadline_s: float | None
    ) -> httpx.Response:
        headers = {"accept": f"{accept}, application/problem+json"}
        value = await self._auth.authorization()
        if value is not None:
            headers["authorization"] = value
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = _encode(body)
        try:
            return await self._client.request(
                method,
                f"{self._base_url}/v2{path}",
                headers=headers,
                content=content,
                timeout=deadline_s or self._deadline_s,
            )
        except (httpx.RequestError, OSError) as error:  # OSError: a TLS alert after the handshake
            raise EngineUnavailable(
                f"Camunda at {self._base_url} did not answer {method} /v2{path} ({type(error).__name__}).",
                code="ENGINE_DEADLINE" if isinstance(error, httpx.ReadTimeout) else "ENGINE_UNAVAILABLE",
                outcome_unknown=not isinstance(error, _NOT_SENT),
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
            code="PAYLOAD_TOO_LARGE",
        )
    return content


def _error(request: str, answer: httpx.Response) -> EngineRejected | EngineUnavailable:
    """Return the error of ours that an answer means.

    Source: problem details of the Orchestration Cluster API; back pressure is 503 (8.8 and newer) or 429.
    """
    title, detail = _problem(answer)
    status = answer.status_code
    said = f"{request} was answered {status} {title}: {detail}"
    if "maxMessageSize" in detail:  # answered as a 500 that a retry would not mend
        return EngineRejected(said, rejection="INVALID_ARGUMENT", code="PAYLOAD_TOO_LARGE")
    rejection = _rejection(status, title, detail)
    if rejection is not None:
        return EngineRejected(said, rejection=rejection)
    code = _NO_EFFECT.get(status)
    return EngineUnavailable(said, code=code, outcome_unknown=code is None and status >= 500)


def _rejection(status: int, title: str, detail: str) -> str | None:
    """Return the engine's kind of rejection, or None where a later try may be answered otherwise.

    A 404 that does not name itself NOT_FOUND is not the engine's: the cluster has no such endpoint, or the
    address leads elsewhere. Taken for a rejection it would say that every job is gone.
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
