"""Timers, errors, event sub-processes, call activities."""

from datetime import UTC, datetime

import pytest

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import Cluster


def guarded(inside: Bpmn, *, boundary: str | None = None) -> Bpmn:
    """Return a process with a sub-process that may have an error boundary event."""
    model = Bpmn().start().sub_process("sub", inside).task("after", job_type="after").end()
    if boundary is not None:
        model.boundary("b", "sub", error=boundary).task("bt", job_type="boundary").end("e2")
    return model


# Timers


@pytest.mark.parametrize(
    ("timer", "seconds"),
    [
        (("timeDuration", "PT1H"), 3600),
        (("timeDuration", '=duration("PT10M")'), 600),
        (("timeDuration", '="PT" + string(n) + "S"'), 7),
        (("timeDate", "2026-11-21T13:00:00Z"), 3600),
        (("timeDate", '=date and time("2026-11-21T14:00:00+01:00")'), 3600),
    ],
)
def test_a_timer_fires_when_it_is_due(cluster: Cluster, timer: tuple[str, str], seconds: float) -> None:
    """A timer event goes on at its time, and not before."""
    key = cluster.run(Bpmn().start().catch("c", timer=timer).end(), n=7)
    cluster.pass_time(seconds - 1)
    assert not cluster.ended(key)
    cluster.pass_time(1)
    assert cluster.ended(key)


def test_a_timer_interrupts(cluster: Cluster) -> None:
    """A boundary timer ends its host."""
    model = Bpmn().start().task("h").end()
    key = cluster.run(model.boundary("b", "h", timer=("timeDuration", "PT1M")).task("late").end("e2"))
    cluster.pass_time(60)
    assert cluster.active(key) == ["late"]


def test_a_cycle_repeats_as_often_as_it_says(cluster: Cluster) -> None:
    """A boundary timer with a cycle fires at each interval while its host is there."""
    model = Bpmn().start().task("h").end()
    model.boundary("b", "h", timer=("timeCycle", "R3/PT10S"), interrupting=False)
    cluster.run(model.task("bt", job_type="b").end("e2"))
    counts = []
    for _ in range(5):
        cluster.pass_time(10)
        counts.append(len(cluster.jobs("b")))
    assert counts == [1, 1, 1, 0, 0]


def test_a_timer_ends_with_its_host(cluster: Cluster) -> None:
    """A boundary timer does not fire when its host was completed before."""
    model = Bpmn().start().task("h").end()
    cluster.run(model.boundary("b", "h", timer=("timeDuration", "PT1M")).task("late", job_type="b").end("e2"))
    cluster.complete()
    cluster.pass_time(61)
    assert cluster.jobs("b") == ()


def test_a_timer_starts_the_latest_version(cluster: Cluster) -> None:
    """A timer start event starts an instance each time; a new version takes it over."""
    for job_type in ("older", "newer"):
        start = Bpmn().start(timer=("timeCycle", "R/PT1H"))
        cluster.deploy(start.task(job_type=job_type).end())
    cluster.pass_time(3600)
    cluster.pass_time(3600)
    assert cluster.jobs("older") == ()
    assert len(cluster.jobs("newer")) == 2


def test_time_can_be_stopped(cluster: Cluster) -> None:
    """A pinned clock stays at its instant, and what is due by then is done."""
    key = cluster.run(Bpmn().start().catch("c", timer=("timeDate", "2027-01-01T00:00:00Z")).end())
    cluster.engine.pin_clock(datetime(2027, 1, 1, tzinfo=UTC))
    assert cluster.ended(key)
    assert cluster.instance(key).ended_at == datetime(2027, 1, 1, tzinfo=UTC)
    cluster.engine.reset_clock()
    assert cluster.engine.clock.now().year == 2026


# Errors


def test_an_error_is_caught_by_its_code(cluster: Cluster) -> None:
    """Of several attached error events, the one with the thrown code catches it."""
    model = Bpmn().start().task("t").end()
    for code in ("A", "B", ""):
        model.boundary(f"b{code}", "t", error=code).task(f"on{code}").end(f"e{code}")
    key = cluster.run(model)
    cluster.throw("work", "B")
    assert cluster.active(key) == ["onB"]


def test_an_unnamed_error_event_catches_the_rest(cluster: Cluster) -> None:
    """An error event without a code catches every code that no other at its place catches."""
    model = Bpmn().start().task("t").end().boundary("bA", "t", error="A").end("eA")
    key = cluster.run(model.boundary("any", "t", error="").task("rest", job_type="rest").end("e"))
    cluster.throw("work", "Z")
    assert cluster.active(key) == ["rest"]


def test_what_an_error_carries_stays_with_its_event(cluster: Cluster) -> None:
    """Variables of an error are local to the boundary event; its output mappings let them out."""
    model = Bpmn().start().task("t").end().boundary("b", "t", error="E", outputs={"why": "=reason"}).end("e2")
    key = cluster.run(model)
    cluster.throw("work", "E", reason="because", secret=1)
    assert cluster.variables(key) == {"why": "because"}


def test_the_nearest_event_catches(cluster: Cluster) -> None:
    """An inner event that catches everything goes before an outer one that names the code."""
    inside = (
        Bpmn()
        .start("s")
        .task("t")
        .end("e")
        .boundary("i", "t", error="")
        .task("it", job_type="inner")
        .end("x")
    )
    cluster.run(guarded(inside, boundary="E"))
    cluster.throw("work", "E")
    assert len(cluster.jobs("inner")) == 1
    assert cluster.jobs("boundary") == ()


