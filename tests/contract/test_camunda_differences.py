"""Where versions of Camunda's engine differ: the stand-in does as 8.8 does, and 8.6 as written here."""

from collections.abc import Iterator

import pytest

from tests.builders_process import Bpmn
from tests.contract.engine_targets import OLD, SINCE_8_8, Target, running_target, unique_name
from tests.contract.engine_transports import Refused


@pytest.fixture(scope="module", params=SINCE_8_8)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture(scope="module", params=OLD)
def old(request: pytest.FixtureRequest) -> Iterator[Target]:
    yield from running_target(request)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return unique_name(request)


def with_an_empty_input(name: str) -> Bpmn:
    """Return a process whose job has an input without a source."""
    return Bpmn(name).start().task(job_type=name, inputs={"nothing": ""}).end()


def test_an_input_without_a_source_is_null(target: Target, name: str) -> None:
    """Since 8.8 an empty source is null."""
    target.deploy(with_an_empty_input(name))
    target.start(name)
    assert target.waiting(name) == [{"nothing": None}]


def test_8_6_deploys_no_input_without_a_source(old: Target, name: str) -> None:
    """8.6 refuses the process."""
    with pytest.raises(Refused, match="Expected expression but not found") as refused:
        old.deploy(with_an_empty_input(name))
    assert refused.value.code == "INVALID_ARGUMENT"


def uncaught(target: Target, name: str) -> str:
    """Return the element with the incident of an error without a catch."""
    target.deploy(Bpmn(name).start().task("t", job_type=name).end())
    instance = target.start(name)
    target.throw(name, "E")
    return target.incident(instance).element_id


def test_the_incident_of_an_uncaught_error_is_at_its_job(target: Target, name: str) -> None:
    """Since 8.8 the incident names the element that threw."""
    assert uncaught(target, name) == "t"


def test_8_6_names_no_element_of_an_uncaught_error(old: Target, name: str) -> None:
    """8.6 puts a word in the element's place."""
    assert uncaught(old, name) == "NO_CATCH_EVENT_FOUND"


def without_retries(target: Target, name: str) -> Refused:
    """Resolve the incident of a job that still has no retries, which is refused and changes nothing."""
    target.deploy(Bpmn(name).start().task(job_type=name).end())
    instance = target.start(name)
    target.call("FailJob", jobKey=target.job(name).key, retries=0)
    incident = target.incident(instance)
    refused = target.refused("ResolveIncident", incidentKey=incident.key)
    assert "has no retries left" in refused.details
    assert target.incident(instance) == incident
    return refused


def test_an_incident_is_resolved_once_its_job_has_retries(target: Target, name: str) -> None:
    """Since 8.8 the job is in the wrong state."""
    assert without_retries(target, name).code == "FAILED_PRECONDITION"


def test_8_6_does_not_find_an_incident_without_retries(old: Target, name: str) -> None:
    """8.6 says NOT_FOUND."""
    assert without_retries(old, name).code == "NOT_FOUND"


def test_a_key_of_no_partition_reaches_no_instance(old: Target) -> None:
    """A key whose upper bits name no partition is UNAVAILABLE at a gateway of a cluster."""
    assert old.refused("CompleteJob", jobKey=123).code == "UNAVAILABLE"
