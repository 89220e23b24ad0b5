"""What is seen of Camunda's own engines: what their records tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto import gateway_pb2_grpc
from real_engines import RealEngine

from tests.contract.engine_insight import HeldMessage, OpenIncident, OpenJob, SeenInstance
from tests.contract.engine_transports import CALL_S, GrpcTransport

_ONE_LOOK: Final = timedelta(seconds=1.1)
"""More than the time after which Camunda's engines look again for what has become due."""
_LOOK_AGAIN_S: Final = 2.0


class RecordsInsight:
    """An engine of Camunda's tells by its records; a message without a receiver marks how far they are."""

    def __init__(self, engine: RealEngine, transport: GrpcTransport) -> None:
        self._engine = engine
        self._transport = transport
        self._came = threading.Condition()
        self._newest_message = 0
        self._newest_at_ms = 0
        self._held: dict[int, HeldMessage] = {}
        self._jobs: dict[int, dict[str, Any]] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Note the messages and jobs that the records tell of."""
        stop = self._engine.history.listen(self._note)
        try:
            yield
        finally:
            stop()

    def settle(self) -> None:
        """Let marks pass twice: a command's consequences may have consequences."""
        for _ in range(2):
            mark = self._transport.command("PublishMessage", name="mark").key
            with self._came:
                assert self._came.wait_for(lambda: self._newest_message >= mark, CALL_S)  # noqa: B023 - now

    def now(self) -> datetime:
        self.settle()
        return datetime.fromtimestamp(self._newest_at_ms / 1000, UTC)

    def pass_time(self, by: timedelta) -> None:
        """Let the time pass, then the moment in which an engine looks; its own clock steers that, too."""
        self._engine.pass_time(by)
        self.settle()
        self._engine.pass_time(_ONE_LOOK)
        self.settle()

    def wait_until(self, is_seen: Callable[[], bool]) -> None:
        """Wait, and let the engine look again now and then: one look may have come too early."""
        looks = round(CALL_S / _LOOK_AGAIN_S)
        for _ in range(looks):
            try:
                self._engine.history.wait_for(lambda _: is_seen(), timeout_s=_LOOK_AGAIN_S)
            except TimeoutError:
                self._engine.pass_time(_ONE_LOOK)
            else:
                return
        raise TimeoutError(f"The engine did not do within {CALL_S} s what was due")

    def undeploy(self, definition_key: int) -> None:
        """Delete it; the gateway of the engine in memory never answers, so the records are asked."""
        channel = self._transport.channel
        request = pb.DeleteResourceRequest(resourceKey=definition_key)
        call = gateway_pb2_grpc.GatewayStub(channel).DeleteResource.future(request)
        self._engine.history.wait_for(lambda rows: definition_key not in rows.definitions, timeout_s=CALL_S)
        call.cancel()  # type: ignore[no-untyped-call]  # grpc's stubs leave it untyped

    def instances(self, definition_key: int) -> list[SeenInstance]:
        return self._engine.history.ask(
            lambda rows: [
                SeenInstance(
                    each.key,
                    each.version,
                    each.tenant_id,
                    frozenset(each.tags),
                    each.state,
                    dict(each.variables),
                )
                for each in rows.instances.values()
                if each.definition_key == definition_key
            ]
        )

    def state(self, process_instance_key: int) -> str:
        return self._engine.history.ask(lambda rows: rows.instances[process_instance_key].state)

    def variables(self, process_instance_key: int) -> dict[str, Any]:
        return self._engine.history.ask(lambda rows: dict(rows.instances[process_instance_key].variables))

    def incidents(self, process_instance_key: int) -> list[OpenIncident]:
        return self._engine.history.ask(
            lambda rows: [
                OpenIncident(each.key, each.element_id, each.kind, each.message)
                for each in rows.incidents.values()
                if each.instance_key == process_instance_key
            ]
        )

    def jobs(self, process_instance_key: int) -> list[OpenJob]:
        found = self._engine.history.ask(
            lambda rows: [each for each in rows.jobs.values() if each.instance_key == process_instance_key]
        )
        with self._came:
            return [
                OpenJob(
                    each.key,
                    each.instance_key,
                    self._jobs[each.key]["elementInstanceKey"],
                    each.state,
                    each.retries,
                    self._jobs[each.key]["errorMessage"],
                )
                for each in found
            ]

    def messages(self, name: str) -> list[HeldMessage]:
        with self._came:
            return [each for each in self._held.values() if each.name == name]

    def _note(self, record: dict[str, Any]) -> None:
        if record["recordType"] != "EVENT":
            return
        with self._came:
            match record["valueType"]:
                case "JOB":
                    self._jobs[record["key"]] = record["value"]
                case "MESSAGE":
                    self._note_message(record)
                    self._came.notify_all()

    def _note_message(self, record: dict[str, Any]) -> None:
        key, value = record["key"], record["value"]
        match record["intent"]:
            case "PUBLISHED":
                tenant = value.get("tenantId") or "<default>"
                self._held[key] = HeldMessage(key, value["name"], value["correlationKey"], tenant)
            case "EXPIRED":
                self._held.pop(key, None)
        self._newest_message = max(self._newest_message, key)
        self._newest_at_ms = max(self._newest_at_ms, record["timestamp"])
