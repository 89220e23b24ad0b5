"""What a model must say and how: the stand-in refuses what Camunda's engines refuse, in their words."""

from collections.abc import Iterator

import pytest
from pyzeebe.proto import gateway_pb2 as pb

from tests.builders_process import Bpmn, MessageRef
from tests.contract.engine_targets import OVER_GRPC, Target, running_target, unique_name


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def begun() -> Bpmn:
    return Bpmn("P").start()


def looped(**loop: str) -> Bpmn:
    return begun().task("t", loop=loop).end()


def chosen(condition: str, default: str = "x-b") -> Bpmn:
    model = begun().exclusive("x", default=default).when(condition).task("a").end("ea")
    return model.at("x").task("b").end("eb")


def guarded(*errors: str) -> Bpmn:
    """Return a job with a boundary event for each error."""
    model = begun().task("t").end()
    for number, error in enumerate(errors):
        model.boundary(f"b{number}", "t", error=error).end(f"e{number}")
    return model


def handled(*starts: Bpmn) -> Bpmn:
    """Return a process with an event sub-process for each start."""
    model = begun().end()
    for number, start in enumerate(starts):
        model.sub_process(f"h{number}", start.end(f"he{number}"), event=True)
    return model


M = MessageRef("m", "=k")
STATIC = "Expected expression but found static value 'x'. An expression must start with '=' (e.g. '=x')."
PATTERN = r"doesn't match the pattern '[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*'."
REFUSED = {
    "an output that is no expression": (begun().task("t", outputs={"a": "x"}).end(), STATIC),
    "an output without a source": (begun().task("t", outputs={"a": ""}).end(), "Expected expression but not"),
    "a target with a space": (begun().task("t", inputs={"a b": "=1"}).end(), f"'a b' but {PATTERN}"),
    "a target with a hyphen": (begun().task("t", outputs={"a-b": "=1"}).end(), f"'a-b' but {PATTERN}"),
    "a target with an umlaut": (begun().task("t", inputs={"ü": "=1"}).end(), f"'ü' but {PATTERN}"),
    "a target that ends in a dot": (begun().task("t", inputs={"a.": "=1"}).end(), f"'a.' but {PATTERN}"),
    "a target that FEEL reserves": (
        begun().task("t", inputs={"null": "=1"}).end(),
        "Expected path expression 'null' but is one of the reserved words",
    ),
    "no target": (begun().task("t", inputs={"": "=1"}).end(), "Expected path expression but not found."),
    "a script that is no expression": (begun().script("s", "x", "r").end(), STATIC),
    "a script without a result": (
        begun().script("s", "=1", "").end(),
        "Attribute 'resultVariable' must be present and not empty",
    ),
    "items that are no expression": (looped(inputCollection="x"), STATIC),
    "items that do not parse": (looped(inputCollection="=["), "failed to parse expression '['"),
    "results that are no expression": (
        looped(inputCollection="=l", outputCollection="o", outputElement="x"),
        STATIC,
    ),
    "results without a result": (
        looped(inputCollection="=l", outputCollection="o"),
        "Attribute 'outputElement' must be present if the attribute 'outputCollection' is set",
    ),
    "a result without results": (
        looped(inputCollection="=l", outputElement="=x"),
        "Attribute 'outputCollection' must be present if the attribute 'outputElement' is set",
    ),
    "an end of a loop that does not parse": (
        looped(inputCollection="=l", completionCondition="=("),
        "failed to parse expression '('",
    ),
    "a condition that is no expression": (chosen("x"), STATIC),
    "a condition where nothing is chosen": (
        begun().task("t").when("=false").end(),
        "Conditional sequence flows are only supported at exclusive or inclusive gateway",
    ),
    "a default that is no way out": (chosen("=true", "no"), "There is no ID/IDREF binding for IDREF 'no'."),
    "a correlation key that is no expression": (begun().catch(message=MessageRef("m", "x")).end(), STATIC),
    "a duration that is none": (
        begun().catch(timer=("timeDuration", "soon")).end(),
        "Invalid timer duration expression (Invalid duration format 'soon' for expression 'soon'.)",
    ),
    "an invalid date": (
        begun().catch(timer=("timeDate", "soon")).end(),
        "Invalid timer date expression (Invalid date-time format 'soon' for expression 'soon'.)",
    ),
    "a cycle that is none": (
        Bpmn("P").start(timer=("timeCycle", "R5")).end(),
        "Invalid timer cycle expression",
    ),
    "a called process that does not parse": (begun().call("c", "=(").end(), "failed to parse expression '('"),
    "one error caught twice": (
        guarded("E", "E"),
        "Multiple error catch events with the same error code 'E' are not supported on the same scope.",
    ),
    "all errors caught twice": (
        guarded("", ""),
        "The same scope can not contain more than one error catch event without error code.",
    ),
    "one error handled twice": (
        handled(Bpmn().start("a", error="E"), Bpmn().start("b", error="E")),
        "Multiple error catch events with the same error code 'E' are not supported on the same scope.",
    ),
    "one message handled twice": (
        handled(Bpmn().start("a", message=M), Bpmn().start("b", message=M)),
        "Multiple message event definitions with the same name 'm' are not allowed.",
    ),
    "one message in a race with itself": (
        begun().event_based("g").catch("a", message=M).end("ea").at("g").catch("b", message=M).end("eb"),
        "Multiple message event definitions with the same name 'm' are not allowed.",
    ),
    "a receive task that its own message leaves": (
        begun().receive("r", message=M).end().boundary("b", "r", message=M).end("eb"),
        "Cannot reference the same message name as a boundary event",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_written_wrong_is_not_deployed(target: Target, name: str, what: str) -> None:
    """A model that breaks one of the engine's rules is INVALID_ARGUMENT, and the error names the rule."""
    model, words = REFUSED[what]
    content = model.xml().replace(b'"P"', f'"{name}"'.encode())
    refused = target.refused("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert refused.code == "INVALID_ARGUMENT"
    assert words in refused.details


ACCEPTED = {
    "an input that is no expression": begun().task("t", inputs={"a": "x"}).end(),
    "an end of a loop that is no expression": looped(inputCollection="=l", completionCondition="true"),
    "a message whose name is an expression": begun().catch(message=MessageRef('="a"', "=k")).end(),
    "a time that only an instance knows": begun().catch(timer=("timeDuration", "=soon")).end(),
    "one error and all others": guarded("E", ""),
    "one message at two elements": begun().catch("a", message=M).catch("b", message=M).end(),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_what_is_written_well_is_deployed(target: Target, name: str, what: str) -> None:
    """A model that only looks like one of those faults is accepted."""
    content = ACCEPTED[what].xml().replace(b'"P"', f'"{name}"'.encode())
    answer = target.call("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert answer.deployments[0].process.bpmnProcessId == name
