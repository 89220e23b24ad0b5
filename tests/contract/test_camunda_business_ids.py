"""Plain starts carry the event's id as business id, to clusters that know it (8.9 and newer) alone."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from apify_camunda.camunda.model import InstanceAlreadyCreated, InstanceCreated
from emulators.camunda.rest import Cut, Problem

from tests.contract.camunda_targets import REST_VERSIONS, Target, a_start, target
from tests.unit.emulators.camunda_rest.processes import job_process, straight_process

KNOWN: Final = {"rest 8.8": False, "rest 8.9": True, "rest 8.10": True}


def starts(cluster: Target) -> list[Any]:
    """Return the bodies of the starts that were sent."""
    return [json.loads(body) for body in cluster.calls("createProcessInstance")]


def sent(cluster: Target) -> list[str | None]:
    """Return the business ids that were sent; None: the property was not in the request."""
    return [body.get("businessId") for body in starts(cluster)]


@pytest.mark.parametrize("kind", REST_VERSIONS)
def test_only_a_cluster_with_business_ids_gets_one(kind: str) -> None:
    """The cluster's version is asked for once; the instance is found by the id from 8.9 on."""
    with target(kind) as cluster:
        [definition] = cluster.deploy(straight_process())
        for _ in range(2):
            cluster.run(cluster.commands.start_process(a_start(definition, business_id="event-1")))
        assert sent(cluster) == ["event-1" if KNOWN[kind] else None] * 2
        assert len(cluster.calls("getTopology")) == 1
        held = {each.business_id for each in cluster.engine.process_instances()}
        assert held == {"event-1" if KNOWN[kind] else None}


@pytest.mark.parametrize("kind", REST_VERSIONS)
def test_a_start_without_a_business_id_asks_for_no_version(kind: str) -> None:
    """An operator's start names no event."""
    with target(kind) as cluster:
        [definition] = cluster.deploy(straight_process())
        cluster.run(cluster.commands.start_process(a_start(definition)))
        assert (sent(cluster), cluster.calls("getTopology")) == ([None], [])


def test_a_cluster_that_does_not_tell_its_version_is_asked_again() -> None:
    """The start goes without a business id meanwhile: it is no reason to hold an event up."""
    with target("rest 8.10") as cluster:
        [definition] = cluster.deploy(straight_process())
        cluster.api.faults.add("getTopology", Cut.BEFORE_EFFECT)
        for _ in range(2):
            cluster.run(cluster.commands.start_process(a_start(definition, business_id="event-1")))
        assert sent(cluster) == [None, "event-1"]


def test_a_business_id_that_was_refused_as_unknown_is_never_sent_again() -> None:
    """While a cluster is updated, or was set back, another gateway than the one that was asked may answer."""
    with target("rest 8.9") as cluster:
        [definition] = cluster.deploy(straight_process())
        cluster.api.faults.add("createProcessInstance", Problem.unreadable_property("businessId"))
        for _ in range(2):
            cluster.run(cluster.commands.start_process(a_start(definition, business_id="event-1")))
        assert sent(cluster) == ["event-1", None, None]
        assert len(cluster.engine.process_instances()) == 2


@pytest.mark.parametrize("kind", ["rest 8.9", "rest 8.10"])
def test_where_business_ids_are_unique_a_repeated_start_is_known_as_one(kind: str) -> None:
    """The 409 says that an earlier start of the event has its instance; other starts do not count."""
    with target(kind, unique_business_ids=True) as cluster:
        [definition] = cluster.deploy(job_process())
        cluster.api.faults.add("createProcessInstance", Cut.AFTER_EFFECT)
        command = a_start(definition, business_id="event-1")
        with pytest.raises(Exception, match="did not answer"):
            cluster.run(cluster.commands.start_process(command))

        assert cluster.run(cluster.commands.start_process(command)) == InstanceAlreadyCreated()

        other = cluster.run(cluster.commands.start_process(a_start(definition, business_id="event-2")))
        assert isinstance(other, InstanceCreated)
        assert len(cluster.engine.process_instances()) == 2
