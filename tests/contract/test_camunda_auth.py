"""Credentials over both transports: when a token is asked for, how often, and what a refusal does."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from apify_camunda.camunda.auth import CREDENTIALS_UNREADABLE, BasicAuth, CamundaAuth, ClientCredentials
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.model import MessagePublished
from apify_camunda.camunda.ports import EngineCommands, JobQueue
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.camunda.rest_jobs import RestJobs
from apify_camunda.errors import ConfigurationError, EngineUnavailable, StoreUnavailable
from emulators.camunda.auth import TokenIssuer
from emulators.camunda.clock import EngineClock
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Credentials, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn

from tests.contract.camunda_targets import NOBODY, a_message

LIFETIME = timedelta(hours=1)
GOOD = {"clientId": "client", "clientSecret": "obviously-fake"}


class MovedClock:
    """The Clock port on the stand-in's own clock."""

    def __init__(self, clock: EngineClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    async def sleep(self, duration: timedelta) -> None:
        self._clock.advance(duration)


class SecretStore:
    """The current credentials, and how often they were read."""

    def __init__(self, **held: str) -> None:
        self.held = dict(held)
        self.reads = 0

    async def __call__(self) -> Mapping[str, str]:
        self.reads += 1
        return dict(self.held)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A stand-in that asks for tokens, and the ports with credentials."""

    kind: str
    issuer: TokenIssuer
    credentials: Credentials
    clock: EngineClock
    secrets: SecretStore
    commands: EngineCommands
    jobs: JobQueue
    runner: asyncio.Runner

    def publish(self, message_id: str = "event-1") -> object:
        return self.runner.run(self.commands.publish_message(a_message(message_id=message_id)))


@pytest.fixture(params=["grpc", "rest"])
def guarded(request: pytest.FixtureRequest) -> Iterator[Guarded]:
    clock = EngineClock()
    clock.pin(datetime(2026, 1, 1, tzinfo=UTC))
    engine = Engine(clock)
    issuer = TokenIssuer({"client": "obviously-fake", "other": "also-fake"}, clock, lifetime=LIFETIME)
    credentials = Credentials(issuer)
    secrets = SecretStore(**GOOD)
    with ExitStack() as stack:
        rest = RestServer(RestApi(engine, credentials=credentials))
        stand_in = stack.enter_context(CamundaStandIn(engine, issuer=issuer, rest=rest))
        runner = stack.enter_context(asyncio.Runner())
        client = httpx.AsyncClient()
        stack.callback(lambda: runner.run(client.aclose()))
        auth = ClientCredentials(
            token_url=f"{rest.address}/oauth/token",
            audience="zeebe.camunda.io",
            scope="",
            credentials=secrets,
            client=client,
            clock=MovedClock(clock),
        )
        ports = CamundaRest(base_url=rest.address, auth=auth, client=client)
        commands: EngineCommands = RestCommands(ports)
        jobs: JobQueue = RestJobs(ports)
        if request.param == "grpc":
            adapter = CamundaGrpc(address=f"http://{stand_in.grpc_address}", auth=auth)
            stack.callback(lambda: runner.run(adapter.close()))
            commands = jobs = adapter
        yield Guarded(request.param, issuer, credentials, clock, secrets, commands, jobs, runner)


class TestClientCredentials:
    def test_one_token_serves_until_it_nears_its_end(self, guarded: Guarded) -> None:
        """A token is asked for once, kept, and renewed before it ends."""
        guarded.publish("1")
        guarded.publish("2")
        assert (guarded.issuer.issued_count, guarded.secrets.reads) == (1, 1)
        guarded.clock.advance(LIFETIME - timedelta(seconds=30))
        guarded.publish("3")
        assert guarded.issuer.issued_count == 2

    def test_the_audience_is_sent_and_an_empty_scope_is_not(self, guarded: Guarded) -> None:
        """The token endpoint gets what the deployment says, and no empty field."""
        guarded.publish()
        [request] = guarded.credentials.token_requests
        assert (request.client_id, request.audience, request.scope) == ("client", "zeebe.camunda.io", None)

    def test_calls_at_once_share_one_token_request(self, guarded: Guarded) -> None:
        """Twenty commands on a fresh connection ask for one token."""

        async def publish_all() -> list[object]:
            messages = (a_message(message_id=str(number)) for number in range(20))
            return await asyncio.gather(*(guarded.commands.publish_message(each) for each in messages))

        assert {type(each) for each in guarded.runner.run(publish_all())} == {MessagePublished}
        assert guarded.issuer.issued_count == 1

    def test_a_refused_token_is_renewed_and_the_command_repeated(self, guarded: Guarded) -> None:
        """When the identity provider forgot our token, the command still goes through, once."""
        guarded.publish("1")
        guarded.issuer.revoke_all()
        assert isinstance(guarded.publish("2"), MessagePublished)
        assert guarded.issuer.issued_count == 2

    def test_a_refused_token_is_renewed_for_a_long_poll_too(self, guarded: Guarded) -> None:
        """Activation renews its token as every other command does."""
        guarded.publish("1")
        guarded.issuer.revoke_all()
        activation = guarded.jobs.activate(
            job_type="work", max_jobs=1, lock=timedelta(minutes=1), wait=timedelta(0)
        )
        assert list(guarded.runner.run(activation)) == []
        assert guarded.issuer.issued_count == 2

    def test_many_refused_calls_renew_the_token_once(self, guarded: Guarded) -> None:
        """Commands that were refused together do not throw away each other's new token."""
        guarded.publish("0")
        guarded.issuer.revoke_all()

        async def publish_all() -> list[object]:
            messages = (a_message(message_id=str(number)) for number in range(1, 21))
            return await asyncio.gather(*(guarded.commands.publish_message(each) for each in messages))

        assert {type(each) for each in guarded.runner.run(publish_all())} == {MessagePublished}
        assert guarded.issuer.issued_count == 2

    def test_wrong_credentials_are_our_fault_and_may_be_corrected(self, guarded: Guarded) -> None:
        """A refused secret is reported, has no effect, and a corrected one works without a restart."""
        guarded.secrets.held["clientSecret"] = "wrong"
        with pytest.raises(EngineUnavailable, match="check the client id and secret") as raised:
            guarded.publish()
        assert (raised.value.code, raised.value.outcome_unknown) == ("ENGINE_UNAUTHORIZED", False)
        assert "wrong" not in raised.value.message
        guarded.secrets.held["clientSecret"] = "obviously-fake"
        assert isinstance(guarded.publish(), MessagePublished)

    def test_rotated_credentials_are_read_again(self, guarded: Guarded) -> None:
        """The next token is asked for with what the secret holds by then."""
        guarded.publish("1")
        guarded.secrets.held |= {"clientId": "other", "clientSecret": "also-fake"}
        guarded.clock.advance(LIFETIME)
        guarded.publish("2")
        assert [each.client_id for each in guarded.credentials.token_requests] == ["client", "other"]

    def test_a_secret_without_its_field_names_it(self, guarded: Guarded) -> None:
        """The error says what to do; nothing was sent, and a corrected secret works without a restart."""
        del guarded.secrets.held["clientSecret"]
        with pytest.raises(EngineUnavailable, match="'clientSecret'") as raised:
            guarded.publish()
        assert (raised.value.code, raised.value.outcome_unknown) == (CREDENTIALS_UNREADABLE, False)
        guarded.secrets.held["clientSecret"] = "obviously-fake"
        assert isinstance(guarded.publish(), MessagePublished)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(500, text="oops"), "ENGINE_UNAUTHORIZED"),
        (httpx.Response(200, text="<html>"), "ENGINE_TOKEN_UNAVAILABLE"),
        (httpx.Response(200, json=[]), "ENGINE_TOKEN_UNAVAILABLE"),
        (httpx.Response(200, json={"token": "x"}), "ENGINE_TOKEN_UNAVAILABLE"),
    ],
    ids=["500", "no json", "no object", "no token"],
)
def test_a_token_endpoint_that_talks_nonsense_is_unavailable(answer: httpx.Response, code: str) -> None:
    """After any of its answers the command had no effect and may be tried again."""
    with pytest.raises(EngineUnavailable) as raised:
        asyncio.run(_authorization(httpx.MockTransport(lambda _: answer)))
    assert (raised.value.code, raised.value.outcome_unknown) == (code, False)


