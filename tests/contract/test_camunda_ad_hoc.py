"""Ad-hoc sub-processes whose elements an expression chooses: the stand-in does as Camunda 8.8 does."""

from collections.abc import Iterator
from typing import Any

import pytest
from pyzeebe.proto import gateway_pb2 as pb

from tests.builders_process import Bpmn
from tests.contract.engine_targets import SINCE_8_8, Target, running_target, unique_name

COLLECTED = {"outputCollection": "results", "outputElement": "=toolCallResult"}


@pytest.fixture(scope="module", params=SINCE_8_8)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def tools(name: str) -> Bpmn:
    """Return the tools a, and b with c behind it; each is a job whose type ends in its id."""
    inside = Bpmn().task("a", job_type=f"{name}-a", inputs={"url": '=fromAi(toolCall.url, "The URL")'})
    return inside.at("").task("b", job_type=f"{name}-b").task("c", job_type=f"{name}-c")


def process(name: str, **more: Any) -> Bpmn:
    """Return a process with an ad-hoc sub-process and a job behind it."""
    settings = {"activeElementsCollection": "=tools", **COLLECTED}
    model = Bpmn(name).start().ad_hoc("agent", tools(name), settings=settings, **more)
    return model.task("after", job_type=f"{name}-after").end()


def begun(target: Target, model: Bpmn, **variables: Any) -> int:
    """Deploy and start a process."""
    target.deploy(model)
    return target.start(model.process_id, **variables)


def test_the_elements_of_the_collection_begin(target: Target, name: str) -> None:
    """Each sees its own result variable, the results so far, all elements, and what fromAi gives."""
    begun(target, process(name), tools=["a"], toolCall={"url": "U"})
    [seen] = target.waiting(f"{name}-a")
    assert seen == {
        "tools": ["a"],
        "toolCall": {"url": "U"},
        "url": "U",
        "toolCallResult": None,
        "results": [],
        "adHocSubProcessElements": [
            {"elementId": "a", "parameters": [{"name": "toolCall.url", "description": "The URL"}]},
            {"elementId": "b"},
        ],
    }
    assert target.waiting(f"{name}-b") == []


def test_it_ends_with_its_last_element(target: Target, name: str) -> None:
    """Results are collected in the order in which elements, with all that follows them, end."""
    begun(target, process(name), tools=["a", "b"], toolCall={})
    target.complete(f"{name}-b", toolCallResult="B")
    target.complete(f"{name}-a", toolCallResult="A")
    assert target.waiting(f"{name}-after") == []
    target.complete(f"{name}-c", toolCallResult="C")
    assert target.waiting(f"{name}-after") == [{"tools": ["a", "b"], "toolCall": {}, "results": ["A", "C"]}]


def test_without_an_element_it_waits(target: Target, name: str) -> None:
    """An empty collection begins nothing and ends nothing."""
    begun(target, process(name), tools=[])
    assert target.waiting(f"{name}-after") == []


def test_an_unknown_element_is_an_incident(target: Target, name: str) -> None:
    """The incident names the element that is not in the sub-process, or cannot begin it."""
    instance = begun(target, process(name), tools=["a", "nope", "c"])
    incident = target.incident(instance)
    assert incident.kind == "EXTRACT_VALUE_ERROR"
    assert "but the given elements [nope, c] do not exist." in incident.message


@pytest.mark.parametrize(("cancels", "left"), [(True, 0), (False, 1)])
def test_the_completion_condition_ends_it(target: Target, name: str, *, cancels: bool, left: int) -> None:
    """What is still active is terminated, or waited for."""
    begun(
        target,
        process(name, condition="=done", cancels_remaining=cancels),
        tools=["a", "b"],
        done=True,
        toolCall={},
    )
    target.complete(f"{name}-a", toolCallResult="A")
    assert len(target.waiting(f"{name}-b")) == left
    assert len(target.waiting(f"{name}-after")) == 1 - left


def test_it_waits_for_its_completion_condition(target: Target, name: str) -> None:
    """While the condition is false, it does not end though nothing in it is active."""
    begun(target, process(name, condition="=done"), tools=["a"], done=False, toolCall={})
    target.complete(f"{name}-a")
    assert target.waiting(f"{name}-after") == []


FROM_AI = {
    "a description that is no text": ("toolCall.a, 10", "'description' to be a string, but received '10'."),
    "a type that is no text": ('toolCall.a, "d", 1', "'type' to be a string, but received '1'."),
    "a computed description": ('toolCall.a, "d" + "e"', "'description' to be a string, but received"),
    "a schema that is no context": ('toolCall.a, "d", "string", null', "'schema' to be a context (map)"),
    "options that are no context": ('toolCall.a, "d", "string", {}, [1]', "'options' to be a context (map)"),
    "a schema with a variable": (
        'toolCall.a, "d", "string", {a: b}',
        "Unsupported expression value in fromAi()",
    ),
    "a computed value": ("a + b", "'value' to be a reference (e.g. 'toolCall.customParameter'), but"),
    "a literal value": ('"x"', "'value' to be a reference (e.g. 'toolCall.customParameter'), but"),
}


@pytest.mark.parametrize("what", FROM_AI)
def test_elements_that_no_agent_can_use_are_refused(target: Target, name: str, what: str) -> None:
    """A parameter is a reference, and what is said of it are literals."""
    arguments, words = FROM_AI[what]
    inside = Bpmn().task("tool", inputs={"x": f"=fromAi({arguments})"})
    content = Bpmn(name).start().ad_hoc("agent", inside).end().xml()
    refused = target.refused("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert "Failed to extract ad-hoc activity parameters for element 'tool'." in refused.details
    assert words in refused.details


def test_outside_of_an_ad_hoc_sub_process_from_ai_is_an_ordinary_function(target: Target, name: str) -> None:
    """It returns its first argument and ignores the others."""
    target.deploy(Bpmn(name).start().task(job_type=name, inputs={"x": "=fromAi(1 + 1, 10)"}).end())
    target.start(name)
    assert target.waiting(name) == [{"x": 2}]


def test_a_worker_that_decides_nothing_leaves_it_waiting(target: Target, name: str) -> None:
    """Where a job decides, its variables go to the process, and without a decision nothing begins or ends."""
    model = Bpmn(name).start().ad_hoc("agent", tools(name), settings=COLLECTED, job_type=name)
    instance = begun(target, model.task("after", job_type=f"{name}-after").end())
    target.complete(name, said="hello")
    assert target.variables(instance) == {"said": "hello"}
    assert target.waiting(name) == []
    assert target.waiting(f"{name}-after") == []
