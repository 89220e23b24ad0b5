"""User tasks: Camunda's own wait for a person and are no jobs; the older ones are jobs."""

from collections.abc import Iterator

import pytest
from pyzeebe.proto import gateway_pb2 as pb

from tests.builders_process import Bpmn
from tests.contract.engine_targets import OVER_GRPC, SINCE_8_8, Target, running_target, unique_name

JOB_TYPE = "io.camunda.zeebe:userTask"


@pytest.fixture(scope="module", params=OVER_GRPC)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=SINCE_8_8)
def new(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def test_a_user_task_of_camunda_is_not_a_job(target: Target, name: str) -> None:
    """The instance waits, and no worker gets anything."""
    target.deploy(Bpmn(name).start().user_task().end())
    instance = target.start(name)
    assert target.waiting(JOB_TYPE) == []
    assert target.state(instance) == "ACTIVE"


def test_a_user_task_without_an_implementation_is_a_job(target: Target, name: str) -> None:
    """A worker of the type of user tasks completes it."""
    target.deploy(Bpmn(name).start().user_task(native=False).end())
    instance = target.start(name)
    target.complete(JOB_TYPE)
    assert target.state(instance) == "COMPLETED"


FAULTS = {
    "an assignee that does not parse": ('<zeebe:assignmentDefinition assignee="=("/>', "failed to parse"),
    "an invalid date": (
        '<zeebe:taskSchedule dueDate="soon"/>',
        "Expected static value to be a valid DateTime String, e.g. '2023-03-02T15:35+02:00', but found",
    ),
    "a priority out of bounds": (
        '<zeebe:priorityDefinition priority="101"/>',
        "Priority must be a number between 0 and 100, but was '101'.",
    ),
    "two implementations": (
        "<zeebe:userTask/>",
        "Must have exactly one 'zeebe:userTask' extension element when exists.",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_user_task_that_is_written_wrong_is_refused(new: Target, name: str, what: str) -> None:
    """The refusal is in the engine's words."""
    more, words = FAULTS[what]
    model = Bpmn(name).start().user_task().end().xml().decode()
    content = model.replace("<zeebe:userTask/>", f"<zeebe:userTask/>{more}").encode()
    refused = new.refused("DeployResource", resources=[pb.Resource(name="p.bpmn", content=content)])
    assert words in refused.details