def test_a_token_endpoint_that_is_not_there_is_unavailable() -> None:
    """No token, no effect."""
    with pytest.raises(EngineUnavailable) as raised:
        asyncio.run(_authorization(httpx.AsyncHTTPTransport()))
    assert (raised.value.code, raised.value.outcome_unknown) == ("ENGINE_TOKEN_UNAVAILABLE", False)


async def _authorization(transport: httpx.AsyncBaseTransport) -> str | None:
    async with httpx.AsyncClient(transport=transport) as client:
        auth = ClientCredentials(
            token_url=f"{NOBODY}/oauth/token",
            audience="",
            scope="",
            credentials=SecretStore(**GOOD),
            client=client,
            clock=MovedClock(EngineClock()),
        )
        return await auth.authorization()


def test_basic_authentication_is_read_once_and_again_after_a_refusal() -> None:
    """The password is kept, and read again when the cluster refused it: it may have been rotated."""
    secrets = SecretStore(username="demo", password="old")
    auth: CamundaAuth = BasicAuth(secrets)

    async def use() -> list[str | None]:
        values = [await auth.authorization(), await auth.authorization()]
        secrets.held["password"] = "new"
        auth.refused(values[0])
        auth.refused("Basic of-somebody-else")
        return [*values, await auth.authorization()]

    first, second, third = asyncio.run(use())
    assert first == second == "Basic ZGVtbzpvbGQ="
    assert third == "Basic ZGVtbzpuZXc="
    assert secrets.reads == 2


