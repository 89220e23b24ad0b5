"""A stand-in that comes back listens where it did, also where somebody holds its port for a moment."""

from __future__ import annotations

import socket
import threading

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rest import RestApi, RestServer
from emulators.camunda.server import CamundaStandIn
from emulators.same_port import listening


@pytest.mark.parametrize("api", ["grpc", "rest"])
def test_port_that_is_held_for_a_moment_is_waited_for(api: str) -> None:
    """Another connection may get the port while no server listens, and releases it again."""
    engine = Engine()
    stand_in = CamundaStandIn(engine, rest=RestServer(RestApi(engine)))
    stand_in.start()
    before = (stand_in.grpc_address, stand_in.rest_address)
    port = int(str(before[api == "rest"]).rsplit(":", 1)[1])
    stand_in.stop()
    holder = socket.create_server(("127.0.0.1", port))
    leaves = threading.Timer(0.3, holder.close)
    leaves.start()

    with stand_in:
        assert (stand_in.grpc_address, stand_in.rest_address) == before

    leaves.join()


def test_any_port_is_not_waited_for() -> None:
    """A server without a fixed port fails at once where it cannot listen."""
    tries = []

    def open_port() -> int:
        tries.append(1)
        raise OSError("no ports are left")

    with pytest.raises(OSError, match="no ports"):
        listening(open_port, 0)
    assert len(tries) == 1
