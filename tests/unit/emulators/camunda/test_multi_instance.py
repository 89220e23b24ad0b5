"""Activities that run once an item."""

from typing import Any

import pytest

from tests.builders_process import Bpmn
from tests.unit.emulators.camunda.cluster import Cluster


def looping(**loop: str) -> Bpmn:
    """Return a process whose task runs once for each of `items`."""
    marker = {"inputCollection": "=items", "inputElement": "item", **loop}
    return Bpmn().start().task("t", loop=marker).task("after", job_type="after").end()


def test_items_run_side_by_side(cluster: Cluster) -> None:
    """A parallel multi-instance has a job for each item at once, and goes on when all are done."""
    cluster.run(looping(outputCollection="results", outputElement="=r"), items=["a", "b"])
    jobs = cluster.jobs()
    assert [(j.variables["item"], j.variables["loopCounter"]) for j in jobs] == [("a", 1), ("b", 2)]
    cluster.engine.complete_job(jobs[1].job.key, {"r": "B"})
    assert cluster.jobs("after") == ()
    cluster.engine.complete_job(jobs[0].job.key, {"r": "A"})
    assert cluster.waiting("after") == [{"items": ["a", "b"], "results": ["A", "B"]}]


def test_items_run_one_after_another(cluster: Cluster) -> None:
    """A sequential multi-instance has one job at a time."""
    key = cluster.run(looping(isSequential="true"), items=[1, 2])
    for item in (1, 2):
        job = cluster.job()
        assert job.variables["item"] == item
        cluster.engine.complete_job(job.job.key)
    assert cluster.active(key) == ["after"]


def test_without_items_nothing_is_activated(cluster: Cluster) -> None:
    """An empty collection completes the activity at once."""
    key = cluster.run(looping(outputCollection="results", outputElement="=r"), items=[])
    assert cluster.active(key) == ["after"]
    assert cluster.variables(key)["results"] == []


def test_enough_is_enough(cluster: Cluster) -> None:
    """When the completion condition holds, instances that still run are terminated."""
    condition = "=numberOfCompletedInstances >= 2"
    loop = {"outputCollection": "o", "outputElement": "=loopCounter", "completionCondition": condition}
    cluster.run(looping(**loop), items=[1, 2, 3])
    first, _, third = cluster.jobs()
    cluster.engine.complete_job(first.job.key)
    cluster.engine.complete_job(third.job.key)
    assert cluster.job("after").variables["o"] == [1, None, 3]
    assert cluster.jobs() == ()


def test_an_attached_event_ends_all(cluster: Cluster) -> None:
    """A boundary event belongs to the whole: an error of one instance ends the others."""
    model = looping().boundary("b", "t", error="E").task("bt", job_type="caught").end("e2")
    cluster.run(model, items=[1, 2])
    cluster.engine.throw_error(cluster.jobs()[0].job.key, code="E")
    assert len(cluster.jobs("caught")) == 1
    assert [j.state for j in cluster.engine.jobs() if j.type == "work"] == ["ERROR_THROWN", "CANCELED"]


@pytest.mark.parametrize("items", [None, "text", 5])
def test_value_that_is_not_a_list_is_an_incident(cluster: Cluster, items: Any) -> None:
    """An input collection that is no list stops the activity until it is one."""
    key = cluster.run(looping(), items=items)
    incident = cluster.incident(key)
    assert "to be 'ARRAY'" in incident.message
    cluster.engine.set_variables(key, {"items": [1]})
    cluster.engine.resolve_incident(incident.key)
    assert cluster.job().variables["item"] == 1
