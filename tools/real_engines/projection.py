"""Folds an engine's records, one by one, into rows; records that say nothing of interest change nothing.

Source: Camunda's record protocol, the same in 8.6 and 8.8 as far as it is read here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from .rows import Begun, Correlated, Definition, Incident, Instance, OpenJob, Waiting

Record: TypeAlias = dict[str, Any]

_DEFAULT_TENANT: Final = "<default>"
_JOB_STATES: Final = {
    "CREATED": "ACTIVATABLE",
    "TIMED_OUT": "ACTIVATABLE",
    "RECURRED_AFTER_BACKOFF": "ACTIVATABLE",
    "YIELDED": "ACTIVATABLE",
}
_JOB_ENDS: Final = frozenset({"COMPLETED", "CANCELED", "ERROR_THROWN"})


class Rows:
    """What the records until now say."""

    def __init__(self) -> None:
        self.definitions: dict[int, Definition] = {}
        self.instances: dict[int, Instance] = {}
        self.incidents: dict[int, Incident] = {}
        self.jobs: dict[int, OpenJob] = {}
        self.waiting: dict[tuple[int, str], Waiting] = {}
        self.timers: set[int] = set()
        self.correlated: list[Correlated] = []
        self.begun: list[Begun] = []
        self._readers: Final[dict[str, Callable[[Record], None]]] = {
            "PROCESS": self._process,
            "PROCESS_INSTANCE": self._instance,
            "VARIABLE": self._variable,
            "INCIDENT": self._incident,
            "JOB": self._job,
            "JOB_BATCH": self._batch,
            "PROCESS_MESSAGE_SUBSCRIPTION": self._subscription,
            "MESSAGE_START_EVENT_SUBSCRIPTION": self._start_subscription,
            "TIMER": self._timer,
        }

    def take(self, record: Record) -> None:
        """Let an event change the rows; commands and their rejections change nothing."""
        reader = self._readers.get(record["valueType"])
        if reader is not None and record["recordType"] == "EVENT":
            reader(record)

    def _process(self, record: Record) -> None:
        value = record["value"]
        key = value["processDefinitionKey"]
        if record["intent"] == "CREATED":
            self.definitions[key] = Definition(
                key=key,
                process_id=value["bpmnProcessId"],
                version=value["version"],
                resource_name=value["resourceName"],
                tenant_id=value.get("tenantId") or _DEFAULT_TENANT,
                xml=base64.b64decode(value["resource"]).decode(errors="replace"),  # as Camunda keeps it
            )
        elif record["intent"] == "DELETED":
            self.definitions.pop(key, None)

    def _instance(self, record: Record) -> None:
        value, intent = record["value"], record["intent"]
        key = value["processInstanceKey"]
        if value["bpmnElementType"] != "PROCESS":
            if intent == "ELEMENT_ACTIVATING":
                self.begun.append(_begun(record))
            elif intent == "ELEMENT_COMPLETED" and key in self.instances:
                self.instances[key].passed.append(value["elementId"])
            return
        match intent:
            case "ELEMENT_ACTIVATING":
                found = self.instances.setdefault(key, _instance(value))
                found.version, found.tags = value["version"], tuple(value.get("tags") or ())
            case "ELEMENT_COMPLETED":
                self.instances[key].state = "COMPLETED"
            case "ELEMENT_TERMINATED":
                self.instances[key].state = "TERMINATED"

    def _variable(self, record: Record) -> None:
        value = record["value"]
        key = value["processInstanceKey"]
        if value["scopeKey"] == key:  # it may come before the instance's own record
            instance = self.instances.setdefault(key, _instance(value))
            instance.variables[value["name"]] = json.loads(value["value"])

    def _incident(self, record: Record) -> None:
        value, key = record["value"], record["key"]
        if record["intent"] == "CREATED":
            self.incidents[key] = Incident(
                key=key,
                instance_key=value["processInstanceKey"],
                element_id=value["elementId"],
                kind=value["errorType"],
                message=value["errorMessage"],
            )
        elif record["intent"] == "RESOLVED":
            self.incidents.pop(key, None)

    def _job(self, record: Record) -> None:
        value, key, intent = record["value"], record["key"], record["intent"]
        if intent in _JOB_ENDS:
            self.jobs.pop(key, None)
        elif intent == "FAILED":
            comes_at_once = value["retries"] > 0 and not value.get("retryBackoff")
            self.jobs[key] = _open_job(key, value, "ACTIVATABLE" if comes_at_once else "FAILED")
        elif intent in _JOB_STATES:
            self.jobs[key] = _open_job(key, value, _JOB_STATES[intent])

    def _batch(self, record: Record) -> None:
        if record["intent"] == "ACTIVATED":
            batch = record["value"]  # with jobs that threw an uncaught error, and were resolved
            for key, value in zip(batch["jobKeys"], batch["jobs"], strict=True):
                self.jobs[key] = _open_job(key, value, "ACTIVATED")

    def _subscription(self, record: Record) -> None:
        value, intent = record["value"], record["intent"]
        place = (value["elementInstanceKey"], value["messageName"])
        if intent == "CREATED":
            self.waiting[place] = Waiting(
                instance_key=value["processInstanceKey"],
                element_id=value["elementId"],
                message_name=value["messageName"],
                correlation_key=value["correlationKey"],
            )
        elif intent == "CORRELATED":
            if value["interrupting"]:
                self.waiting.pop(place, None)
            self._correlate(record)
        elif intent == "DELETED":
            self.waiting.pop(place, None)

    def _start_subscription(self, record: Record) -> None:
        if record["intent"] == "CORRELATED":
            self._correlate(record)

    def _correlate(self, record: Record) -> None:
        value = record["value"]
        self.correlated.append(
            Correlated(
                message_key=value["messageKey"],
                message_name=value["messageName"],
                correlation_key=value["correlationKey"],
                tenant_id=value.get("tenantId") or _DEFAULT_TENANT,
                instance_key=value["processInstanceKey"],
                at_ms=record["timestamp"],
            )
        )

    def _timer(self, record: Record) -> None:
        if record["intent"] == "CREATED":
            self.timers.add(record["key"])
        elif record["intent"] in {"TRIGGERED", "CANCELED"}:
            self.timers.discard(record["key"])


def _open_job(key: int, value: dict[str, Any], state: str) -> OpenJob:
    return OpenJob(
        key=key,
        instance_key=value["processInstanceKey"],
        element_id=value["elementId"],
        type=value["type"],
        state=state,
        retries=value["retries"],
    )


def _begun(record: Record) -> Begun:
    value = record["value"]
    return Begun(
        key=record["key"],
        element_id=value["elementId"],
        type=value["bpmnElementType"],
        instance_key=value["processInstanceKey"],
        definition_key=value["processDefinitionKey"],
        process_id=value["bpmnProcessId"],
        tenant_id=value.get("tenantId") or _DEFAULT_TENANT,
        at_ms=record["timestamp"],
    )


def _instance(value: dict[str, Any]) -> Instance:
    """Return the instance that a record belongs to."""
    return Instance(
        key=value["processInstanceKey"],
        process_id=value["bpmnProcessId"],
        version=value.get("version", -1),
        definition_key=value["processDefinitionKey"],
        tenant_id=value.get("tenantId") or _DEFAULT_TENANT,
    )
