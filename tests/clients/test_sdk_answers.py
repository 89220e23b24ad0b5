"""Camunda's Python client understands every answer of the stand-in's REST API, and all that is in it."""

from __future__ import annotations

import io
from typing import Any, Final

from camunda_orchestration_sdk import models
from camunda_orchestration_sdk.types import File
from emulators.camunda.rest.endpoints import ENDPOINTS

from tests.builders_process import Bpmn, MessageRef
from tests.clients.sdk import Sdk, by_id
from tests.clients.typed_answers import faults

WORKING: Final = Bpmn("working", name="Working", version_tag="v1").start().task(job_type="work").end()
WAITING: Final = Bpmn("waiting").start().catch(message=MessageRef("finished", "=orderId")).end()
BEGUN: Final = Bpmn("begun").start(message=MessageRef("started")).end()
ASKING: Final = Bpmn("asking").start().user_task().end()
STRAIGHT: Final = Bpmn("straight").start().end()

SEARCHES: Final = {
    "search_process_definitions": models.ProcessDefinitionSearchQuery,
    "get_process_definition_message_subscription_statistics": (
        models.ProcessDefinitionMessageSubscriptionStatisticsQuery
    ),
    "search_process_instances": models.ProcessInstanceSearchQuery,
    "search_element_instances": models.ElementInstanceSearchQuery,
    "search_variables": models.VariableSearchQuery,
    "search_incidents": models.IncidentSearchQuery,
    "search_jobs": models.JobSearchQuery,
    "search_message_subscriptions": models.MessageSubscriptionSearchQuery,
    "search_correlated_message_subscriptions": models.CorrelatedMessageSubscriptionSearchQuery,
}


def test_every_answer_is_of_its_type(sdk: Sdk) -> None:
    """In the life of a few processes each endpoint is called, and each answer is what the client declares."""
    answers = [*deploy_and_start(sdk), *send_messages(sdk), *work(sdk), *ask(sdk), *keep(sdk), *clean_up(sdk)]
    assert [fault for answer in answers for fault in faults(answer)] == []
    called = {call.operation_id for call in sdk.cluster.api.calls}
    assert called == {endpoint.operation_id for endpoint in ENDPOINTS}


def deploy_and_start(sdk: Sdk) -> list[object]:
    working, *_ = deployed = sdk.deploy(WORKING, WAITING, BEGUN, STRAIGHT)
    tagged = models.ProcessCreationByVersionTag(working.process_definition_id, "v1")
    by_key = models.ProcessCreationByKey(working.process_definition_key, tags=["event:1"])
    awaited = by_id("straight", a=[1, None])
    awaited.await_completion = True
    started = [
        sdk.client.create_process_instance(data=each)
        for each in (tagged, by_key, by_id("working", b={"c": "ü"}), awaited)
    ]
    assert started[-1].variables["a"] == [1, None]
    waiting = [sdk.start("waiting", orderId=order) for order in ("7", "8", "9")]
    cancelled = waiting[-1].process_instance_key
    sdk.client.cancel_process_instance(cancelled, data=models.CancelProcessInstanceRequest())
    return [*deployed, *started, *waiting]


def keep(sdk: Sdk) -> list[object]:
    data = models.CreateDocumentData(File(io.BytesIO(b"bytes"), "page.bin", "application/x-page"))
    reference = sdk.client.create_document(data=data)
    sdk.client.get_document(reference.document_id, content_hash=str(reference.content_hash))
    sdk.client.delete_document(reference.document_id)
    sdk.deploy(ASKING)
    sdk.start("asking")
    found = sdk.client.search_user_tasks(data=models.UserTaskSearchQuery())
    [task] = found.items
    sdk.client.complete_user_task(task.user_task_key, data=models.UserTaskCompletionRequest())
    return [reference, *found.items]


def send_messages(sdk: Sdk) -> list[object]:
    variables = models.MessagePublicationRequestVariables.from_dict({"got": 1})
    publication = models.MessagePublicationRequest(
        "finished", correlation_key="7", message_id="event-1", time_to_live=1, variables=variables
    )
    return [
        sdk.client.publish_message(data=publication),
        sdk.client.publish_message(data=models.MessagePublicationRequest("started")),
        sdk.client.correlate_message(data=models.MessageCorrelationRequest("finished", correlation_key="8")),
        sdk.start("waiting", orderId="10"),
    ]


def work(sdk: Sdk) -> list[object]:
    jobs = completed, failed, thrown = sdk.activate("work")
    local = models.SetVariableRequestVariables.from_dict({"note": "x" * 9000})
    scope = completed.element_instance_key
    sdk.client.create_element_instance_variables(scope, data=models.SetVariableRequest(local, local=True))
    changes = models.JobUpdateRequest(models.JobChangeset(timeout=60_000))
    sdk.client.update_job(completed.job_key, data=changes)
    result = models.JobCompletionRequestVariables.from_dict({"items": [{"price": 1.5}]})
    sdk.client.complete_job(completed.job_key, data=models.JobCompletionRequest(variables=result))
    sdk.client.fail_job(failed.job_key, data=models.JobFailRequest(retries=0, error_message="no"))
    sdk.client.throw_job_error(thrown.job_key, data=models.JobErrorRequest("E", error_message="no"))
    return list(jobs)


def ask(sdk: Sdk) -> list[object]:
    """Ask every question; each search must find something, or its items were not looked at."""
    found: dict[str, Any] = {
        name: getattr(sdk.client, name)(data=query()) for name, query in SEARCHES.items()
    }
    assert [name for name, answer in found.items() if not answer.items] == []
    definition = found["search_process_definitions"].items[0]
    instance = found["search_process_instances"].items[0]
    key = definition.process_definition_key
    assert sdk.client.get_process_definition_xml(key) == WORKING.xml().decode()
    sdk.client.get_status()
    return [
        *found.values(),
        sdk.client.get_topology(),
        sdk.client.get_process_definition(key),
        sdk.client.get_process_instance(instance.process_instance_key),
    ]


def clean_up(sdk: Sdk) -> list[object]:
    wanted = models.IncidentSearchQueryFilter.from_dict({"errorType": "JOB_NO_RETRIES"})
    [incident] = sdk.client.search_incidents(data=models.IncidentSearchQuery(filter_=wanted)).items
    assert incident.job_key is not None
    sdk.client.update_job(incident.job_key, data=models.JobUpdateRequest(models.JobChangeset(retries=1)))
    sdk.client.resolve_incident(incident.incident_key)
    [straight] = sdk.deploy(STRAIGHT)
    gone = sdk.client.delete_resource(straight.process_definition_key, data=models.DeleteResourceRequest())
    sdk.client.pin_clock(data=models.ClockPinRequest(timestamp=1_900_000_000_000))
    sdk.client.reset_clock()
    return [gone]


def test_faults_are_found(sdk: Sdk) -> None:
    """The check of answers works: wrong types at any depth and unknown fields are found."""
    answer = sdk.client.get_topology()
    answer.cluster_size = "1"  # type: ignore[assignment]  # what a server might have sent
    answer.brokers[0].partitions[0].partition_id = True
    answer.last_completed_change_id = None  # type: ignore[assignment]  # the same
    answer["news"] = True
    assert faults(answer) == [
        "TopologyResponse.brokers[0].partitions[0].partition_id: True is no int",
        "TopologyResponse.cluster_size: '1' is no int",
        "TopologyResponse.last_completed_change_id: None is no str",
        "TopologyResponse: the client knows no news",
    ]
