"""Opens the clusters that the suites of Camunda's ports run on: each once in a module, for all its tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import grpc
import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn
from real_engines import Catalog, RealEngine

from tests.contract.camunda_fake_world import FakeWorld
from tests.contract.camunda_kinds import Kind
from tests.contract.camunda_ports import Ports, opened_ports
from tests.contract.camunda_targets import START
from tests.contract.camunda_worlds import ClusterWorld, World
from tests.contract.engine_insight import Insight, StandInInsight
from tests.contract.engine_transports import GrpcTransport
from tests.contract.records_insight import RecordsInsight
from tests.engines.fixtures import engine_named


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
    rest = RestServer(RestApi(engine, gateway))
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
