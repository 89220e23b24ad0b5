"""What every source of secrets does: the fake, Secrets Manager, the Parameter Store, the environment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.errors import ConfigurationError, StoreUnavailable
from apify_camunda.platform.aws_http import PARAMETER_STORE, SECRETS_MANAGER
from apify_camunda.platform.ports import SecretSource
from apify_camunda.platform.secrets import SecretsManagerSource, signing_keys_of
from botocore.exceptions import EndpointConnectionError

from tests.contract.aws import Signed, aws_client
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.secret_source import KEYS, FakeSecretSource

SECRETS = {"APIFY_TOKEN": "token-of-acme", "a.b/c-d": "x"}
SIGNING = {
    "id": "k2",
    "secret": KEYS.accepted["k2"].decode(),
    "previous": {
        "id": "k1",
        "secret": KEYS.accepted["k1"].decode(),
        "acceptedUntil": (NOON + timedelta(hours=48)).isoformat(),
    },
}


class Aws:
    """Both stores of a fresh AWS with our secrets in them."""

    def __init__(self, stack: ExitStack) -> None:
        self.clock = FrozenClock()
        self.manager = stack.enter_context(aws_client("secretsmanager"))
        self.parameters = stack.enter_context(aws_client("ssm"))
        self.manager.create_secret(Name="secrets", SecretString=json.dumps(SECRETS | {"NUMBER": 7}))
        self.manager.create_secret(Name="signing", SecretString=json.dumps(SIGNING))
        for name, value in {"APIFY_TOKEN": "token-of-acme", "NUMBER": "7"}.items():
            self.parameters.put_parameter(Name=f"/acme/{name}", Value=value, Type="SecureString")

    def source(self, secrets_id: str | None, **changes: Any) -> SecretsManagerSource:
        standard: dict[str, Any] = {
            "secrets_id": secrets_id,
            "signing_id": "signing",
            "clock": self.clock,
            "secrets_manager": lambda: self.manager,
            "parameter_store": lambda: self.parameters,
            "environment": {"SECRET_APIFY_TOKEN": "token-of-acme", "SECRET_NUMBER": "7", "PATH": "/bin"},
        }
        return SecretsManagerSource(**(standard | changes))


@pytest.fixture
def aws() -> Iterator[Aws]:
    with ExitStack() as stack:
        yield Aws(stack)


SOURCES: dict[str, Callable[[Aws], SecretSource]] = {
    "fake": lambda aws: FakeSecretSource({"APIFY_TOKEN": "token-of-acme", "NUMBER": "7"}),
    "secrets manager": lambda aws: aws.source("secrets"),
    "parameter store": lambda aws: aws.source("ssm:/acme"),
    "environment": lambda aws: aws.source("env:"),
}


@pytest.mark.parametrize("name", list(SOURCES))
def test_secrets_have_names(aws: Aws, name: str) -> None:
    """Each secret is text under its name."""
    held = asyncio.run(SOURCES[name](aws).secrets())

    assert (held["APIFY_TOKEN"], held["NUMBER"]) == ("token-of-acme", "7")
    assert "PATH" not in held


@pytest.mark.parametrize("path", ["ssm:/acme", "ssm:/acme/"])
def test_parameters_below_a_sub_path_have_its_name(aws: Aws, path: str) -> None:
    """A parameter below a sub-path is named by it, so that two teams may have secrets of one name."""
    aws.parameters.put_parameter(Name="/acme/team/APIFY_TOKEN", Value="token-of-team", Type="SecureString")

    held = asyncio.run(aws.source(path).secrets())

    assert (held["APIFY_TOKEN"], held["team/APIFY_TOKEN"]) == ("token-of-acme", "token-of-team")


@pytest.mark.parametrize("name", list(SOURCES))
def test_keys_of_before_are_accepted(aws: Aws, name: str) -> None:
    """The present key signs; the previous one is accepted as well."""
    keys = asyncio.run(SOURCES[name](aws).signing_keys())

    assert (keys.current_id, dict(keys.accepted)) == (KEYS.current_id, dict(KEYS.accepted))


def test_previous_key_expires(aws: Aws) -> None:
    """After its time the previous key is refused, though the secret still holds it."""
    aws.clock.advance(timedelta(hours=49))

    assert list(asyncio.run(aws.source(None).signing_keys()).accepted) == ["k2"]


def test_answers_are_remembered_for_minutes(aws: Aws) -> None:
    """A new value is seen after some minutes, not before."""
    source = aws.source("secrets")
    asyncio.run(source.secrets())
    aws.manager.put_secret_value(SecretId="secrets", SecretString='{"APIFY_TOKEN": "new"}')

    assert asyncio.run(source.secrets())["APIFY_TOKEN"] == "token-of-acme"
    aws.clock.advance(timedelta(minutes=4))
    assert asyncio.run(source.secrets())["APIFY_TOKEN"] == "new"


def test_key_that_was_just_made_is_known_when_it_is_met(aws: Aws) -> None:
    """A signature by an unknown key causes a read of the store, at most twice a minute."""
    asked = []

    class Counting:
        def get_secret_value(self, **request: Any) -> Any:
            asked.append(aws.clock.now())
            return aws.manager.get_secret_value(**request)

    source = aws.source(None, secrets_manager=Counting)
    assert "k3" not in asyncio.run(source.signing_keys()).accepted
    fresh = {"id": "k3", "secret": "a-signing-key-made-now"}
    aws.manager.put_secret_value(SecretId="signing", SecretString=json.dumps(fresh))
    aws.clock.advance(timedelta(seconds=31))

    assert "k3" not in asyncio.run(source.signing_keys(naming="k2")).accepted
    assert asyncio.run(source.signing_keys(naming="k3")).current_id == "k3"
    for _ in range(10):
        asyncio.run(source.signing_keys(naming="a stranger's"))
    assert len(asked) == 2
    aws.clock.advance(timedelta(seconds=31))
    asyncio.run(source.signing_keys(naming="a stranger's"))
    assert len(asked) == 3


def test_memory_outlives_the_store(aws: Aws) -> None:
    """While the store does not answer, what is remembered serves; what is not is unavailable."""

    asked = []

    class Away:
        def get_secret_value(self, **_: Any) -> Any:
            asked.append(aws.clock.now())
            raise EndpointConnectionError(endpoint_url="https://secretsmanager.invalid")

    present: list[Any] = [aws.manager]
    source = aws.source("secrets", secrets_manager=lambda: present[0])
    asyncio.run(source.secrets())
    present[0] = Away()
    aws.clock.advance(timedelta(hours=1))

    for _ in range(3):
        assert asyncio.run(source.secrets())["APIFY_TOKEN"] == "token-of-acme"
    assert len(asked) == 1
    with pytest.raises(StoreUnavailable):
        asyncio.run(source.signing_keys())


def test_absent_secret_is_an_error_of_the_deployment(aws: Aws) -> None:
    """A secret that does not exist is a fault of the deployment, named without any value."""
    with pytest.raises(ConfigurationError, match="absent"):
        asyncio.run(aws.source("absent").secrets())


def test_no_secrets_at_all(aws: Aws) -> None:
    """A deployment without secrets has none."""
    assert asyncio.run(aws.source(None).secrets()) == {}


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"id": "k1"},
        {"id": "k1", "secret": "short"},
        {"id": "k1", "secret": 7},
        SIGNING | {"previous": {"id": "k1"}},
        SIGNING | {"previous": {"id": "k1", "secret": "s" * 20, "acceptedUntil": "soon"}},
    ],
)
def test_malformed_keys_are_refused(value: dict[str, Any]) -> None:
    """A signing secret of another form stops us, and its message holds no secret."""
    with pytest.raises(ConfigurationError) as caught:
        signing_keys_of(value, now=NOON)

    assert "the-present" not in caught.value.message


def test_callers_at_the_same_time_share_a_read(aws: Aws) -> None:
    """Many jobs that begin together ask the store once, also where the first of them is cancelled."""
    calls: list[str] = []
    aws.manager.meta.events.register(
        "before-call.secretsmanager.*", lambda model, **_: calls.append(model.name)
    )
    source = aws.source("secrets")

    async def scenario() -> list[object]:
        first, *others = (asyncio.create_task(source.signing_keys()) for _ in range(20))
        await asyncio.sleep(0)
        first.cancel()
        return await asyncio.gather(first, *others, return_exceptions=True)

    cancelled, *keys = asyncio.run(scenario())

    assert isinstance(cancelled, asyncio.CancelledError)
    assert keys == [KEYS] * 19
    assert calls == ["GetSecretValue"]


def test_callers_at_the_same_time_share_a_failure(aws: Aws) -> None:
    """Where the store does not answer, no caller waits for the tries of the others."""
    tries: list[str] = []

    def manager() -> Any:
        tries.append("secretsmanager")
        raise EndpointConnectionError(endpoint_url="https://secretsmanager.invalid")

    source = aws.source("secrets", secrets_manager=manager)

    async def scenario() -> list[object]:
        return await asyncio.gather(*(source.signing_keys() for _ in range(20)), return_exceptions=True)

    assert {type(failure) for failure in asyncio.run(scenario())} == {StoreUnavailable}
    assert tries == ["secretsmanager"]


@pytest.fixture
def served(local_aws_dynamodb: str) -> Iterator[SecretsManagerSource]:
    """Give a source that asks the local AWS as a function does, with more parameters than a page has."""
    with (
        aws_client("secretsmanager", local_aws_dynamodb) as manager,
        aws_client("ssm", local_aws_dynamodb) as parameters,
    ):
        manager.create_secret(Name="signing", SecretString=json.dumps(SIGNING))
        names = [f"/acme/NAME_{number}" for number in range(12)]
        for name in names:
            parameters.put_parameter(Name=name, Value=f"value of {name}", Type="SecureString")
        yield SecretsManagerSource(
            secrets_id="ssm:/acme",
            signing_id="signing",
            clock=FrozenClock(),
            secrets_manager=lambda: Signed(SECRETS_MANAGER, local_aws_dynamodb),
            parameter_store=lambda: Signed(PARAMETER_STORE, local_aws_dynamodb),
        )
        manager.delete_secret(SecretId="signing", ForceDeleteWithoutRecovery=True)
        parameters.delete_parameters(Names=names[:10])
        parameters.delete_parameters(Names=names[10:])


def test_signed_calls_read_what_boto3_reads(served: SecretsManagerSource) -> None:
    """Without boto3 the keys are the same, and so are all pages of parameters."""
    assert asyncio.run(served.signing_keys()) == KEYS
    assert asyncio.run(served.secrets()) == {
        f"NAME_{number}": f"value of /acme/NAME_{number}" for number in range(12)
    }


def test_signed_call_that_is_refused(local_aws_dynamodb: str) -> None:
    """What Secrets Manager itself refuses is a fault of the deployment, without boto3 too."""
    source = SecretsManagerSource(
        secrets_id="absent",
        signing_id="signing",
        clock=FrozenClock(),
        secrets_manager=lambda: Signed(SECRETS_MANAGER, local_aws_dynamodb),
        parameter_store=lambda: Signed(PARAMETER_STORE, local_aws_dynamodb),
    )

    with pytest.raises(ConfigurationError, match="'absent' cannot be read: ResourceNotFoundException"):
        asyncio.run(source.secrets())


def test_service_without_an_answer_is_unavailable() -> None:
    """Where nothing answers a signed call, the store is unavailable."""
    source = SecretsManagerSource(
        secrets_id=None,
        signing_id="signing",
        clock=FrozenClock(),
        secrets_manager=lambda: Signed(SECRETS_MANAGER, "http://127.0.0.1:9"),
        parameter_store=lambda: Signed(PARAMETER_STORE, "http://127.0.0.1:9"),
    )

    with pytest.raises(StoreUnavailable, match="'signing' was not answered for"):
        asyncio.run(source.signing_keys())
