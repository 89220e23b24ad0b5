"""Camunda's Python client authenticates itself at the stand-in, by its own OAuth flow and by passwords."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from camunda_orchestration_sdk import errors
from emulators.camunda.auth import TokenIssuer
from emulators.camunda.clock import EngineClock
from emulators.camunda.rest import Credentials
from emulators.camunda.rest.authentication import TokenRequest

from tests.clients.sdk import Sdk, connected

OAUTH = {
    "CAMUNDA_AUTH_STRATEGY": "OAUTH",
    "CAMUNDA_CLIENT_ID": "acme",
    "CAMUNDA_CLIENT_SECRET": "secret-of-acme",
    "CAMUNDA_OAUTH_URL": "{address}" + Credentials.TOKEN_PATH,
    "CAMUNDA_TOKEN_AUDIENCE": "orchestration-api",
}
BASIC = {
    "CAMUNDA_AUTH_STRATEGY": "BASIC",
    "CAMUNDA_BASIC_AUTH_USERNAME": "demo",
    "CAMUNDA_BASIC_AUTH_PASSWORD": "password-of-demo",
}


def issuing(lifetime: timedelta = timedelta(hours=1)) -> Credentials:
    return Credentials(TokenIssuer({"acme": "secret-of-acme"}, EngineClock(), lifetime))


def test_one_token_serves_many_calls() -> None:
    """The client asks the token endpoint once, for its audience, and goes on with that token."""
    credentials = issuing()
    with connected(credentials, **OAUTH) as sdk:
        for _ in range(3):
            assert sdk.client.search_process_definitions().items == []
    assert credentials.token_requests == [TokenRequest("acme", "orchestration-api", None)]


def test_a_token_is_renewed_before_it_ends() -> None:
    """A token that lives less than the client's margin of half a minute is asked for each time."""
    credentials = issuing(timedelta(seconds=20))
    with connected(credentials, **OAUTH) as sdk:
        sdk.client.get_topology()
        sdk.client.get_topology()
    assert len(credentials.token_requests) == 2


def test_a_wrong_secret_gets_no_token() -> None:
    """The token endpoint refuses as OAuth has it, and no call reaches the gateway."""
    credentials = issuing()
    with connected(credentials, **OAUTH | {"CAMUNDA_CLIENT_SECRET": "wrong"}) as sdk:
        with pytest.raises(httpx.HTTPStatusError) as caught:
            sdk.client.get_topology()
        assert (caught.value.response.status_code, caught.value.response.json()) == (
            401,
            {"error": "invalid_client"},
        )
        assert len(sdk.cluster.api.calls) == 0


def test_a_revoked_token_is_refused() -> None:
    """The gateway's 401 is the client's own error, with the problem document."""
    credentials = issuing()
    with connected(credentials, **OAUTH) as sdk:
        sdk.client.get_topology()
        assert credentials.issuer is not None
        credentials.issuer.revoke_all()
        assert unauthorized(sdk) == "Unauthorized"


def test_a_password_lets_in() -> None:
    """Basic authentication takes the right password alone."""
    credentials = Credentials(passwords={"demo": "password-of-demo"})
    with connected(credentials, **BASIC) as sdk:
        assert sdk.client.get_topology().cluster_size == 1
    with connected(credentials, **BASIC | {"CAMUNDA_BASIC_AUTH_PASSWORD": "wrong"}) as sdk:
        assert unauthorized(sdk) == "Unauthorized"


def test_without_credentials_only_the_status_is_reported() -> None:
    """A client that shows nothing is refused everything but the status."""
    with connected(issuing()) as sdk:
        sdk.client.get_status()
        assert unauthorized(sdk) == "Unauthorized"


def unauthorized(sdk: Sdk) -> str:
    with pytest.raises(errors.UnauthorizedError) as caught:
        sdk.client.search_process_definitions()
    assert caught.value.parsed is not None
    return str(caught.value.parsed.title)
