"""Tells AWS X-Ray of each call to a store, Apify or Camunda, while the invocation is sampled.

Lambda makes the segment of an invocation itself; each call becomes a subsegment of it, sent to the daemon
that runs beside the function. A subsegment has the name of the port's method, its time, whether it failed
and ids; never another argument, a result or a message.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import inspect
import json
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar, cast

from apify_camunda.errors import ConnectorError
from apify_camunda.platform.ports import Clock

P = TypeVar("P")

_HEADER: Final = b'{"format": "json", "version": 1}\n'
_IDS: Final = {
    "attempt": "attempt_id",
    "event": "event_id",
    "job": "job_key",
    "registration": "registration_id",
    "run_id": "run_id",
}
"""Parameters of ports that name what a call is about, and the annotations that show them."""
_OPENS: Final = "with_token"
"""The method by which an Apify account is opened: its calls are traced, its token is not."""


class XRay:
    """The X-Ray daemon of this execution environment.

    Args:
        environment: Returns Lambda's variables of the present invocation.
        clock: Says when a call began and ended.
    """

    def __init__(self, *, environment: Callable[[], Mapping[str, str]], clock: Clock) -> None:
        self._environment = environment
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.clock = clock

    def send(
        self, name: str, began: datetime, annotations: Mapping[str, str | int], error: Exception | None
    ) -> None:
        """Send a subsegment that ends now, unless the invocation is not sampled; a lost one harms nothing."""
        environment = self._environment()
        parent = _parent_in(environment.get("_X_AMZN_TRACE_ID", ""))
        if parent is None:
            return
        document: dict[str, Any] = {
            **parent,
            "type": "subsegment",
            "id": secrets.token_hex(8),
            "name": name,
            "namespace": "remote",
            "start_time": began.timestamp(),
            "end_time": self.clock.now().timestamp(),
            "annotations": dict(annotations),
        }
        if error is not None:
            document["fault"] = True
            code = error.code.value if isinstance(error, ConnectorError) else type(error).__name__
            document["annotations"]["code"] = code
        host, _, port = environment.get("AWS_XRAY_DAEMON_ADDRESS", "").rpartition(":")
        with suppress(OSError, ValueError):
            self._socket.sendto(_HEADER + json.dumps(document).encode(), (host, int(port)))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def traced(port: P, service: str, xray: XRay) -> P:
    """Return the port with each of its coroutine methods traced as `{service}.{method}`."""
    return cast("P", _Traced(port, service, xray))


class _Traced:
    """Stands for a port."""

    def __init__(self, port: object, service: str, xray: XRay) -> None:
        self._port = port
        self._service = service
        self._xray = xray

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if inspect.iscoroutinefunction(value):
            value = self._with_subsegment(name, value)
            self.__dict__[name] = value
        elif name == _OPENS:
            return lambda token: _Traced(value(token), self._service, self._xray)
        return value

    def _with_subsegment(self, name: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
        parameters = tuple(inspect.signature(method).parameters)

        async def call(*args: Any, **kwargs: Any) -> Any:
            began = self._xray.clock.now()
            annotations = _annotations({**dict(zip(parameters, args, strict=False)), **kwargs})
            error: Exception | None = None
            try:
                return await method(*args, **kwargs)
            except Exception as raised:
                error = raised
                raise
            finally:
                self._xray.send(f"{self._service}.{name}", began, annotations, error)

        return call


def _annotations(given: Mapping[str, object]) -> dict[str, str | int]:
    """Return the ids among the arguments of a call; an object is shown by its own id or key."""
    found: dict[str, str | int] = {}
    for name, annotation in _IDS.items():
        value = given.get(name)
        value = getattr(value, "id", getattr(value, "key", value))
        if isinstance(value, str | int):
            found[annotation] = value
    return found


def _parent_in(header: str) -> dict[str, str] | None:
    """Return what joins a subsegment to the invocation's segment, or None where that is not sampled."""
    parts = dict(part.partition("=")[::2] for part in header.split(";"))
    if parts.get("Sampled") != "1" or "Root" not in parts or "Parent" not in parts:
        return None
    return {"trace_id": parts["Root"], "parent_id": parts["Parent"]}
