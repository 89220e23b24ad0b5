"""Tells what a record of an engine says, in the words of the stand-in's trace: people read one language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from .projection import Record

Told: TypeAlias = tuple[str, dict[str, Any]]


def told(record: Record) -> Told | None:
    """Return kind and facts of what happened, or None where a reader of processes does not care."""
    if record["recordType"] != "EVENT":
        return None
    teller = _TELLERS.get((record["valueType"], record["intent"]))
    return teller(record) if teller is not None else None


def _process(record: Record) -> Told:
    value = record["value"]
    facts = {"process_id": value["bpmnProcessId"], "version": value["version"]}
    return "process.deployed", facts | {"key": value["processDefinitionKey"]}


def _element(verb: str) -> Callable[[Record], Told | None]:
    def tell(record: Record) -> Told | None:
        value = record["value"]
        if value["bpmnElementType"] == "SEQUENCE_FLOW":
            return None
        if value["bpmnElementType"] == "PROCESS":
            kind = "process.started" if verb == "activated" else f"process.{verb}"
            return kind, {"key": record["key"], "process_id": value["bpmnProcessId"]}
        return f"element.{verb}", {"element_id": value["elementId"], "key": record["key"]}

    return tell


def _job(verb: str) -> Callable[[Record], Told]:
    def tell(record: Record) -> Told:
        value = record["value"]
        facts = {"key": record["key"], "type": value["type"], "element_id": value["elementId"]}
        if verb == "failed":
            facts |= {"retries": value["retries"], "message": value["errorMessage"]}
        elif verb == "error_thrown":
            facts |= {"code": value["errorCode"], "message": value["errorMessage"]}
        return f"job.{verb}", facts

    return tell


def _batch(record: Record) -> Told | None:
    value = record["value"]
    if not value["jobKeys"]:
        return None
    elements = ", ".join(job["elementId"] for job in value["jobs"])
    return "job.activated", {"key": value["jobKeys"][0], "type": value["type"], "element_id": elements}


def _message(verb: str) -> Callable[[Record], Told]:
    def tell(record: Record) -> Told:
        value = record["value"]
        return f"message.{verb}", {"name": value["name"], "correlation_key": value["correlationKey"]}

    return tell


def _subscription(record: Record) -> Told:
    value = record["value"]
    facts = {"element_id": value["elementId"], "name": value["messageName"]}
    return "subscription.opened", facts | {"correlation_key": value["correlationKey"]}


def _correlated(record: Record) -> Told:
    value = record["value"]
    facts = {"name": value["messageName"], "element_id": value.get("elementId") or value.get("startEventId")}
    return "message.correlated", facts | {"instance": value["processInstanceKey"]}


def _incident(record: Record) -> Told:
    value = record["value"]
    facts = {"element_id": value["elementId"], "kind": value["errorType"], "message": value["errorMessage"]}
    return "incident.created", facts


_TELLERS: Final[dict[tuple[str, str], Callable[[Record], Told | None]]] = {
    ("PROCESS", "CREATED"): _process,
    ("PROCESS_INSTANCE", "ELEMENT_ACTIVATED"): _element("activated"),
    ("PROCESS_INSTANCE", "ELEMENT_COMPLETED"): _element("completed"),
    ("PROCESS_INSTANCE", "ELEMENT_TERMINATED"): _element("terminated"),
    ("JOB", "CREATED"): _job("created"),
    ("JOB_BATCH", "ACTIVATED"): _batch,
    ("JOB", "COMPLETED"): _job("completed"),
    ("JOB", "FAILED"): _job("failed"),
    ("JOB", "ERROR_THROWN"): _job("error_thrown"),
    ("JOB", "TIMED_OUT"): _job("timed_out"),
    ("MESSAGE", "PUBLISHED"): _message("published"),
    ("MESSAGE", "EXPIRED"): _message("expired"),
    ("PROCESS_MESSAGE_SUBSCRIPTION", "CREATED"): _subscription,
    ("PROCESS_MESSAGE_SUBSCRIPTION", "CORRELATED"): _correlated,
    ("MESSAGE_START_EVENT_SUBSCRIPTION", "CORRELATED"): _correlated,
    ("INCIDENT", "CREATED"): _incident,
}
