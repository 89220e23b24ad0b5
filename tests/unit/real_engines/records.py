"""Records as engines write them, of which a test says only what it is about."""

from __future__ import annotations

import base64
from typing import Any

DEFINITION = 11
INSTANCE = 21
JOB = 31


def record(value_type: str, intent: str, key: int = 1, **value: Any) -> dict[str, Any]:
    """Return an event."""
    return {
        "recordType": "EVENT",
        "valueType": value_type,
        "intent": intent,
        "key": key,
        "timestamp": 1_767_225_600_000,
        "value": value,
    }


def deployed(key: int = DEFINITION, process_id: str = "orders", version: int = 1) -> dict[str, Any]:
    """Return the deployment of a process that is named after its id."""
    xml = (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<process id="{process_id}" name="The {process_id}"/></definitions>'
    )
    return record(
        "PROCESS",
        "CREATED",
        key,
        processDefinitionKey=key,
        bpmnProcessId=process_id,
        version=version,
        resourceName=f"{process_id}.bpmn",
        resource=base64.b64encode(xml.encode()).decode(),
        tenantId="<default>",
    )


def element(intent: str, element_id: str = "orders", kind: str = "PROCESS", **value: Any) -> dict[str, Any]:
    """Return what happened to an element, or to the instance itself."""
    valid = {
        "processInstanceKey": INSTANCE,
        "processDefinitionKey": DEFINITION,
        "bpmnProcessId": "orders",
        "version": 1,
        "elementId": element_id,
        "bpmnElementType": kind,
        "tenantId": "<default>",
        "tags": [],
    }
    return record("PROCESS_INSTANCE", f"ELEMENT_{intent}", INSTANCE, **valid | value)


def variable(name: str, value: str, scope: int = INSTANCE) -> dict[str, Any]:
    """Return a variable that was set."""
    return record(
        "VARIABLE",
        "CREATED",
        name=name,
        value=value,
        scopeKey=scope,
        processInstanceKey=INSTANCE,
        processDefinitionKey=DEFINITION,
        bpmnProcessId="orders",
        tenantId="<default>",
    )


def job(intent: str, retries: int = 3, **value: Any) -> dict[str, Any]:
    """Return what happened to a job."""
    valid = {
        "processInstanceKey": INSTANCE,
        "elementId": "Work",
        "type": "work",
        "retries": retries,
        "errorMessage": "",
        "errorCode": "",
    }
    return record("JOB", intent, JOB, **valid | value)


def activated(*keys: int) -> dict[str, Any]:
    """Return a batch of jobs that a worker got."""
    jobs = [job("ACTIVATED")["value"] for _ in keys]
    return record("JOB_BATCH", "ACTIVATED", type="work", jobKeys=list(keys), jobs=jobs)


def subscription(intent: str, *, interrupting: bool = True) -> dict[str, Any]:
    """Return what happened to an element's waiting for a message."""
    return record(
        "PROCESS_MESSAGE_SUBSCRIPTION",
        intent,
        processInstanceKey=INSTANCE,
        elementInstanceKey=41,
        elementId="Caught",
        messageName="finished",
        correlationKey="7",
        messageKey=51,
        interrupting=interrupting,
        tenantId="<default>",
    )
