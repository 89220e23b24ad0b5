"""Encrypted clusters: an authority of their own, and client certificates, over both transports."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import grpc
import httpx
import pytest
from apify_camunda.camunda.auth import NoAuth
from apify_camunda.camunda.grpc import CamundaGrpc
from apify_camunda.camunda.model import MessagePublished
from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.camunda.rest_commands import RestCommands
from apify_camunda.errors import EngineUnavailable
from emulators.camunda.engine import Engine
from emulators.camunda.rest import RestApi, RestServer
from emulators.camunda.server import CamundaStandIn

from tests.contract.camunda_targets import a_message
from tests.contract.certificates import Authority, Pair


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A stand-in that speaks TLS, and the authority that it belongs to."""

    authority: Authority
    grpc_address: str
    rest_address: str

    def publish_over_grpc(self, trusted: Path | None, mine: Pair | None) -> object:
        roots = trusted.read_bytes() if trusted else None
        certificate = mine.as_bytes if mine else None

        async def publish() -> object:
            adapter = CamundaGrpc(
                address=f"https://{self.grpc_address}",
                auth=NoAuth(),
                deadline=timedelta(seconds=3),
                roots=roots,
                client_certificate=certificate,
            )
            try:
                return await adapter.publish_message(a_message())
            finally:
                await adapter.close()

        return asyncio.run(publish())

    def publish_over_rest(self, trusted: Path | None, mine: Pair | None) -> object:
        async def publish() -> object:
            context = ssl.create_default_context(cafile=trusted)
            if mine is not None:
                context.load_cert_chain(mine.certificate, mine.key)
            async with httpx.AsyncClient(verify=context) as client:
                rest = CamundaRest(base_url=self.rest_address, auth=NoAuth(), client=client)
                return await RestCommands(rest).publish_message(a_message())

        return asyncio.run(publish())

    def publish(self, transport: str, *, trusted: Path | None, mine: Pair | None = None) -> object:
        over = self.publish_over_grpc if transport == "grpc" else self.publish_over_rest
        return over(trusted, mine)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(params=[False, True], ids=["tls", "mtls"])
def asks_for_certificates(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def cluster(authority: Authority, asks_for_certificates: bool) -> Iterator[Encrypted]:  # noqa: FBT001 - a fixture
    server = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.key)
    if asks_for_certificates:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.certificate)
    certificate, key = server.as_bytes
    credentials = grpc.ssl_server_credentials(
        [(key, certificate)],
        root_certificates=authority.certificate.read_bytes() if asks_for_certificates else None,
        require_client_auth=asks_for_certificates,
    )
    engine = Engine()
    with ExitStack() as stack:
        rest = RestServer(RestApi(engine), tls=context)
        stand_in = stack.enter_context(CamundaStandIn(engine, credentials=credentials, rest=rest))
        yield Encrypted(authority, stand_in.grpc_address, rest.address)


@pytest.mark.parametrize("transport", ["grpc", "rest"])
class TestTls:
    def test_a_cluster_of_our_own_authority_is_trusted(
        self,
        cluster: Encrypted,
        transport: str,
        asks_for_certificates: bool,  # noqa: FBT001 - a fixture
    ) -> None:
        """With the authority's certificate, and ours where the cluster asks for it, commands go through."""
        mine = cluster.authority.issue("client") if asks_for_certificates else None
        published = cluster.publish(transport, trusted=cluster.authority.certificate, mine=mine)
        assert isinstance(published, MessagePublished)

    def test_a_cluster_with_an_unknown_certificate_is_not_trusted(
        self, cluster: Encrypted, transport: str, stranger: Authority
    ) -> None:
        """Nothing is sent to a cluster whose certificate we have no reason to trust."""
        for trusted in (None, stranger.certificate):
            with pytest.raises(EngineUnavailable):
                cluster.publish(transport, trusted=trusted, mine=cluster.authority.issue("client"))

    @pytest.mark.parametrize("asks_for_certificates", [True], ids=["mtls"], indirect=True)
    def test_without_our_certificate_the_cluster_does_not_answer(
        self, cluster: Encrypted, transport: str, stranger: Authority
    ) -> None:
        """If the cluster asks for certificates, a missing and an unknown one are refused."""
        for mine in (None, stranger.issue("client")):
            with pytest.raises(EngineUnavailable):
                cluster.publish(transport, trusted=cluster.authority.certificate, mine=mine)
