"""What a client must show, and the token endpoint where it gets it; issuing tokens is the issuer's."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import parse_qsl

from emulators.camunda.auth import TokenIssuer
from emulators.camunda.rest.http_exchange import Answer

_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What one token request asked for, without its secret."""

    client_id: str
    audience: str | None
    scope: str | None


@dataclass(slots=True)
class Credentials:
    """Bearer tokens of an issuer, or user names and passwords, or either.

    Attributes:
        issuer: who knows the clients; None where only Basic authentication is taken.
        passwords: passwords by user name, for Basic authentication.
        token_requests: every token request that was granted, oldest first.

    """

    TOKEN_PATH: ClassVar[str] = "/oauth/token"

    issuer: TokenIssuer | None = None
    passwords: Mapping[str, str] = field(default_factory=dict)
    token_requests: list[TokenRequest] = field(default_factory=list)

    def accept(self, authorization: str | None) -> bool:
        """Return whether the header's value lets a request in."""
        if self.issuer is not None and self.issuer.accepts(authorization):
            return True
        name, password = _basic(authorization)
        expected = self.passwords.get(name)
        return expected is not None and hmac.compare_digest(expected.encode(), password.encode())

    def answer_token_request(self, method: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return what an OAuth 2.0 token endpoint answers to the client credentials grant.

        The secret is taken from the form or from Basic authentication.

        Source: RFC 6749, sections 4.4 and 5.2

        """
        if method != "POST" or self.issuer is None:
            return _refused("invalid_request", status=405)
        if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _refused("invalid_request")
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type")
        name, password = _basic(headers.get("authorization"))
        client_id = form.get("client_id", name)
        token = self.issuer.issue(client_id, form.get("client_secret", password))
        if token is None:
            return _refused("invalid_client", status=401)
        self.token_requests.append(TokenRequest(client_id, form.get("audience"), form.get("scope")))
        return Answer.json(
            {
                "access_token": token.access_token,
                "token_type": "Bearer",
                "expires_in": int(token.expires_in.total_seconds()),
            }
        )


def _refused(error: str, status: int = 400) -> Answer:
    return Answer(status, "application/json", json.dumps({"error": error}).encode())


def _basic(authorization: str | None) -> tuple[str, str]:
    """Return the name and password of a Basic header; both are empty for another header."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
