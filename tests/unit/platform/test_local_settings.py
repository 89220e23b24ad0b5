"""What settings refuse before anything is reached: impossible values, no services, secrets in clear."""

from __future__ import annotations

import pytest
from apify_camunda.errors import ConfigurationError
from apify_camunda.platform.settings import DeliverEventSettings, PollJobsSettings

# What `sam local` gives a function: logical ids in place of names.
UNRESOLVED = {
    "AWS_SAM_LOCAL": "true",
    "AWS_ENDPOINT_URL": "",
    "DEPLOYMENT_ID": "main",
    "LEDGER_TABLE": "LedgerTable",
    "REGISTRY_TABLE": "RegistryTable",
    "SIGNING_SECRET_ID": "SigningSecret",
    "PARKING_QUEUE_URL": "ParkedEvents",
    "CAMUNDA_REST_URL": "http://camunda.example",
}


def test_missing_services_are_named() -> None:
    """
    Without services of this machine or of a stack, the function names the command that gives them.
    """
    with pytest.raises(ConfigurationError, match="make sam-local"):
        DeliverEventSettings.from_environment(UNRESOLVED)


@pytest.mark.parametrize(
    "given",
    [
        {"AWS_ENDPOINT_URL": "http://172.17.0.1:5000"},
        {"LEDGER_TABLE": "apify-camunda-LedgerTable-1"},
        {"AWS_SAM_LOCAL": "false"},
    ],
)
def test_services_of_a_machine_or_of_a_stack_will_do(given: dict[str, str]) -> None:
    """
    The function works with the set-up, with a deployed stack's tables, and on AWS.
    """
    assert DeliverEventSettings.from_environment({**UNRESOLVED, **given}).parking_queue_url == "ParkedEvents"


OIDC = {**UNRESOLVED, "AWS_SAM_LOCAL": "false", "CAMUNDA_AUTH": "oidc"}


@pytest.mark.parametrize("url", ["http://login.example/token", "http://127.0.0.1.example/token", ""])
def test_token_url_without_encryption_is_refused(url: str) -> None:
    """
    The client's secret is not sent over a network without encryption.
    """
    with pytest.raises(ConfigurationError, match="CAMUNDA_TOKEN_URL"):
        DeliverEventSettings.from_environment({**OIDC, "CAMUNDA_TOKEN_URL": url})


@pytest.mark.parametrize(
    "url",
    ["https://login.example/token", "http://127.0.0.1:9000/token", "http://localhost/t", "http://[::1]:1/t"],
)
def test_token_url_with_encryption_or_on_this_machine_will_do(url: str) -> None:
    """
    An https URL will do, and http where the secret does not leave the machine.
    """
    settings = DeliverEventSettings.from_environment({**OIDC, "CAMUNDA_TOKEN_URL": url})

    assert settings.camunda_token_url == url


COMPLETE = {**UNRESOLVED, "AWS_SAM_LOCAL": "false", "PUBLIC_URL": "https://hooks.example"}


def test_each_wrong_variable_is_named_with_its_value() -> None:
    """
    One error names all missing and impossible settings, each with its variable and what is allowed.
    """
    wrong = {
        **COMPLETE,
        "CAMUNDA_TRANSPORT": "soap",
        "POLLER_SLOTS": "many",
        "POWERTOOLS_LOG_LEVEL": "",
    }
    del wrong["DEPLOYMENT_ID"]

    with pytest.raises(ConfigurationError) as raised:
        PollJobsSettings.from_environment(wrong)

    assert raised.value.message == (
        "The function's environment is wrong: DEPLOYMENT_ID is missing; "
        "CAMUNDA_TRANSPORT: 'soap' is not one of auto, grpc, rest; "
        "POWERTOOLS_LOG_LEVEL: '' is not one of DEBUG, ERROR, INFO, WARNING; "
        "POLLER_SLOTS: 'many' is no whole number."
    )


def test_variables_become_values() -> None:
    """
    Lists are taken apart, numbers read; what is absent has its default.
    """
    settings = PollJobsSettings.from_environment(
        {**COMPLETE, "CAMUNDA_TENANT_IDS": "a, b,,", "POLLER_SLOTS": "3"}
    )

    assert (settings.camunda_tenant_ids, settings.poller_slots) == (("a", "b"), 3)
    assert (settings.camunda_transport, settings.poll_mode) == ("auto", "economical")
