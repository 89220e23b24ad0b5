"""How we prove to Camunda who we are: not at all, with a password, or with a token by client credentials.

A token is requested once for all calls that wait for it, is kept until shortly before it ends, and is
dropped when the cluster refuses it.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import httpx

from apify_camunda.errors import ConfigurationError, EngineUnavailable, ErrorCode, StoreUnavailable
from apify_camunda.platform.ports import Clock

Credentials = Callable[[], Awaitable[Mapping[str, str]]]
"""Reads the credentials' JSON object; called when a token is needed, never at start."""

CREDENTIALS_UNREADABLE = ErrorCode.ENGINE_CREDENTIALS_UNREADABLE
LEEWAY = timedelta(seconds=60)
DEFAULT_LIFETIME = timedelta(minutes=5)


class CamundaAuth(Protocol):
    """Gives the value of the header `authorization`."""

    async def authorization(self) -> str | None:
        """Return the header's value, or None where the cluster asks for none."""
        ...

    def refused(self, value: str | None) -> None:
        """Note that the cluster refused `value`: request another token next time, if it is still in use."""
        ...


class NoAuth:
    """For clusters that ask for nothing."""

    async def authorization(self) -> str | None:
        """Return None."""
        return None

    def refused(self, value: str | None) -> None:
        """There is nothing to forget."""


class BasicAuth:
    """User and password, read once."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._value: str | None = None

    async def authorization(self) -> str | None:
        """Return `Basic ...`.

        Raises:
            EngineUnavailable: The credentials cannot be read.
        """
        if self._value is None:
            pair = ":".join(await _fields(self._credentials, "username", "password"))
            self._value = "Basic " + base64.b64encode(pair.encode()).decode()
        return self._value

    def refused(self, value: str | None) -> None:
        """Read the credentials again next time; they may have been rotated."""
        if value == self._value:
            self._value = None


class ClientCredentials:
    """OAuth 2.0 client credentials.

    Source: RFC 6749 section 4.4; Camunda's token endpoints take `audience` (SaaS) or `scope` beside it.
    """

    def __init__(
        self,
        *,
        token_url: str,
        audience: str,
        scope: str,
        credentials: Credentials,
        client: httpx.AsyncClient,
        clock: Clock,
    ) -> None:
        self._token_url = token_url
        self._audience = audience
        self._scope = scope
        self._credentials = credentials
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None

    async def authorization(self) -> str | None:
        """Return `Bearer ...`, from the cache while it is good.

        Raises:
            EngineUnavailable: The token endpoint does not answer or refuses the credentials, or they cannot
                be read.
        """
        async with self._lock:
            if self._token is None or self._good_until is None or self._clock.now() >= self._good_until:
                await self._renew()
            return f"Bearer {self._token}"

    def refused(self, value: str | None) -> None:
        """Ask for a new token next time; of many calls that one token failed, the first renews it."""
        if value == f"Bearer {self._token}":
            self._token = None

    async def _renew(self) -> None:
        client_id, client_secret = await _fields(self._credentials, "clientId", "clientSecret")
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        if self._audience:
            form["audience"] = self._audience
        if self._scope:
            form["scope"] = self._scope
        try:
            answer = await self._client.post(self._token_url, data=form, timeout=10.0)
        except (httpx.HTTPError, OSError) as error:  # OSError: a TLS alert after the handshake
            raise EngineUnavailable(
                f"The token endpoint {self._token_url} did not answer ({type(error).__name__}).",
                code=ErrorCode.ENGINE_TOKEN_UNAVAILABLE,
            ) from error
        if answer.status_code != 200:
            raise EngineUnavailable(
                f"The token endpoint {self._token_url} answered {answer.status_code}; "
                "check the client id and secret, the audience and the scope.",
                code=ErrorCode.ENGINE_UNAUTHORIZED,
            )
        self._keep(answer)

    def _keep(self, answer: httpx.Response) -> None:
        try:
            body = answer.json()
            token, lifetime = body["access_token"], body.get("expires_in")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EngineUnavailable(
                f"The token endpoint {self._token_url} answered without an access_token.",
                code=ErrorCode.ENGINE_TOKEN_UNAVAILABLE,
            ) from error
        lasts = timedelta(seconds=float(lifetime)) if lifetime else DEFAULT_LIFETIME
        self._token = str(token)
        self._good_until = self._clock.now() + max(lasts - LEEWAY, lasts / 2)


async def _fields(credentials: Credentials, *names: str) -> list[str]:
    """Return fields of the credentials' secret.

    Raises:
        EngineUnavailable: It cannot be read, or lacks one. Nothing was sent, and a person must act.
    """
    try:
        found = await credentials()
    except (ConfigurationError, StoreUnavailable) as error:
        raise EngineUnavailable(
            f"The secret with Camunda's credentials cannot be read: {error.message}",
            code=CREDENTIALS_UNREADABLE,
        ) from error
    for name in names:
        if not found.get(name):
            raise EngineUnavailable(
                f"The secret with Camunda's credentials has no field {name!r}; add it to its JSON object.",
                code=CREDENTIALS_UNREADABLE,
            )
    return [found[name] for name in names]
