"""What Camunda's connector runtime reads from its environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from real_engines import ClientCredentials, ConnectorSettings

FOLDER: Final = Path("/scratch")
SILENT: Final = ConnectorSettings(grpc_address="127.0.0.1:1", rest_address="http://127.0.0.1:2")
EVERYTHING: Final = ConnectorSettings(
    grpc_address="127.0.0.1:1",
    rest_address="http://127.0.0.1:2",
    looks_every=timedelta(seconds=1.5),
    prefers_rest=True,
    streams_jobs=True,
    credentials=ClientCredentials("http://127.0.0.1:3/token", "connectors", "secret-of-connectors"),
)


@pytest.mark.parametrize(
    ("name", "silent", "everything"),
    [
        ("CAMUNDA_CLIENT_GRPCADDRESS", "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("CAMUNDA_CLIENT_RESTADDRESS", "http://127.0.0.1:2", "http://127.0.0.1:2"),
        ("CAMUNDA_CLIENT_PREFERRESTOVERGRPC", "false", "true"),
        ("CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED", "false", "true"),
        ("CAMUNDA_CONNECTOR_WEBHOOK_ENABLED", "false", "true"),
        ("CAMUNDA_CONNECTOR_POLLING_ENABLED", "false", "true"),
        ("CAMUNDA_CONNECTOR_POLLING_INTERVAL", None, "1500"),
        ("CAMUNDA_CLIENT_AUTH_METHOD", "none", "oidc"),
        ("CAMUNDA_CLIENT_AUTH_TOKENURL", None, "http://127.0.0.1:3/token"),
        ("CAMUNDA_CLIENT_AUTH_CLIENTID", None, "connectors"),
        ("CAMUNDA_CLIENT_AUTH_CREDENTIALSCACHEPATH", None, "/scratch/tokens"),
    ],
)
def test_settings_have_the_runtimes_names(name: str, silent: str | None, everything: str | None) -> None:
    """Each setting goes under the name that the runtime has for it; tokens are cached in its own folder."""
    assert (SILENT.environment(FOLDER).get(name), EVERYTHING.environment(FOLDER).get(name)) == (
        silent,
        everything,
    )
