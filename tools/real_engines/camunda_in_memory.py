"""Runs Camunda's engine 8.8.21 in memory: gRPC, a clock that only we move forward faster, and no REST."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .history import History
from .java_process import JavaProcess, compiled
from .jdk import find_jdk
from .loopback import HOST, free_ports
from .maven import Coordinates, fetch_jars
from .record_stream import RecordStream

ENGINE: Final = Coordinates("io.camunda", "zeebe-process-test-engine", "8.8.21")
_PROGRAM: Final = Path(__file__).with_name("java") / "InMemoryEngine.java"
_START_TIMEOUT_S: Final = 60.0
_ANSWER_TIMEOUT_S: Final = 60.0


class CamundaInMemory:
    """The engine's process; a context manager, so that none is left behind.

    Raises:
        Unavailable: There is no JDK or no Maven, or the jars cannot be fetched.
    """

    name: Final = f"Camunda {ENGINE.version} in memory"
    rest_address: Final = None

    def __init__(self) -> None:
        self._jdk = find_jdk()
        self._jars = fetch_jars(ENGINE)
        self._stack = ExitStack()
        self._process: JavaProcess | None = None
        self._records: RecordStream | None = None
        self.history = History()
        self.grpc_address = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._records = stack.enter_context(RecordStream(self.history.take))
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="camunda-in-memory-"))
            [port] = free_ports(1)
            self._process = process = JavaProcess(
                self._command(port, self._records.port), environment={}, folder=Path(folder)
            )
            stack.callback(process.stop, at_once=True)
            records = self._records
            process.wait_until(lambda: records.is_connected, timeout_s=_START_TIMEOUT_S)
            self.grpc_address = f"{HOST}:{port}"
            self.settle()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def pass_time(self, by: timedelta) -> None:
        """Move the engine's clock forward, and let what is due happen."""
        self._tell(f"time PT{by.total_seconds()}S")

    def settle(self) -> None:
        """Wait until the engine has nothing to do."""
        self._tell("idle")

    def _tell(self, command: str) -> None:
        assert self._process is not None
        assert self._records is not None
        self._process.input.write(f"{command}\n".encode())
        self._process.input.flush()
        self._records.wait_for_answer(_ANSWER_TIMEOUT_S)

    def _command(self, port: int, records_port: int) -> list[str]:
        jars = f"{self._jars}/*"
        classes = compiled(self._jdk, _PROGRAM, jars)
        return [
            str(self._jdk.java),
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            *("--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"),
            *("-cp", f"{classes}:{jars}", _PROGRAM.stem, str(port), str(records_port)),
        ]
