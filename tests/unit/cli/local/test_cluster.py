"""What the runner gets from a Camunda that does not do what it was asked."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from apify_camunda_cli.local.cluster import EngineCluster, Refused, StandInCluster, Unanswered
from emulators.camunda.engine import Engine
from emulators.camunda.server import CamundaStandIn
from real_engines import History

EMPTY = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t" />'


@dataclass(frozen=True)
class EngineAt:
    """A real engine as far as its gateway's address goes."""

    grpc_address: str
    name: str = "an engine"
    rest_address: str | None = None
    history: History = field(default_factory=History)

    def pass_time(self, by: timedelta) -> None:
        """Let it pass."""

    def settle(self) -> None:
        """Settle."""


def test_stand_in_refuses_in_its_words() -> None:
    """
    A process that the stand-in does not take is refused with the reason, and so is what was never deployed.
    """
    cluster = StandInCluster(Engine())

    with pytest.raises(Refused, match="Must contain at least one executable process"):
        cluster.deploy("empty.bpmn", EMPTY)
    with pytest.raises(Refused, match="'ghost'"):
        cluster.start("ghost", {})


def test_engine_refuses_in_its_words() -> None:
    """
    A refusal over gRPC is shown in the engine's words.
    """
    with CamundaStandIn() as engine:
        cluster = EngineCluster(EngineAt(engine.grpc_address))

        with pytest.raises(Refused, match="Must contain at least one executable process"):
            cluster.deploy("empty.bpmn", EMPTY)
        with pytest.raises(Refused, match="'ghost'"):
            cluster.start("ghost", {})


def test_engine_that_is_gone_has_refused_nothing() -> None:
    """
    An engine that does not answer says nothing about the process, so its file is not called wrong.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
    cluster = EngineCluster(EngineAt(f"{host}:{port}"))

    with pytest.raises(Unanswered, match="Camunda did not answer"):
        cluster.deploy("empty.bpmn", EMPTY)
    with pytest.raises(Unanswered, match="Camunda did not answer"):
        cluster.start("ghost", {})
