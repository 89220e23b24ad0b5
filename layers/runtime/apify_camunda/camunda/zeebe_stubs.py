"""Gives pyzeebe's generated gRPC code without the rest of pyzeebe.

pyzeebe's package loads its OAuth client with requests and urllib3: 100 ms of a cold start, and six packages
that nothing here uses. So the generated modules are imported with an empty module in the place of the
package, which is taken away again. A later `import pyzeebe` loads all of it, with the same generated modules.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyzeebe.proto import gateway_pb2 as pb
    from pyzeebe.proto.gateway_pb2_grpc import GatewayStub

_PACKAGE = "pyzeebe"


def _generated() -> tuple[Any, Any]:
    """Return the modules of the messages and of the service."""
    names = (f"{_PACKAGE}.proto.gateway_pb2", f"{_PACKAGE}.proto.gateway_pb2_grpc")
    if _PACKAGE in sys.modules:
        return import_module(names[0]), import_module(names[1])
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise ModuleNotFoundError("pyzeebe is not installed; it has Camunda's gRPC messages.", name=_PACKAGE)
    sys.modules[_PACKAGE] = module_from_spec(spec)  # it is not executed
    try:
        return import_module(names[0]), import_module(names[1])
    finally:
        del sys.modules[_PACKAGE]


if not TYPE_CHECKING:
    pb, _service = _generated()
    GatewayStub = _service.GatewayStub

__all__ = ["GatewayStub", "pb"]
