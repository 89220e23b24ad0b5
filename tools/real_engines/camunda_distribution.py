"""Runs Camunda 8.6.0 as it is in production: gRPC, REST commands, and a clock that we can move."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .history import History
from .java_process import JavaFailed, JavaProcess, compiled
from .jdk import find_jdk
from .loopback import HOST, ask, free_ports
from .maven import Coordinates, fetch_archive
from .record_stream import RecordStream

DISTRIBUTION: Final = Coordinates("io.camunda", "camunda-zeebe", "8.6.0")
_EXPORTER: Final = Path(__file__).with_name("java") / "RecordSender.java"
_START_TIMEOUT_S: Final = 120.0
_QUIET_S: Final = 0.15
_FORGETS_NO_LOCK: Final = {"ZEEBE_BROKER_PROCESSING_ENABLEASYNCSCHEDULEDTASKS": "false"}
"""
The thread that processes commands looks for what is due. As shipped another one does, and 8.6.0 may then take
the end of a lock for one that it has handled already: the job stays locked until the engine restarts.

Source: https://github.com/camunda/camunda/issues/29735
"""
_PATIENT: Final = {"ZEEBE_BROKER_BACKPRESSURE_ENABLED": "false"}
"""A machine that is busy with other things makes it answer late, and soon it would refuse most commands."""


class CamundaDistribution:
    """The broker's process; a context manager, so that none is left behind.

    Args:
        is_observed: It sends its records to `history`, compiles little, for a quick start, forgets no lock
            and refuses no request for its load; otherwise it runs as in production, which is how it is
            measured, and `history` stays empty.

    Raises:
        Unavailable: There is no JDK or no Maven, or the distribution cannot be fetched.
    """

    name: Final = f"Camunda {DISTRIBUTION.version}"

    def __init__(self, *, is_observed: bool = True) -> None:
        self._is_observed = is_observed
        self._jdk = find_jdk()
        self._home = fetch_archive(DISTRIBUTION)
        self._stack = ExitStack()
        self._management_port = 0
        self.history = History()
        self.pid = 0
        self.grpc_address = ""
        self.rest_address = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            records = stack.enter_context(RecordStream(self.history.take))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="camunda-")))
            grpc, rest, self._management_port, command, internal = free_ports(5)
            environment = {
                **_settings(grpc, rest, self._management_port, command, internal),
                **self._java(),
                **(self._observed(records.port) if self._is_observed else {}),
                "ZEEBE_BROKER_DATA_DIRECTORY": str(folder / "data"),
            }
            process = JavaProcess(
                [str(self._home / "bin" / "broker")], environment=environment, folder=folder
            )
            stack.callback(process.stop, at_once=True)
            process.wait_until(
                lambda: (
                    (records.is_connected or not self._is_observed)
                    and _is_healthy(rest, self._management_port)
                ),
                timeout_s=_START_TIMEOUT_S,
            )
            self.pid = process.pid
            self.grpc_address, self.rest_address = f"{HOST}:{grpc}", f"http://{HOST}:{rest}"
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def pass_time(self, by: timedelta) -> None:
        """Move the engine's clock forward; the engine looks once a second what is due."""
        offset = {"offsetMilli": round(by.total_seconds() * 1000)}
        status, said = ask(self._management_port, "POST", "/actuator/clock/add", offset)
        if status != 200:
            raise JavaFailed(f"The clock did not move: {status} {said}")

    def settle(self) -> None:
        """Wait until the engine has written no record for a moment."""
        while self.history.quiet_for_s() < _QUIET_S:
            time.sleep(_QUIET_S)

    def _java(self) -> dict[str, str]:
        quick_start = " -XX:TieredStopAtLevel=1" if self._is_observed else ""
        return {"JAVA_HOME": str(self._jdk.home), "JAVA_OPTS": f"-Xmx1g{quick_start}"}

    def _observed(self, records_port: int) -> dict[str, str]:
        classes = compiled(self._jdk, _EXPORTER, f"{self._home}/lib/*")
        return {
            "CLASSPATH_PREFIX": str(classes),
            "RECORDS_PORT": str(records_port),
            "ZEEBE_BROKER_EXPORTERS_RECORDS_CLASSNAME": _EXPORTER.stem,
            **_FORGETS_NO_LOCK,
            **_PATIENT,
        }


def _settings(grpc: int, rest: int, management: int, command: int, internal: int) -> dict[str, str]:
    return {
        "SPRING_PROFILES_ACTIVE": "broker",
        "SERVER_ADDRESS": HOST,
        "SERVER_PORT": str(rest),
        "MANAGEMENT_SERVER_ADDRESS": HOST,
        "MANAGEMENT_SERVER_PORT": str(management),
        "ZEEBE_BROKER_NETWORK_HOST": HOST,
        "ZEEBE_BROKER_NETWORK_COMMANDAPI_PORT": str(command),
        "ZEEBE_BROKER_NETWORK_INTERNALAPI_PORT": str(internal),
        "ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS": f"{HOST}:{internal}",
        "ZEEBE_BROKER_GATEWAY_NETWORK_HOST": HOST,
        "ZEEBE_BROKER_GATEWAY_NETWORK_PORT": str(grpc),
        "ZEEBE_BROKER_DATA_LOGSEGMENTSIZE": "16MB",
        "ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING": "128MB",
        "ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION": "64MB",
        "ZEEBE_CLOCK_CONTROLLED": "true",
    }


def _is_healthy(rest_port: int, management_port: int) -> bool:
    """Return whether broker and gateway are up, and the gateway knows the leader of the partition."""
    status, said = ask(management_port, "GET", "/actuator/health")
    if status != 200 or said["status"] != "UP":
        return False
    status, topology = ask(rest_port, "GET", "/v2/topology")
    return status == 200 and any(
        partition["role"] == "leader" and partition["health"] == "healthy"
        for broker in topology["brokers"]
        for partition in broker["partitions"]
    )
