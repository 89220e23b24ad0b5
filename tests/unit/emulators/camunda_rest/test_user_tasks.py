"""User tasks over REST: found, and completed as a person would."""

import pytest

from tests.builders_process import Bpmn
from tests.unit.emulators.camunda_rest.processes import RunningRest


@pytest.fixture
def asked(cluster: RunningRest) -> RunningRest:
    cluster.deploy(Bpmn("asking").start().user_task("ask").end().xml())
    cluster.start("asking")
    return cluster


def test_a_user_task_is_found_and_completed(asked: RunningRest) -> None:
    """Its variables reach the process, which goes on."""
    [task] = asked.search("/user-tasks", filter={"state": "CREATED", "elementId": "ask"})
    asked.post(f"/user-tasks/{task['userTaskKey']}/completion", {"variables": {"answer": 42}}, 204)
    [instance] = asked.search("/process-instances", filter={"state": "COMPLETED"})
    [variable] = asked.search("/variables", filter={"name": "answer"})
    assert variable["value"] == "42"
    [ended] = asked.search("/user-tasks")
    assert (ended["state"], ended["processInstanceKey"]) == ("COMPLETED", instance["processInstanceKey"])


def test_a_user_task_is_completed_once(asked: RunningRest) -> None:
    """A second completion, and one of an unknown key, find nothing."""
    [task] = asked.search("/user-tasks")
    path = f"/user-tasks/{task['userTaskKey']}/completion"
    asked.post(path, {}, 204)
    asked.post(path, {}, 404)
    asked.post("/user-tasks/1/completion", {}, 404)


def test_a_cancelled_instance_cancels_its_user_task(asked: RunningRest) -> None:
    """The task is shown as CANCELED."""
    [task] = asked.search("/user-tasks")
    asked.post(f"/process-instances/{task['processInstanceKey']}/cancellation", {}, 204)
    assert [each["state"] for each in asked.search("/user-tasks")] == ["CANCELED"]
