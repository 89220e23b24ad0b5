"""The clusters that the suites of Camunda's ports run on, each opened once in a module; who asks which."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import grpc
import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestFace, RestServer
from emulators.camunda.server import CamundaStandIn
from real_engines import Catalog, RealEngine

from tests.contract.camunda_fake_world import FakeWorld
from tests.contract.camunda_ports import Ports, opened_ports
from tests.contract.camunda_targets import START
from tests.contract.camunda_worlds import ClusterWorld, World
from tests.contract.engine_insight import Insight, StandInInsight
from tests.contract.engine_transports import GrpcTransport
from tests.contract.records_insight import RecordsInsight
from tests.engines.fixtures import engine_named, of_engine


@dataclass(frozen=True, slots=True)
class Kind:
    """Which cluster, and how our adapters reach it.

    Attributes:
        name: "fake", "stand-in", or the version of an engine of Camunda's.
        transport: "grpc", "rest" or "auto"; fakes have none.
        gateway: As which gateway fakes and the stand-in answer; engines of Camunda's have a catalogue of 8.8.
        is_tenanted: Whether the cluster has multi-tenancy; then we want the jobs of "acme".
        fetched: The variables that we want of a job; none named: all.
    """

    name: str
    transport: str = ""
    gateway: GatewayVersion = GatewayVersion.V8_10
    is_tenanted: bool = False
    fetched: tuple[str, ...] = ()

    @property
    def is_real(self) -> bool:
        """Say whether it is an engine of Camunda's."""
        return self.name[0].isdigit()

    @property
    def knows_tags(self) -> bool:
        """Say whether instances that are started this way carry tags."""
        return self.transport != "grpc" and not self.is_real

    def __str__(self) -> str:
        version = "" if self.is_real or self.transport == "grpc" else self.gateway.minor_name
        return " ".join(part for part in (self.name, self.transport, version) if part)


class Cluster(Protocol):
    """A cluster with room for many tests."""

    @property
    def kind(self) -> Kind: ...

    def world(self, name: str) -> World:
        """Return the corner of this name."""
        ...


@dataclass(frozen=True, slots=True)
class FakeCluster:
    """The fakes, new in each corner."""

    kind: Kind
    runner: asyncio.Runner

    def world(self, name: str) -> World:
        is_new = self.kind.gateway >= GatewayVersion.V8_10
        return FakeWorld(name, self.runner, is_new=is_new, is_tenanted=self.kind.is_tenanted)


@dataclass(frozen=True, slots=True)
class RunningCluster:
    """Our adapters over a cluster that runs."""

    kind: Kind
    ports: Ports
    others: GrpcTransport
    insight: Insight

    def world(self, name: str) -> World:
        return ClusterWorld(name, self.ports, self.others, self.insight)


