"""pyzeebe's generated code without its client, and beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LAYER = Path(__file__).parents[3] / "layers/runtime"
OF_THE_CLIENT = (
    "charset_normalizer",
    "grpc_health",
    "oauthlib",
    "pyzeebe.client",
    "requests",
    "requests_oauthlib",
    "urllib3",
)


def run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(LAYER)})


def test_generated_code_needs_nothing_of_the_client() -> None:
    """Commands over gRPC import no OAuth client, and no part of pyzeebe but what is generated."""
    run(
        "import sys\n"
        f"for name in {OF_THE_CLIENT}: sys.modules[name] = None\n"
        "import apify_camunda.camunda.grpc\n"
        "assert 'pyzeebe' not in sys.modules and 'pyzeebe.proto.gateway_pb2' in sys.modules"
    )


def test_client_is_whole_afterwards() -> None:
    """A program that imports pyzeebe afterwards gets its client, with the same generated code."""
    run(
        "from apify_camunda.camunda.zeebe_stubs import pb\n"
        "from pyzeebe import ZeebeClient\n"
        "from pyzeebe.proto import gateway_pb2\n"
        "assert gateway_pb2 is pb and ZeebeClient"
    )


def test_client_may_come_first() -> None:
    """A program that has imported pyzeebe gets the generated code that it has."""
    run(
        "from pyzeebe.proto import gateway_pb2\n"
        "from apify_camunda.camunda.zeebe_stubs import pb\n"
        "import pyzeebe\n"
        "assert gateway_pb2 is pb and pyzeebe.ZeebeClient"
    )
