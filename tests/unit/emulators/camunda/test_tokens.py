"""How tokens move through a process."""

import pytest
from emulators.camunda.rejection import Rejection, RejectionKind

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import Cluster


def test_a_process_without_work_ends_at_once(cluster: Cluster) -> None:
    """An instance that waits for nothing is completed when its creation returns."""
    assert cluster.ended(cluster.run(Bpmn().start().end()))


def test_a_job_holds_the_token(cluster: Cluster) -> None:
    """An instance waits at its service task until the job is completed."""
    key = cluster.run(Bpmn().start().task("t").end())
    assert cluster.active(key) == ["t"]
    cluster.complete()
    assert cluster.ended(key)


def test_a_fork_waits_for_all_at_its_join(cluster: Cluster) -> None:
    """A parallel join goes on when every incoming flow was taken, and not before."""
    fork = Bpmn().start().parallel("fork").task("a", job_type="a").parallel("join").task("after").end()
    key = cluster.run(fork.at("fork").task("b", job_type="b").to("join"))
    cluster.complete("a")
    assert cluster.jobs("work") == ()
    cluster.complete("b")
    cluster.complete("work")
    assert cluster.ended(key)


def test_a_token_lost_at_a_join_keeps_the_instance_alive(cluster: Cluster) -> None:
    """A token that waits at a join for one that never comes is still a token."""
    model = Bpmn().start().exclusive("x", default="x-join").parallel("join").end()
    key = cluster.run(model.at("x").when("=false").task("b").to("join"))
    assert not cluster.ended(key)


@pytest.mark.parametrize(
    ("amount", "taken"), [(5, "small"), (50, "large"), (500, "large")], ids=["default", "one", "also one"]
)
def test_an_exclusive_gateway_takes_one_way(cluster: Cluster, amount: int, taken: str) -> None:
    """The first flow whose condition holds is taken, else the default one."""
    model = Bpmn().start().exclusive("x", default="otherwise").when("=amount > 10").task("large").end("e1")
    key = cluster.run(model.at("x").to("small", "otherwise").at("").task("small").end("e2"), amount=amount)
    assert cluster.active(key) == [taken]


def test_of_several_ways_the_last_drawn_is_looked_at_first(cluster: Cluster) -> None:
    """Sequence flows are considered from the end of the file, as the engine of 8.8.21 was seen to do."""
    model = Bpmn().start().exclusive("x").when("=true").task("a").end("ea")
    key = cluster.run(model.at("x").when("=true").task("b").end("eb"))
    assert cluster.active(key) == ["b"]


def test_an_inclusive_gateway_takes_every_way_that_holds(cluster: Cluster) -> None:
    """All flows whose condition holds are taken."""
    model = Bpmn().start().inclusive("some").when("=a").task("ta").end("ea")
    model.at("some").when("=b").task("tb").end("eb").at("some").when("=c").task("tc").end("ec")
    key = cluster.run(model, a=True, b=False, c=True)
    assert cluster.active(key) == ["ta", "tc"]


def test_a_loop_comes_back(cluster: Cluster) -> None:
    """A flow may lead back to an element, which is then activated again."""
    model = Bpmn().start().task("t").exclusive("x", default="again").when("=done").end()
    key = cluster.run(model.at("x").to("t", "again"), done=False)
    cluster.complete()
    cluster.complete(done=True)
    assert cluster.ended(key)


def test_a_process_that_never_waits_is_refused(cluster: Cluster) -> None:
    """A command that would not end is refused, and leaves nothing behind."""
    model = Bpmn().start().exclusive("x", default="again").when("=done").end()
    cluster.deploy(model.at("x").to("x", "again"))
    with pytest.raises(Rejection) as refused:
        cluster.start(done=False)
    assert refused.value.kind is RejectionKind.PROCESSING_ERROR
    assert cluster.engine.process_instances() == ()


def test_a_terminate_end_ends_its_scope(cluster: Cluster) -> None:
    """A terminate end event ends what else runs in its scope, and the scope goes on."""
    inside = Bpmn().start("s").parallel("f").task("t").end("e").at("f").end("stop", terminate=True)
    key = cluster.run(Bpmn().start().sub_process("sub", inside).task("after", job_type="after").end())
    assert cluster.jobs("work") == ()
    assert cluster.active(key) == ["after"]


def test_a_sub_process_ends_with_its_last_token(cluster: Cluster) -> None:
    """An embedded sub-process goes on when nothing in it is active."""
    inside = Bpmn().start("s").parallel("f").task("a", job_type="a").end("e1").at("f").task("b", job_type="b")
    key = cluster.run(Bpmn().start().sub_process("sub", inside.end("e2")).end())
    cluster.complete("a")
    assert cluster.active(key) == ["b", "sub"]
    cluster.complete("b")
    assert cluster.ended(key)


def test_the_first_event_wins_a_race(cluster: Cluster) -> None:
    """An event-based gateway follows the event that occurs first and waits for the others no more."""
    model = Bpmn().start().event_based("race").catch("m", message=MessageRef("m", "=k")).task("t").end("e1")
    key = cluster.run(model.at("race").catch("late", timer=("timeDuration", "PT1H")).end("e2"), k="K")
    cluster.publish("m", "K", v=1)
    assert cluster.waiting("work") == [{"k": "K", "v": 1}]
    assert cluster.engine.timers() == ()
    assert cluster.active(key) == ["t"]


def test_cancelling_takes_everything_along(cluster: Cluster) -> None:
    """A cancelled instance leaves no job, subscription, timer or incident that still counts."""
    model = Bpmn().start().task("t").end().boundary("b", "t", message=MessageRef("m", "=k")).end("e2")
    key = cluster.run(model.boundary("late", "t", timer=("timeDuration", "PT1H")).end("e3"), k="K")
    cluster.engine.cancel_instance(key)
    assert cluster.instance(key).state == "TERMINATED"
    assert cluster.jobs() == ()
    assert cluster.engine.timers() == ()
    assert [s.state for s in cluster.engine.message_subscriptions()] == ["DELETED"]
    assert [j.state for j in cluster.engine.jobs(key)] == ["CANCELED"]


def test_a_cancelled_instance_is_not_found_again(cluster: Cluster) -> None:
    """Cancelling twice is refused with NOT_FOUND."""
    key = cluster.run(Bpmn().start().task().end())
    cluster.engine.cancel_instance(key)
    with pytest.raises(Rejection, match=f"cancel a process instance with key '{key}', but no such process"):
        cluster.engine.cancel_instance(key)
