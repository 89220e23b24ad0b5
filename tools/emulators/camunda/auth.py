"""Issues and recognises the bearer tokens of the stand-in; it knows nothing of HTTP or gRPC."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol


class TellsTime(Protocol):
    """What an issuer needs of a clock."""

    def now(self) -> datetime:
        """Return the current instant, aware."""
        ...


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An access token and how long it is good for."""

    access_token: str
    expires_in: timedelta


@dataclass(slots=True)
class TokenIssuer:
    """Issues tokens to known clients and remembers which of them are still good."""

    clients: Mapping[str, str]
    """Client secrets by client id."""
    clock: TellsTime
    lifetime: timedelta = timedelta(hours=1)
    issued_count: int = 0
    """How many tokens were issued: tests ask whether a client caches them."""
    _expiry_by_token: dict[str, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def issue(self, client_id: str, client_secret: str) -> IssuedToken | None:
        """Return a new token, or None where client id and secret do not belong together."""
        expected = self.clients.get(client_id)
        if expected is None or not hmac.compare_digest(expected.encode(), client_secret.encode()):
            return None
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._expiry_by_token[token] = self.clock.now() + self.lifetime
            self.issued_count += 1
        return IssuedToken(token, self.lifetime)

    def accepts(self, authorization: str | None) -> bool:
        """Return whether `authorization` ("Bearer ...") carries a token that is still good."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        with self._lock:
            expiry = self._expiry_by_token.get(token.strip())
        return expiry is not None and self.clock.now() < expiry

    def revoke_all(self) -> None:
        """Forget every token, as a restarted identity provider does."""
        with self._lock:
            self._expiry_by_token.clear()
