"""Camunda's connector runtime works jobs of the stand-in: by long polls over gRPC or REST, or pushed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from emulators.camunda.state import IncidentKind

from tests.builders_process import Bpmn
from tests.clients.judged import CLIENT_ID, HTTP_JSON, WITH_TOKENS, Judged, http_task
from tests.clients.site import Page

ITEMS = [{"title": "One"}, {"title": "Two"}]


def asking(process_id: str, url: str, *, retries: str = "3", **headers: str) -> Bpmn:
    """Return a process whose task gets a URL."""
    given = {"resultExpression": "={items: response.body}", **headers}
    task = (
        Bpmn(process_id)
        .start()
        .task(job_type=HTTP_JSON, retries=retries, inputs=http_task(url), headers=given)
    )
    return task.end()


def page(judged: Judged, name: str, content: Page) -> str:
    """Put a page on the site and return its URL."""
    judged.site.pages[f"/{name}"] = content
    return f"{judged.site.address}/{name}"


def test_a_job_is_completed(judged: Judged, name: str) -> None:
    """What the connector got becomes the variables of the instance, and a job is worked once."""
    url = page(judged, name, Page(200, ITEMS))
    judged.deploy(asking(name, url))
    assert judged.result(judged.start(name))["items"] == ITEMS
    assert judged.site.pages[f"/{name}"].asked == 1


def test_jobs_come_and_go_the_way_that_was_asked_for(judged: Judged, name: str) -> None:
    """The runtime is not left a choice: REST or gRPC, and there long polls alone or pushed jobs as well."""
    judged.deploy(asking(name, page(judged, name, Page(200, ITEMS))))
    judged.result(judged.start(name))
    over_rest = {call.operation_id for call in judged.api.calls} & {"activateJobs", "completeJob"}
    assert over_rest == ({"activateJobs", "completeJob"} if judged.kind.prefers_rest else set())
    if judged.kind.streams_jobs:
        judged.wait_until_a_job_is_pushed()
    else:
        assert 1 not in judged.engine.asked


@pytest.mark.parametrize("judged", WITH_TOKENS, indirect=True, scope="session")
def test_work_goes_on_with_new_tokens(judged: Judged, name: str) -> None:
    """When its tokens are revoked the runtime is refused, asks for another, and works on."""
    credentials = judged.api.credentials
    assert credentials is not None
    assert credentials.issuer is not None
    asked_before = len(credentials.token_requests)
    assert {each.client_id for each in credentials.token_requests} == {CLIENT_ID}
    credentials.issuer.revoke_all()
    judged.deploy(asking(name, page(judged, name, Page(200, ITEMS))))
    judged.result(judged.start(name))
    assert len(credentials.token_requests) > asked_before


def test_many_jobs_are_completed(judged: Judged, name: str) -> None:
    """More jobs than one activation hands out are all worked."""
    url = page(judged, name, Page(200, ITEMS))
    loop = {"inputCollection": "=for number in 1..60 return number"}
    process = Bpmn(name).start().task(job_type=HTTP_JSON, inputs=http_task(url), loop=loop).end()
    judged.deploy(process)
    judged.result(judged.start(name))
    assert judged.site.pages[f"/{name}"].asked == 60


def test_a_failing_job_uses_up_its_retries(judged: Judged, name: str) -> None:
    """Each failure takes one retry; without retries left there is an incident, which says why."""
    url = page(judged, name, Page(500))
    judged.deploy(asking(name, url, retries="2"))
    instance = judged.start(name)
    incident = judged.incident(instance)
    assert incident.kind is IncidentKind.JOB_NO_RETRIES
    assert incident.message.startswith("Internal Server Error")
    assert judged.site.pages[f"/{name}"].asked == 2


def test_a_resolved_incident_is_tried_again(judged: Judged, name: str) -> None:
    """With retries given back and its incident resolved, a job is worked again."""
    url = page(judged, name, Page(500))
    judged.deploy(asking(name, url, retries="1"))
    instance = judged.start(name)
    incident = judged.incident(instance)
    assert incident.job_key is not None
    judged.site.pages[f"/{name}"].status = 200
    judged.engine.update_job_retries(incident.job_key, 1)
    judged.engine.resolve_incident(incident.key)
    judged.result(instance)


def test_a_back_off_is_kept(judged: Judged, name: str) -> None:
    """A job that failed with a back-off is worked again when the engine's time has come that far."""
    url = page(judged, name, Page(500))
    judged.deploy(asking(name, url, retryBackoff="PT1H"))
    instance = judged.start(name)
    judged.wait_until_failed(instance, retries=2)
    judged.site.pages[f"/{name}"].status = 200
    judged.engine.advance_clock(timedelta(hours=1))
    judged.result(instance)
    assert judged.site.pages[f"/{name}"].asked == 2


def test_an_error_is_caught(judged: Judged, name: str) -> None:
    """An error expression's BPMN error reaches the boundary event that catches it, with its variables."""
    url = page(judged, name, Page(404))
    headers = {"errorExpression": '=bpmnError("GONE", error.message, {seen: error.code})'}
    process = Bpmn(name).start().task(job_type=HTTP_JSON, inputs=http_task(url), headers=headers).end()
    judged.deploy(process.boundary("gone", "task", error="GONE", outputs={"why": "=seen"}).end("caught"))
    assert judged.result(judged.start(name))["why"] == "404"