@pytest.mark.parametrize(
    ("inner", "outer", "catcher"),
    [("E", "E", "inner"), ("E", "", "inner"), ("", "E", "boundary"), ("", "", "inner")],
)
def test_in_and_at_a_sub_process_the_code_decides(
    cluster: Cluster, inner: str, outer: str, catcher: str
) -> None:
    """Event sub-processes within and events at a sub-process are one place: the code goes before no code."""
    handler = Bpmn().start("es", error=inner).task("et", job_type="inner").end("ee")
    inside = Bpmn().start("s").task("t").end("e").sub_process("handler", handler, event=True)
    cluster.run(guarded(inside, boundary=outer))
    cluster.throw("work", "E", v=1)
    assert {c for c in ("inner", "boundary") if cluster.jobs(c)} == {catcher}


def test_an_error_without_a_catch_is_an_incident(cluster: Cluster) -> None:
    """An uncaught error stops its element and says what is caught; resolving gives the job back."""
    key = cluster.run(Bpmn().start().task("t").end().boundary("b", "t", error="OTHER").end("e2"))
    job = cluster.job().job.key
    cluster.engine.throw_error(job, code="E", message="msg")
    incident = cluster.incident(key)
    assert incident.kind == "UNHANDLED_ERROR_EVENT"
    assert incident.message == (
        "Expected to throw an error event with the code 'E' with message 'msg', but it was not caught."
        " Available error events are [OTHER]"
    )
    cluster.engine.resolve_incident(incident.key)
    assert cluster.job().job.key == job


def test_an_error_end_event_throws(cluster: Cluster) -> None:
    """An error end event is caught around its sub-process, or is an incident."""
    key = cluster.run(guarded(Bpmn().start("s").end("e", error="E"), boundary="E"))
    assert cluster.active(key) == ["bt"]
    lonely = cluster.run(Bpmn("lonely").start().end(error="E"))
    assert "No error events are available in the scope." in cluster.incident(lonely).message


def test_errors_rise_through_call_activities(cluster: Cluster) -> None:
    """An error of a called process that it does not catch is caught at the call activity."""
    cluster.deploy(Bpmn("child").start().task("ct").end())
    parent = (
        Bpmn()
        .start()
        .call("c", "child")
        .end()
        .boundary("b", "c", error="E")
        .task("bt", job_type="b")
        .end("e")
    )
    key = cluster.run(parent)
    child = cluster.job().job
    cluster.engine.throw_error(child.key, code="E")
    assert cluster.active(key) == ["bt"]
    assert cluster.instance(child.process_instance_key).state == "TERMINATED"


# Event sub-processes


def test_an_event_sub_process_interrupts_its_scope(cluster: Cluster) -> None:
    """An interrupting event sub-process ends everything else in its scope, and happens once."""
    handler = Bpmn().start("es", message=MessageRef("m", "=k")).task("et", job_type="handler").end("ee")
    key = cluster.run(Bpmn().start().task("t").end().sub_process("h", handler, event=True), k="K")
    cluster.publish("m", "K", v=1)
    assert cluster.active(key) == ["et", "h"]
    cluster.publish("m", "K", v=2)
    assert cluster.waiting("handler") == [{"k": "K", "v": 1}]


def test_an_event_sub_process_runs_beside_its_scope(cluster: Cluster) -> None:
    """One that does not interrupt runs once a message, and the instance ends when all have ended."""
    start = Bpmn().start("es", message=MessageRef("m", "=k"), interrupting=False)
    handler = start.task("et", job_type="handler").end("ee")
    key = cluster.run(Bpmn().start().task("t").end().sub_process("h", handler, event=True), k="K")
    cluster.publish("m", "K")
    cluster.publish("m", "K")
    cluster.complete("work")
    for handled in cluster.jobs("handler"):
        assert not cluster.ended(key)
        cluster.engine.complete_job(handled.job.key, {"seen": True})
    assert cluster.ended(key)
    assert cluster.variables(key) == {"k": "K", "seen": True}


def test_an_event_sub_process_of_a_sub_process_ends_only_it(cluster: Cluster) -> None:
    """When an interrupting event sub-process has ended, the sub-process around it is completed."""
    handler = Bpmn().start("es", timer=("timeDuration", "PT1M")).end("ee")
    inside = Bpmn().start("s").task("t").end("e").sub_process("h", handler, event=True)
    key = cluster.run(guarded(inside))
    cluster.pass_time(60)
    assert cluster.active(key) == ["after"]


# Call activities


def test_a_called_process_gets_and_gives_variables(cluster: Cluster) -> None:
    """A called process begins with its caller's variables and returns its own."""
    cluster.deploy(Bpmn("child").start().task("ct").end())
    key = cluster.run(Bpmn().start().call("c", "child").end(), a=1)
    cluster.complete(b=2)
    assert cluster.ended(key)
    assert cluster.variables(key) == {"a": 1, "b": 2}


def test_a_call_of_nothing_is_an_incident_until_it_is_deployed(cluster: Cluster) -> None:
    """A process that is not there stops its call; resolving the incident calls it once it is."""
    key = cluster.run(Bpmn().start().call("c", "child").end())
    incident = cluster.incident(key)
    assert incident.kind == "CALLED_ELEMENT_ERROR"
    cluster.deploy(Bpmn("child").start().end())
    cluster.engine.resolve_incident(incident.key)
    assert cluster.ended(key)


def test_cancelling_reaches_called_processes(cluster: Cluster) -> None:
    """A cancelled instance takes those that it called along; they cannot be cancelled alone."""
    cluster.deploy(Bpmn("child").start().task("ct").end())
    key = cluster.run(Bpmn().start().call("c", "child").end())
    child = cluster.job().job.process_instance_key
    with pytest.raises(Exception, match=f"Cancel the root process instance '{key}' instead."):
        cluster.engine.cancel_instance(child)
    cluster.engine.cancel_instance(key)
    assert cluster.instance(child).state == "TERMINATED"
