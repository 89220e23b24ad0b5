"""Commands over REST: what they do, and how a refusal looks."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders_process import Bpmn
from tests.unit.emulators.camunda_rest.processes import (
    RunningRest,
    job_process,
    message_start_process,
    straight_process,
    waiting_process,
)


def problem(
    cluster: RunningRest, path: str, body: dict[str, Any] | None, method: str = "POST"
) -> tuple[int, str]:
    """Return the status and title of a refusal, which must be a problem document of this path."""
    answer = cluster.client.request(method, f"/v2{path}", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert (document["status"], document["instance"]) == (answer.status_code, f"/v2{path}")
    return answer.status_code, document["title"]


class TestDeployment:
    def test_each_process_gets_a_definition(self, cluster: RunningRest) -> None:
        """The answer lists the definitions; keys are strings, the first version is 1."""
        [crawl, wait] = cluster.deploy(job_process(), waiting_process())
        assert (crawl["processDefinitionId"], wait["processDefinitionId"]) == ("crawl", "wait")
        assert (crawl["processDefinitionVersion"], crawl["tenantId"]) == (1, "<default>")
        assert isinstance(crawl["processDefinitionKey"], str)

    def test_an_unchanged_file_keeps_its_version(self, cluster: RunningRest) -> None:
        """The same bytes again are the same definition, other bytes a new version."""
        [first] = cluster.deploy(straight_process())
        [again] = cluster.deploy(straight_process())
        [changed] = cluster.deploy(straight_process(note="!"))
        assert again == first
        assert changed["processDefinitionVersion"] == 2

    def test_a_broken_model_is_refused(self, cluster: RunningRest) -> None:
        """What is not BPMN is answered 400 and changes nothing."""
        answer = cluster.client.post("/v2/deployments", files=[("resources", ("x.bpmn", b"<no"))])
        assert (answer.status_code, answer.json()["title"]) == (400, "INVALID_ARGUMENT")
        assert cluster.search("/process-definitions") == []

    def test_a_form_without_resources_is_refused(self, cluster: RunningRest) -> None:
        """The part `resources` is required and unknown parts are refused."""
        answer = cluster.client.post("/v2/deployments", files=[("resource", ("x.bpmn", b"<no"))])
        assert (answer.status_code, answer.json()["detail"]) == (
            400,
            "Request property [resource] cannot be parsed",
        )

    def test_a_deleted_definition_is_gone(self, cluster: RunningRest) -> None:
        """Deletion answers the key; a second one, and a start, do not find it."""
        [definition] = cluster.deploy(straight_process())
        key = definition["processDefinitionKey"]
        assert cluster.post(f"/resources/{key}/deletion")["resourceKey"] == key
        assert problem(cluster, f"/resources/{key}/deletion", None) == (404, "NOT_FOUND")
        assert problem(cluster, "/process-instances", {"processDefinitionKey": key}) == (404, "NOT_FOUND")

    def test_history_is_not_deleted_in_silence(self, cluster: RunningRest) -> None:
        """What the stand-in cannot delete, it refuses to."""
        [definition] = cluster.deploy(straight_process())
        path = f"/resources/{definition['processDefinitionKey']}/deletion"
        assert problem(cluster, path, {"deleteHistory": True}) == (501, "Not Implemented")
        assert cluster.post(path, {"deleteHistory": False})["batchOperation"] is None


TAGGED = {"processDefinitionId": "straight", "processDefinitionVersionTag": "v1"}


class TestProcessInstances:
    def test_start_by_id_takes_the_latest_version(self, cluster: RunningRest) -> None:
        """Without a version the newest is started; with one, exactly that."""
        cluster.deploy(straight_process())
        cluster.deploy(straight_process(note="2"))
        latest = cluster.post("/process-instances", {"processDefinitionId": "straight"})
        first = cluster.post(
            "/process-instances", {"processDefinitionId": "straight", "processDefinitionVersion": 1}
        )
        assert (latest["processDefinitionVersion"], first["processDefinitionVersion"]) == (2, 1)

    def test_start_by_version_tag_takes_the_newest_with_it(self, cluster: RunningRest) -> None:
        """Of the versions with a tag the newest is started, though a newer one has another tag."""
        for tag, note in (("v1", ""), ("v1", "2"), ("v2", "3")):
            model = Bpmn("straight", name=f"Straight{note}", version_tag=tag).start().end()
            cluster.deploy(model.xml())
        assert cluster.post("/process-instances", TAGGED)["processDefinitionVersion"] == 2

    def test_start_by_key_carries_tags(self, cluster: RunningRest) -> None:
        """Tags come back in the answer, in the instance, in its jobs, and find the instance."""
        [definition] = cluster.deploy(job_process())
        created = cluster.post(
            "/process-instances",
            {"processDefinitionKey": definition["processDefinitionKey"], "tags": ["event:1", "a"]},
        )
        assert created["tags"] == ["a", "event:1"]
        assert cluster.activate()[0]["tags"] == ["a", "event:1"]
        key = created["processInstanceKey"]
        assert cluster.client.get(f"/v2/process-instances/{key}").json()["tags"] == ["a", "event:1"]
        found = cluster.search("/process-instances", filter={"tags": ["event:1"]})
        assert [each["processInstanceKey"] for each in found] == [key]
        assert cluster.search("/process-instances", filter={"tags": ["event:2"]}) == []

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"processDefinitionId": "nowhere"}, (404, "NOT_FOUND")),
            ({"processDefinitionKey": "4711"}, (404, "NOT_FOUND")),
            ({"processDefinitionId": "straight", "processDefinitionVersion": 9}, (404, "NOT_FOUND")),
            ({"processDefinitionId": "begin"}, (409, "INVALID_STATE")),
            ({}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionId": "straight", "processDefinitionKey": "1"}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionId": "straight", "processDefinitionVersionTag": "v1"}, (404, "NOT_FOUND")),
            ({**TAGGED, "processDefinitionVersion": 1}, (400, "INVALID_ARGUMENT")),
            ({**TAGGED, "processDefinitionKey": "1"}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionVersionTag": "v1"}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionId": "straight", "tenantId": "acme"}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionId": "straight", "variables": [1]}, (400, "Bad Request")),
            ({"processDefinitionId": "straight", "businessId": ""}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionId": "straight", "businessId": "b" * 257}, (400, "INVALID_ARGUMENT")),
            ({"processDefinitionId": "straight", "startInstructions": [{}]}, (501, "Not Implemented")),
        ],
    )
    def test_what_cannot_be_started_is_refused(
        self, cluster: RunningRest, body: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        """Unknown, ambiguous, message-only and foreign-tenant starts are refused, each with its status."""
        cluster.deploy(straight_process(), message_start_process())
        assert problem(cluster, "/process-instances", body) == refusal
        assert cluster.search("/process-instances") == []

    def test_a_result_is_waited_for(self, cluster: RunningRest) -> None:
        """With awaitCompletion the answer carries the variables, or is 504 while the instance goes on."""
        cluster.deploy(straight_process(), job_process())
        done = cluster.post(
            "/process-instances",
            {"processDefinitionId": "straight", "variables": {"a": 1, "b": 2}, "awaitCompletion": True}
            | {"fetchVariables": ["b"]},
        )
        assert done["variables"] == {"b": 2}
        waiting = {"processDefinitionId": "crawl", "awaitCompletion": True, "requestTimeout": 50}
        assert problem(cluster, "/process-instances", waiting) == (504, "DEADLINE_EXCEEDED")
        assert len(cluster.search("/process-instances", filter={"state": "ACTIVE"})) == 1

    def test_cancellation_ends_an_instance(self, cluster: RunningRest) -> None:
        """A cancelled instance is TERMINATED and cannot be cancelled again."""
        cluster.deploy(job_process())
        key = cluster.start("crawl")
        cluster.post(f"/process-instances/{key}/cancellation", status=204)
        instance = cluster.client.get(f"/v2/process-instances/{key}").json()
        assert (instance["state"], instance["endDate"] is None) == ("TERMINATED", False)
        assert problem(cluster, f"/process-instances/{key}/cancellation", None) == (404, "NOT_FOUND")


class TestMessages:
    def test_a_message_reaches_a_waiting_instance(self, cluster: RunningRest) -> None:
        """A published message resumes the instance whose key it carries, with its variables."""
        cluster.deploy(waiting_process())
        instance = cluster.start("wait", orderId="7")
        published = cluster.post(
            "/messages/publication", {"name": "finished", "correlationKey": "7", "variables": {"got": True}}
        )
        assert published["tenantId"] == "<default>"
        assert cluster.client.get(f"/v2/process-instances/{instance}").json()["state"] == "COMPLETED"
        [landed] = cluster.search(
            "/correlated-message-subscriptions", filter={"messageKey": published["messageKey"]}
        )
        assert (landed["processInstanceKey"], landed["elementId"]) == (instance, "catch")

    def test_a_buffered_message_id_is_taken_once(self, cluster: RunningRest) -> None:
        """While a message is buffered its id is refused with 409; without a TTL nothing is buffered."""
        body = {"name": "m", "correlationKey": "k", "messageId": "id", "timeToLive": 60_000}
        cluster.post("/messages/publication", body)
        assert problem(cluster, "/messages/publication", body) == (409, "ALREADY_EXISTS")
        for _ in range(2):
            cluster.post("/messages/publication", body | {"messageId": "other", "timeToLive": 0})

    def test_the_id_is_free_again_after_the_time_to_live(self, cluster: RunningRest) -> None:
        """The window in which a duplicate is dropped is the message's time to live."""
        cluster.engine.pin_clock(datetime(2026, 1, 1, tzinfo=UTC))
        body = {"name": "m", "correlationKey": "k", "messageId": "id", "timeToLive": 60_000}
        cluster.post("/messages/publication", body)
        cluster.engine.advance_clock(timedelta(minutes=2))
        cluster.post("/messages/publication", body)

    def test_correlation_tells_what_it_reached(self, cluster: RunningRest) -> None:
        """A correlated message names the instance; without a waiting instance it is 404 and not kept."""
        cluster.deploy(waiting_process())
        instance = cluster.start("wait", orderId="7")
        answered = cluster.post("/messages/correlation", {"name": "finished", "correlationKey": "7"})
        assert answered["processInstanceKey"] == instance
        again = {"name": "finished", "correlationKey": "7"}
        assert problem(cluster, "/messages/correlation", again) == (404, "NOT_FOUND")


