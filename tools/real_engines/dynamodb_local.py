"""Runs Amazon's DynamoDB Local, in memory: stricter than other stand-ins for DynamoDB."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .java_process import JavaProcess
from .jdk import find_jdk
from .loopback import HOST, ask, free_ports
from .maven import Coordinates, fetch_jars

DYNAMODB_LOCAL: Final = Coordinates("com.amazonaws", "DynamoDBLocal", "2.6.1")
_START_TIMEOUT_S: Final = 60.0


class DynamoDBLocal:
    """The server's process; a context manager, so that none is left behind.

    Raises:
        Unavailable: There is no JDK or no Maven, or the jars cannot be fetched.
    """

    def __init__(self) -> None:
        self._java = find_jdk().java
        self._jars = fetch_jars(DYNAMODB_LOCAL)
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dynamodb-local-"))
            [port] = free_ports(1)
            process = JavaProcess(self._command(port), environment={}, folder=Path(folder))
            stack.callback(process.stop, at_once=True)
            process.wait_until(lambda: _answers(port), timeout_s=_START_TIMEOUT_S)
            self.url = f"http://{HOST}:{port}"
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _command(self, port: int) -> list[str]:
        return [
            str(self._java),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            f"-Djava.library.path={self._jars}",
            *("-cp", f"{self._jars}/*", "com.amazonaws.services.dynamodbv2.local.main.ServerRunner"),
            *("-inMemory", "-disableTelemetry", "-port", str(port)),
        ]


def _answers(port: int) -> bool:
    status, _ = ask(port, "GET", "/")
    return status > 0
