"""Ad-hoc sub-processes whose worker decides which elements begin: what an AI agent needs."""

from typing import Any

import pytest

from tests.builders_process import Bpmn
from tests.unit.emulators.camunda_rest.processes import RunningRest

COLLECTED = {
    "outputCollection": "results",
    "outputElement": "={id: toolCall._meta.id, content: toolCallResult}",
}
NOTHING: dict[str, Any] = {}


def agent() -> bytes:
    """Return a process with an agent that has the tools scrape and search, and a job behind it."""
    inputs = {"url": '=fromAi(toolCall.url, "The URL", "string")'}
    tools = Bpmn().task("scrape", job_type="scrape", inputs=inputs).at("").task("search", job_type="search")
    model = Bpmn("agent").start().ad_hoc("tools", tools, settings=COLLECTED, job_type="agent")
    return model.task("after", job_type="after").end().xml()


@pytest.fixture
def running(cluster: RunningRest) -> RunningRest:
    cluster.deploy(agent())
    cluster.start("agent", question="?")
    return cluster


def decide(cluster: RunningRest, job: dict[str, Any], status: int = 204, **result: Any) -> Any:
    """Complete the agent's job with a decision."""
    body = {"variables": {"round": 1}, "result": {"type": "adHocSubProcess", **result}}
    return cluster.post(f"/jobs/{job['jobKey']}/completion", body, status)


def tool(element_id: str, **arguments: Any) -> dict[str, Any]:
    """Return the instruction to begin a tool."""
    return {"elementId": element_id, "variables": {"toolCall": {"_meta": {"id": "1"}, **arguments}}}


def test_the_agent_gets_a_job_that_lists_its_tools(running: RunningRest) -> None:
    """The job is of its own kind, and has the tools with their parameters."""
    [job] = running.activate("agent")
    assert (job["kind"], job["elementId"]) == ("AD_HOC_SUB_PROCESS", "tools")
    scrape, search = job["variables"]["adHocSubProcessElements"]
    parameter = {"name": "toolCall.url", "description": "The URL", "type": "string"}
    assert scrape == {"elementId": "scrape", "parameters": [parameter]}
    assert search == {"elementId": "search"}
    assert job["variables"]["results"] == []


def test_a_tool_begins_with_its_arguments(running: RunningRest) -> None:
    """The tool sees the variables that the agent gave to it, and fromAi takes its input from there."""
    [job] = running.activate("agent")
    decide(running, job, activateElements=[tool("scrape", url="https://a.example")])
    [scrape] = running.activate("scrape")
    assert scrape["variables"]["url"] == "https://a.example"
    assert scrape["variables"]["round"] == 1
    kinds = [e["type"] for e in running.search("/element-instances", filter={"state": "ACTIVE"})]
    assert {"AD_HOC_SUB_PROCESS", "AD_HOC_SUB_PROCESS_INNER_INSTANCE", "SERVICE_TASK"} <= set(kinds)


def test_the_agent_is_asked_again_when_a_tool_has_ended(running: RunningRest) -> None:
    """Its next job has the tool's result; two tools at once do not mix theirs."""
    [job] = running.activate("agent")
    decide(running, job, activateElements=[tool("scrape", url="a"), tool("scrape", url="b")])
    assert running.activate("agent") == []
    for each in running.activate("scrape"):
        done = {"toolCallResult": f"page of {each['variables']['url']}"}
        running.post(f"/jobs/{each['jobKey']}/completion", {"variables": done}, 204)
    [again] = running.activate("agent")
    assert [r["content"] for r in again["variables"]["results"]] == ["page of a", "page of b"]


def test_the_agent_ends_when_it_says_so(running: RunningRest) -> None:
    """A fulfilled condition ends it, and its results reach the process."""
    [job] = running.activate("agent")
    decide(running, job, isCompletionConditionFulfilled=True)
    [after] = running.activate("after")
    assert after["variables"] == {"question": "?", "round": 1, "results": []}


@pytest.mark.parametrize(("cancels", "left"), [(True, 0), (False, 1)])
def test_remaining_tools_are_cancelled_or_waited_for(
    running: RunningRest, *, cancels: bool, left: int
) -> None:
    """The agent says what becomes of tools that still run when it ends."""
    [job] = running.activate("agent")
    decide(running, job, activateElements=[tool("scrape"), tool("search")])
    [scrape] = running.activate("scrape")
    running.post(f"/jobs/{scrape['jobKey']}/completion", NOTHING, 204)
    [again] = running.activate("agent")
    decide(running, again, isCompletionConditionFulfilled=True, isCancelRemainingInstances=cancels)
    assert len(running.activate("after")) == 1 - left
    remaining = running.activate("search")
    assert len(remaining) == left
    for each in remaining:
        running.post(f"/jobs/{each['jobKey']}/completion", NOTHING, 204)
        assert len(running.activate("after")) == 1


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"activateElements": [{"elementId": "nope"}]}, 404),
        ({"activateElements": [{"elementId": "scrape"}], "isCompletionConditionFulfilled": True}, 409),
    ],
    ids=["unknown tool", "a tool at the end"],
)
def test_a_decision_that_cannot_be_carried_out_is_refused(
    running: RunningRest, result: dict[str, Any], status: int
) -> None:
    """The job stays as it was."""
    [job] = running.activate("agent")
    decide(running, job, status, **result)
    decide(running, job, isCompletionConditionFulfilled=True)


def test_a_failing_tool_is_an_incident_of_its_own(running: RunningRest) -> None:
    """The agent waits; resolving the incident gives the tool back."""
    [job] = running.activate("agent")
    decide(running, job, activateElements=[tool("search")])
    [search] = running.activate("search")
    running.post(f"/jobs/{search['jobKey']}/failure", {"retries": 0, "errorMessage": "no"}, 204)
    [incident] = running.search("/incidents", filter={"state": "ACTIVE"})
    assert incident["elementId"] == "search"
