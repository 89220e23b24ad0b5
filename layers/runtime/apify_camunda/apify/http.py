"""Sends requests to Apify: credentials, safe retries, and bounds on time and size.

The endpoints are in `apify/accounts.py`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

import httpx

from apify_camunda import __version__
from apify_camunda.apify.error_mapping import Asked, refusal
from apify_camunda.apify.model import LARGE_BYTES, TOO_LARGE
from apify_camunda.errors import AnswerTooLarge, ApifyRejected, ApifyUnavailable, ErrorCode
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.platform.ports import Clock

USER_AGENT: Final = f"apify-camunda/{__version__} (serverless)"
TRIES: Final = 5
_LONGEST_EXCHANGE: Final = timedelta(seconds=60)
_FIRST_PAUSE: Final = timedelta(milliseconds=500)
_LONGEST_PAUSE: Final = timedelta(seconds=8)
_MOST_REDIRECTS: Final = 5
# The request did not reach Apify: any request can be sent again.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Apify's API.

    Attributes:
        path: Segments below `/v2`, unquoted.
        asked: What it is about.
        repeatable: Sending it twice does what sending it once does.
        body: JSON, where `has_body`.
        content: The bytes of a body that is not JSON of ours, with its `content_type`; None: see `body`.
        most_bytes: What the answer may have.
        user_agent: What the User-Agent says beside the product's name.
    """

    method: str
    path: tuple[str, ...]
    asked: Asked
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    has_body: bool = False
    content: bytes | None = None
    content_type: str | None = None
    repeatable: bool = True
    most_bytes: int = LARGE_BYTES
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer below 400; `headers` have names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            ApifyUnavailable: It is no JSON, as when a gateway answers in Apify's place.
        """
        try:
            return read_json(self.body)
        except ValueError:
            raise ApifyUnavailable(f"Apify answered {self.status} with a body that is not JSON.") from None


class ApifyHttp:
    """Apify's API for one token, over a shared client.

    Args:
        base_url: Without `/v2`, for example `https://api.apify.com`.
        tries: How often a request is sent at most, if it can be repeated safely. One whose answer did
            not come in time is not repeated here: the caller has waited for long enough.
        chance: Returns a number from 0 to 1, to spread retries.
    """

    def __init__(
        self,
        *,
        client: httpx.AsyncClient,
        base_url: str,
        token: str,
        clock: Clock,
        tries: int = TRIES,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/").removesuffix("/v2")
        self._clock = clock
        self._tries = tries
        self._chance = chance
        self.clock_offset = timedelta()
        self._can_be_sent = bool(token) and token.isascii() and token.isprintable()
        # A request is made here: what the client does to make one takes a tenth of an exchange.
        self._ways = {"accept-encoding": client.headers.get("accept-encoding", "identity")}
        self._extensions = {"timeout": client.timeout.as_dict()}
        self._headers = self._ways | {
            "authorization": f"Bearer {token}",
            "x-apify-integration-platform": "camunda",
            "user-agent": USER_AGENT,
        }

    async def send(self, request: Request) -> Answer:
        """Send a request, again if that is safe, and return its answer.

        Raises:
            ApifyRejected: Apify said no.
            ApifyUnavailable: Apify did not answer, or said "not now", as often as it was asked.
        """
        if not self._can_be_sent:
            raise ApifyRejected(
                "The Apify API token holds characters that no token has; give it in printable ASCII.",
                code=ErrorCode.UNAUTHORIZED,
                status=401,
            )
        for attempt in range(self._tries - 1):
            try:
                return await self._send_once(request)
            except _Repeatable as trouble:
                pause = self._pause(attempt, trouble.error.retry_after)
                if pause is None:
                    raise trouble.error from trouble.__cause__
            await self._clock.sleep(pause)
        try:
            return await self._send_once(request)
        except _Repeatable as trouble:
            raise trouble.error from trouble.__cause__

    def _pause(self, attempt: int, asked_for: timedelta | None) -> timedelta | None:
        """Return how long to wait before the next try, or None where Apify asks for more than we stay."""
        if asked_for is not None and asked_for > _LONGEST_PAUSE:
            return None
        longest = min(_FIRST_PAUSE * (1 << attempt), _LONGEST_PAUSE)
        return max(longest * self._chance(), asked_for or timedelta())

    async def _send_once(self, request: Request) -> Answer:
        url = self._base_url + "/v2/" + "/".join(map(_segment, request.path))
        content, content_type = _content(request)
        headers = self._headers | ({"content-type": content_type} if content_type else {})
        if request.user_agent:
            headers["user-agent"] = f"{USER_AGENT} {request.user_agent}"
        try:
            async with asyncio.timeout(_LONGEST_EXCHANGE.total_seconds()):
                answer = await self._exchange(request, url, headers, content)
        except _NOT_SENT as error:
            raise _Repeatable(ApifyUnavailable(_no_answer(error))) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ApifyUnavailable(_no_answer(error), outcome_unknown=not request.repeatable) from error
        except (httpx.RequestError, httpx.InvalidURL) as error:
            lost = ApifyUnavailable(_no_answer(error), outcome_unknown=not request.repeatable)
            raise (_Repeatable(lost) if request.repeatable else lost) from error
        self._note_time(answer.headers.get("date", ""))
        if answer.status < 400:
            return answer
        raise self._refused(request, answer)

    def _note_time(self, date: str) -> None:
        """Note by an answer's `Date` header how far Apify's clock is ahead of ours."""
        try:
            said = parsedate_to_datetime(date)
        except ValueError:
            return
        if said.tzinfo is not None:
            self.clock_offset = said - self._clock.now()

    def _refused(self, request: Request, answer: Answer) -> Exception:
        error = refusal(
            answer.status,
            answer.body,
            request.asked,
            retry_after=_retry_after(answer.headers),
            has_effect=not request.repeatable,
        )
        # A limit that other runs fill is not over within seconds; a rate is.
        may_repeat = answer.status == 429 or (request.repeatable and answer.status >= 500)
        return _Repeatable(error) if isinstance(error, ApifyUnavailable) and may_repeat else error

    async def _exchange(
        self, request: Request, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Answer:
        """Return the answer of one exchange, following redirects of reads without credentials."""
        params = request.params
        for _ in range(_MOST_REDIRECTS):
            sent = httpx.Request(
                request.method,
                url,
                params=params or None,
                headers=headers,
                content=content,
                extensions=self._extensions,
            )
            response = await self._client.send(sent, stream=True)
            try:
                location = response.headers.get("location") if request.method == "GET" else None
                if not (response.is_redirect and location):
                    body = await _body(response, request.most_bytes)
                    return Answer(response.status_code, dict(response.headers), body)
            finally:
                await response.aclose()
            # The target is a signed URL of another service, which must not get our token.
            url, params = self._target(url, location), {}
            headers = self._ways | {"user-agent": USER_AGENT}
        raise ApifyUnavailable("Apify redirected the request again and again.")

    def _target(self, url: str, location: str) -> str:
        """Return where a redirect leads: out into the world, not to this machine or its link.

        Raises:
            ApifyRejected: It leads where no storage of Apify's can be.
        """
        target = urljoin(url, location)
        parts = urlsplit(target)
        base = urlsplit(self._base_url)
        if (parts.scheme, parts.netloc) == (base.scheme, base.netloc):
            return target
        if parts.scheme not in {"https", base.scheme} or (
            _is_local(parts.hostname) and not _is_local(base.hostname)
        ):
            raise ApifyRejected(
                f"Apify redirected to {parts.scheme}://{parts.hostname}, which is no place for its data.",
                code=ErrorCode.APIFY_REDIRECT_REFUSED,
                status=302,
            )
        return target


class _Repeatable(Exception):
    """Trouble after which the same request may be sent again."""

    def __init__(self, error: ApifyUnavailable) -> None:
        super().__init__(error.message)
        self.error = error


def _content(request: Request) -> tuple[bytes | None, str | None]:
    """Return the body of a request and its content type."""
    if request.has_body:
        return json.dumps(request.body, allow_nan=False).encode(), "application/json"
    return request.content, request.content_type


def _segment(text: str) -> str:
    """Return one segment of a path: no name leads anywhere else, not even `..`."""
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="~", errors="replace")


def _is_local(host: str | None) -> bool:
    """Say whether a host is this machine or link-local, where Lambda and EC2 have services."""
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local or address.is_unspecified


async def _body(response: httpx.Response, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most_bytes:
            raise AnswerTooLarge(
                f"Apify's answer has more than {most_bytes // 1024**2} MiB. Ask for less of it.",
                code=TOO_LARGE,
                status=response.status_code,
            )
    return bytes(body)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = headers.get("retry-after", "")
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _no_answer(error: Exception) -> str:
    return f"Apify API request failed: {type(error).__name__}"