class TestJobs:
    def test_a_job_is_handed_out_once(self, cluster: RunningRest) -> None:
        """An activated job carries its variables and headers and is locked for others."""
        [definition] = cluster.deploy(job_process())
        instance = cluster.start("crawl", url="https://example.com")
        [job] = cluster.activate(worker="w")
        assert (
            job
            | {
                "type": "work",
                "retries": 2,
                "worker": "w",
                "processInstanceKey": instance,
                "processDefinitionKey": definition["processDefinitionKey"],
                "processDefinitionId": "crawl",
                "processDefinitionVersion": 1,
                "elementId": "task",
                "customHeaders": {"resultVariable": "result"},
                "variables": {"url": "https://example.com"},
                "tenantId": "<default>",
                "kind": "BPMN_ELEMENT",
            }
            == job
        )
        assert cluster.activate() == []

    def test_only_wanted_variables_are_fetched(self, cluster: RunningRest) -> None:
        """With fetchVariable the others stay away."""
        cluster.deploy(job_process())
        cluster.start("crawl", a=1, b=2)
        assert cluster.activate(fetchVariable=["b"])[0]["variables"] == {"b": 2}

    def test_a_long_poll_is_answered_when_a_job_comes(self, cluster: RunningRest) -> None:
        """A waiting activation gets a job that is created after it was asked."""
        cluster.deploy(job_process())
        got: list[dict[str, Any]] = []
        poll = threading.Thread(target=lambda: got.extend(cluster.activate(requestTimeout=10_000)))
        poll.start()
        while not cluster.api.calls or cluster.api.calls[-1].operation_id != "activateJobs":
            time.sleep(0.001)  # the request is on its way
        cluster.start("crawl")
        poll.join(timeout=30)
        assert [job["elementId"] for job in got] == ["task"]

    def test_a_long_poll_without_jobs_ends_in_time(self, cluster: RunningRest) -> None:
        """After requestTimeout the answer is an empty list, and not after the gateway's own ten seconds."""
        began = time.monotonic()
        assert cluster.activate(requestTimeout=300) == []
        assert 0.3 <= time.monotonic() - began < 9

    def test_completion_counts_once(self, cluster: RunningRest) -> None:
        """A completed job is gone; its variables are in the instance."""
        cluster.deploy(job_process())
        cluster.start("crawl")
        [job] = cluster.activate()
        path = f"/jobs/{job['jobKey']}/completion"
        cluster.post(path, {"variables": {"result": [1]}}, status=204)
        assert problem(cluster, path, {}) == (404, "NOT_FOUND")
        [variable] = cluster.search("/variables", filter={"name": "result"})
        assert variable["value"] == "[1]"

    def test_a_failed_job_comes_again_after_its_back_off(self, cluster: RunningRest) -> None:
        """With retries left the job is handed out again, not before retryBackOff."""
        cluster.engine.pin_clock(datetime(2026, 1, 1, tzinfo=UTC))
        cluster.deploy(job_process())
        cluster.start("crawl")
        [job] = cluster.activate()
        failure = {"retries": 1, "errorMessage": "later", "retryBackOff": 5000}
        cluster.post(f"/jobs/{job['jobKey']}/failure", failure, status=204)
        assert cluster.activate() == []
        cluster.engine.advance_clock(timedelta(seconds=6))
        assert [(each["jobKey"], each["retries"]) for each in cluster.activate()] == [(job["jobKey"], 1)]

    def test_a_job_without_retries_is_an_incident(self, cluster: RunningRest) -> None:
        """Its commands are refused with 409 until it got retries and the incident was resolved."""
        cluster.deploy(job_process())
        cluster.start("crawl")
        [job] = cluster.activate()
        path = f"/jobs/{job['jobKey']}"
        cluster.post(f"{path}/failure", {"retries": 0, "errorMessage": "no more"}, status=204)
        assert problem(cluster, f"{path}/completion", {}) == (409, "INVALID_STATE")
        timeout = {"changeset": {"timeout": 1000}}
        assert problem(cluster, path, timeout, "PATCH") == (400, "INVALID_ARGUMENT")
        [incident] = cluster.search("/incidents", filter={"jobKey": job["jobKey"]})
        assert (incident["errorType"], incident["errorMessage"]) == ("JOB_NO_RETRIES", "no more")
        assert cluster.client.patch(f"/v2{path}", json={"changeset": {"retries": 3}}).status_code == 204
        cluster.post(f"/incidents/{incident['incidentKey']}/resolution", status=204)
        assert [each["retries"] for each in cluster.activate()] == [3]

    def test_an_uncaught_error_is_an_incident(self, cluster: RunningRest) -> None:
        """A thrown error that nothing catches stops the element."""
        cluster.deploy(job_process())
        cluster.start("crawl")
        [job] = cluster.activate()
        cluster.post(f"/jobs/{job['jobKey']}/error", {"errorCode": "NOPE"}, status=204)
        [incident] = cluster.search("/incidents", filter={"state": "ACTIVE"})
        assert incident["errorType"] == "UNHANDLED_ERROR_EVENT"

    def test_a_lock_may_be_shortened(self, cluster: RunningRest) -> None:
        """A timeout of one millisecond hands the job out again, with the same retries."""
        cluster.engine.pin_clock(datetime(2026, 1, 1, tzinfo=UTC))
        cluster.deploy(job_process())
        cluster.start("crawl")
        [job] = cluster.activate(timeout=3 * 24 * 3_600_000)
        path = f"/v2/jobs/{job['jobKey']}"
        assert cluster.client.patch(path, json={"changeset": {"timeout": 1}}).status_code == 204
        cluster.engine.advance_clock(timedelta(seconds=1))
        assert [(each["jobKey"], each["retries"]) for each in cluster.activate()] == [(job["jobKey"], 2)]

    def test_an_empty_changeset_is_refused(self, cluster: RunningRest) -> None:
        """An update must say what to change."""
        assert problem(cluster, "/jobs/1", {"changeset": {}}, "PATCH") == (400, "INVALID_ARGUMENT")

    @pytest.mark.parametrize("name", ["timeout", "maxJobsToActivate"])
    def test_an_activation_of_nothing_is_refused(self, cluster: RunningRest, name: str) -> None:
        """The lock and the number of jobs must be above zero."""
        body = {"type": "work", "timeout": 1, "maxJobsToActivate": 1} | {name: 0}
        assert problem(cluster, "/jobs/activation", body) == (400, "INVALID_ARGUMENT")


def test_local_variables_stay_at_their_element(cluster: RunningRest) -> None:
    """Set locally, a variable is seen by the element's job and is in the element's scope."""
    cluster.deploy(job_process())
    cluster.start("crawl", url="u")
    [job] = cluster.activate(timeout=1)
    path = f"/v2/element-instances/{job['elementInstanceKey']}/variables"
    assert cluster.client.put(path, json={"variables": {"run": "r"}, "local": True}).status_code == 204
    [variable] = cluster.search("/variables", filter={"name": "run"})
    assert variable["scopeKey"] == job["elementInstanceKey"]


def test_the_clock_can_be_pinned_and_released(cluster: RunningRest) -> None:
    """A pinned clock is stopped; after the reset it is real time again."""
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    answer = cluster.client.put("/v2/clock", json={"timestamp": int(moment.timestamp() * 1000)})
    assert (answer.status_code, cluster.engine.clock.now()) == (204, moment)
    assert cluster.client.post("/v2/clock/reset").status_code == 204
    assert cluster.engine.clock.now() < moment
