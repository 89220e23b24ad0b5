"""A program of its own: Camunda's stand-in, so that its work is not counted as that of what is measured.

It writes its two addresses to standard output as JSON, and ends when its standard input closes.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from emulators.camunda.engine import Engine
from emulators.camunda.rest import Gateway, GatewayVersion, RestApi, RestServer
from emulators.camunda.server import CamundaStandIn


@dataclass(frozen=True, slots=True)
class ServedCluster:
    """Where the stand-in is.

    Attributes:
        grpc: `host:port`.
        rest: The base URL.
    """

    grpc: str
    rest: str


@contextmanager
def stand_in() -> Iterator[ServedCluster]:
    """Run the stand-in in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.stand_in"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield ServedCluster(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


def main() -> None:
    """Serve until standard input closes."""
    gateway = Gateway(GatewayVersion.V8_8, knows_definition_state=False)
    engine = Engine(drains=gateway.filters_definition_state)
    with CamundaStandIn(engine, rest=RestServer(RestApi(engine, gateway, None))) as cluster:
        print(json.dumps({"grpc": cluster.grpc_address, "rest": cluster.rest_address}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
