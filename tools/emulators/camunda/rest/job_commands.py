"""Handlers of the endpoints of workers: jobs are activated, waited for, extended and ended."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from emulators.camunda.actions import Decision
from emulators.camunda.rejection import Rejection, RejectionKind
from emulators.camunda.rest.durations import DEFAULT_REQUEST_TIMEOUT, LOOK_AGAIN, milliseconds
from emulators.camunda.rest.http_exchange import NO_CONTENT, Answer, Cluster, Request
from emulators.camunda.rest.problems import Problem, refuse_unserved
from emulators.camunda.rest.rows import root_key
from emulators.camunda.rest.search import without_nulls
from emulators.camunda.rest.versions import GatewayVersion
from emulators.camunda.state import ActivatedJob


def activate_jobs(cluster: Cluster, request: Request) -> Answer:
    """Activate jobs; without jobs, wait for them as long as the request allows."""
    body = request.body
    refuse_unserved(body, "withLease")
    if body["timeout"] <= 0 or body["maxJobsToActivate"] <= 0:
        name = "timeout" if body["timeout"] <= 0 else "maxJobsToActivate"
        raise Problem.invalid_argument(f"The value for {name} is '{body[name]}' but must be greater than 0.")
    asked = body.get("requestTimeout", 0)
    wait = milliseconds(asked) if asked else DEFAULT_REQUEST_TIMEOUT
    end = time.monotonic() + wait.total_seconds()
    activated: Sequence[ActivatedJob] = ()
    while request.is_wanted():  # a job must not be locked for a client that has left
        activated = _activate(cluster, body)
        left = timedelta(seconds=end - time.monotonic())
        if activated or left <= timedelta(0):
            break
        cluster.engine.wait_for_jobs(body["type"], min(left, LOOK_AGAIN), still_wanted=request.is_wanted)
    return Answer.json({"jobs": [_activated(cluster, each) for each in activated]})


def _activate(cluster: Cluster, body: Any) -> Sequence[ActivatedJob]:
    return cluster.engine.activate_jobs(
        job_type=body["type"],
        worker=body.get("worker", ""),
        timeout=milliseconds(body["timeout"]),
        max_jobs=body["maxJobsToActivate"],
        fetch_variables=body.get("fetchVariable", ()),
        tenant_ids=body.get("tenantIds", ()),
    )


def _activated(cluster: Cluster, activated: ActivatedJob) -> dict[str, Any]:
    job, version = activated.job, cluster.gateway.version
    document: dict[str, Any] = {
        "jobKey": str(job.key),
        "type": job.type,
        "processInstanceKey": str(job.process_instance_key),
        "processDefinitionId": job.process_id,
        "processDefinitionVersion": job.definition_version,
        "processDefinitionKey": str(job.definition_key),
        "elementId": job.element_id,
        "elementInstanceKey": str(job.element_instance_key),
        "customHeaders": dict(job.headers),
        "worker": job.worker,
        "retries": job.retries,
        "deadline": 0 if job.deadline is None else int(job.deadline.timestamp() * 1000),
        "variables": dict(activated.variables),
        "tenantId": job.tenant_id,
        "kind": job.kind,
        "listenerEventType": "UNSPECIFIED",
        "userTask": None,
        "tags": sorted(job.tags),
    }
    instance = cluster.engine.process_instance(job.process_instance_key)
    if version >= GatewayVersion.V8_9:
        document["rootProcessInstanceKey"] = str(root_key(cluster.engine, instance)) if instance else None
    if version >= GatewayVersion.V8_10:
        business_id = instance.business_id if instance else None
        document |= {"priority": 0, "businessId": business_id, "jobLeaseToken": None}
        document["physicalTenantId"] = "default"
    return document if version >= GatewayVersion.V8_9 else without_nulls(document)


def complete_job(cluster: Cluster, request: Request) -> Answer:
    refuse_unserved(request.body, "businessId")
    decision = _decision(request.body.get("result"))
    cluster.engine.complete_job(request.path_keys["jobKey"], request.body.get("variables", {}), decision)
    return NO_CONTENT


def _decision(result: Any) -> Decision | None:
    """Return what the worker of an ad-hoc sub-process decided."""
    if not result:
        return None
    if result.get("type") != "adHocSubProcess":
        raise Problem(501, "Not Implemented", "The stand-in serves results of ad-hoc sub-processes only.")
    return Decision(
        elements=tuple(
            (str(each.get("elementId")), each.get("variables") or {})
            for each in result.get("activateElements") or ()
        ),
        is_fulfilled=result.get("isCompletionConditionFulfilled") is True,
        cancels_remaining=result.get("isCancelRemainingInstances") is True,
    )


def fail_job(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    cluster.engine.fail_job(
        request.path_keys["jobKey"],
        retries=body.get("retries", 0),
        message=body.get("errorMessage", ""),
        backoff=milliseconds(body.get("retryBackOff")),
        variables=body.get("variables", {}),
    )
    return NO_CONTENT


def throw_error(cluster: Cluster, request: Request) -> Answer:
    body = request.body
    cluster.engine.throw_error(
        request.path_keys["jobKey"],
        code=body["errorCode"],
        message=body.get("errorMessage", ""),
        variables=body.get("variables", {}),
    )
    return NO_CONTENT


def update_job(cluster: Cluster, request: Request) -> Answer:
    changes = request.body["changeset"]
    if not changes:
        raise Problem.invalid_argument("At least one of [retries, timeout] is required.")
    refuse_unserved(changes, "priority")
    key = request.path_keys["jobKey"]
    if "retries" in changes:
        cluster.engine.update_job_retries(key, changes["retries"])
    if "timeout" in changes:
        try:
            cluster.engine.update_job_timeout(key, milliseconds(changes["timeout"]))
        except Rejection as rejection:
            if rejection.kind is not RejectionKind.INVALID_STATE:
                raise
            # Seen on 8.6.0: the command that REST gives words the state of a job as a wrong argument.
            reason = f"Expected to update the timeout of job with key '{key}', but it is not active"
            raise Rejection.of_command("UPDATE", RejectionKind.INVALID_ARGUMENT, reason) from rejection
    return NO_CONTENT