def opened_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Open the cluster of the kind that a fixture is asked for; skip where this machine cannot."""
    kind: Kind = request.param
    if kind.name == "fake":
        with asyncio.Runner() as runner:
            yield FakeCluster(kind, runner)
    elif kind.name == "stand-in":
        with _stand_in(kind) as cluster:
            yield cluster
    else:
        with _camundas_own(kind, engine_named(kind.name, request)) as cluster:
            yield cluster


@contextmanager
def _stand_in(kind: Kind) -> Iterator[Cluster]:
    gateway = Gateway(kind.gateway)
    engine = Engine(drains=gateway.filters_definition_state, multi_tenancy=kind.is_tenanted)
    engine.pin_clock(START)
    rest = RestServer(RestFace(engine, gateway))
    with (
        CamundaStandIn(engine, rest=rest) as running,
        grpc.insecure_channel(running.grpc_address) as channel,
        _ports(kind, running.grpc_address, rest.address) as ports,
    ):
        yield RunningCluster(kind, ports, GrpcTransport(channel), StandInInsight(engine))


@contextmanager
def _camundas_own(kind: Kind, engine: RealEngine) -> Iterator[Cluster]:
    with (
        grpc.insecure_channel(engine.grpc_address) as channel,
        Catalog(engine) as beside,  # passes commands on, and names jobs' keys as gateways do since 8.7
        _ports(kind, engine.grpc_address, beside.address) as ports,
    ):
        others = GrpcTransport(channel)
        insight = RecordsInsight(engine, others)
        with insight.listening():
            yield RunningCluster(kind, ports, others, insight)


def _ports(kind: Kind, grpc_address: str, rest_address: str) -> AbstractContextManager[Ports]:
    return opened_ports(
        kind.transport,
        grpc_address=f"http://{grpc_address}",
        rest_address=rest_address,
        tenant_ids=["acme"] if kind.is_tenanted else (),
        fetched_variables=kind.fetched,
    )


def _params(*kinds: Kind) -> tuple[Any, ...]:
    return tuple(
        pytest.param(kind, marks=of_engine(kind.name) if kind.is_real else (), id=str(kind)) for kind in kinds
    )


# One object a kind: what asks for the same one gets the same cluster.
_FAKE: Final = Kind("fake")
_FAKE_OF_8_8: Final = Kind("fake", gateway=GatewayVersion.V8_8)
_GRPC: Final = Kind("stand-in", "grpc")
_AUTO: Final = Kind("stand-in", "auto")
_REST_8_8, _REST_8_9, _REST_8_10 = (Kind("stand-in", "rest", gateway) for gateway in GatewayVersion)
_OVER_REST: Final = (_REST_8_8, _REST_8_9, _REST_8_10)
_8_6_GRPC: Final = Kind("8.6.0", "grpc")
_8_6_REST: Final = Kind("8.6.0", "rest")
_8_8: Final = Kind("8.8.21", "grpc")


def _tenanted(*kinds: Kind) -> tuple[Kind, ...]:
    return tuple(replace(kind, is_tenanted=True) for kind in kinds)


EVERYWHERE: Final = _params(_FAKE, _GRPC, _AUTO, *_OVER_REST, _8_6_GRPC, _8_6_REST, _8_8)
"""Where messages, starts and jobs are commanded."""
AS_A_GATEWAY: Final = _params(_FAKE, _GRPC, _AUTO, *_OVER_REST, _8_6_GRPC, _8_6_REST)
"""The same but for 8.8.21, whose own small gateway differs where this is used; docs/engine-differences.md."""
TENANTED: Final = _params(*_tenanted(_FAKE, _GRPC, _AUTO, *_OVER_REST))
"""Where there is multi-tenancy; the engines of Camunda's here have none."""

TENANTED_ADAPTERS: Final = _params(*_tenanted(_GRPC, _AUTO, *_OVER_REST))
"""The same but for the fake: which tenants' jobs are wanted is a matter of the adapters."""
FETCHING_SOME: Final = _params(
    *(
        replace(kind, fetched=("url", "limit"))
        for kind in (_GRPC, _AUTO, *_OVER_REST, _8_6_GRPC, _8_6_REST, _8_8)
    )
)
"""Where of a job's variables only `url` and `limit` are wanted, which is a matter of the adapters, too."""

TAGGING: Final = _params(_FAKE, _AUTO, *_OVER_REST)
"""Where instances carry tags and are searched for."""
SEARCHED: Final = _params(_FAKE, _AUTO, *_OVER_REST, _8_6_REST, _8_8)
"""Where correlated messages are searched for; beside Camunda's engines by their records."""

CATALOGUED: Final = _params(_FAKE, _FAKE_OF_8_8, *_OVER_REST, _8_6_REST, _8_8)
"""Where there is a catalogue; beside Camunda's engines by their records."""
WITH_OWN_SEARCH: Final = _params(_FAKE, _FAKE_OF_8_8, *_OVER_REST)
"""The same but for Camunda's engines here, which have no search of their own and serve other tests too."""
LISTS_WAITING: Final = _params(_FAKE, _REST_8_9, _REST_8_10)
"""Where the catalogue lists the definitions with message subscriptions."""
LISTS_NO_WAITING: Final = _params(_FAKE_OF_8_8, _REST_8_8, _8_6_REST, _8_8)
"""Where it cannot."""
SHOWS_STATE: Final = _params(_FAKE, _REST_8_10)
"""Where the catalogue tells which definitions are still active."""
HIDES_STATE: Final = _params(_FAKE_OF_8_8, _REST_8_8, _REST_8_9)
"""Where it shows definitions that were deleted."""
TENANTED_CATALOGUES: Final = _params(*_tenanted(_FAKE, *_OVER_REST))
"""Where processes of several tenants are listed."""