@pytest.mark.parametrize(
    "failure", [ConfigurationError("access denied"), StoreUnavailable("away")], ids=["denied", "away"]
)
@pytest.mark.parametrize("kind", ["basic", "oidc"])
def test_credentials_that_cannot_be_read_are_as_good_as_refused(
    kind: str, failure: ConfigurationError | StoreUnavailable
) -> None:
    """Without credentials, for any reason, nothing is sent; the command is tried again."""

    async def unreadable() -> Mapping[str, str]:
        raise failure

    async def ask() -> None:
        async with httpx.AsyncClient() as client:
            auth: CamundaAuth = (
                BasicAuth(unreadable)
                if kind == "basic"
                else ClientCredentials(
                    token_url="http://127.0.0.1:9/token",
                    audience="",
                    scope="",
                    credentials=unreadable,
                    client=client,
                    clock=MovedClock(EngineClock()),
                )
            )
            await auth.authorization()

    with pytest.raises(EngineUnavailable, match=failure.message) as raised:
        asyncio.run(ask())
    assert (raised.value.code, raised.value.outcome_unknown) == (CREDENTIALS_UNREADABLE, False)


def test_basic_authentication_is_renewed_within_one_command() -> None:
    """A rotated password costs one refused request, not an error."""
    secrets = SecretStore(username="demo", password="old")
    credentials = Credentials(passwords={"demo": "new"})

    async def publish(address: str) -> object:
        async with httpx.AsyncClient() as client:
            rest = CamundaRest(base_url=address, auth=BasicAuth(secrets), client=client)
            commands = RestCommands(rest)
            with pytest.raises(EngineUnavailable) as raised:
                await commands.publish_message(a_message())
            assert raised.value.code == "ENGINE_UNAUTHORIZED"
            secrets.held["password"] = "new"
            return await commands.publish_message(a_message())

    with RestServer(RestApi(Engine(), credentials=credentials)) as server:
        assert isinstance(asyncio.run(publish(server.address)), MessagePublished)
