"""Which message reaches whom."""

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rejection import Rejection, RejectionKind

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import Cluster


def catching(process_id: str = "process", *, job_type: str = "after") -> Bpmn:
    """Return a process that waits for message "m" with the key in variable k, then works."""
    return Bpmn(process_id).start().catch("c", message=MessageRef("m", "=k")).task(job_type=job_type).end()


def started_by_message(process_id: str = "process", *, job_type: str = "work") -> Bpmn:
    """Return a process that message "m" starts."""
    return Bpmn(process_id).start(message=MessageRef("m")).task(job_type=job_type).end()


def test_a_message_needs_name_and_key(cluster: Cluster) -> None:
    """Only a message with the subscription's name and correlation key reaches it."""
    key = cluster.run(catching(), k="K")
    cluster.publish("m", "other")
    cluster.publish("other", "K")
    assert cluster.active(key) == ["c"]
    cluster.publish("m", "K", v=1)
    assert cluster.waiting("after") == [{"k": "K", "v": 1}]


def test_once_a_process_id_and_to_every_process_id(cluster: Cluster) -> None:
    """A message reaches one of several waiting instances of a process, and one of each other process."""
    cluster.run(catching("one"), k="K")
    cluster.start("one", k="K")
    cluster.run(catching("two", job_type="after two"), k="K")
    cluster.publish("m", "K")
    assert len(cluster.jobs("after")) == 1
    assert len(cluster.jobs("after two")) == 1


def test_versions_are_one_process(cluster: Cluster) -> None:
    """Instances of different versions of a process share one correlation of a message."""
    cluster.run(catching(), k="K")
    cluster.run(catching(job_type="newer"), k="K")
    cluster.publish("m", "K")
    assert len(cluster.jobs("after")) + len(cluster.jobs("newer")) == 1


def test_a_buffered_message_waits(cluster: Cluster) -> None:
    """A message with a time to live reaches a subscription that opens later."""
    cluster.publish("m", "K", ttl_s=60, v=1)
    cluster.run(catching(), k="K")
    assert cluster.waiting("after") == [{"k": "K", "v": 1}]


def test_the_oldest_buffered_message_comes_first(cluster: Cluster) -> None:
    """Of several buffered messages, the one published first is correlated first."""
    for n in (1, 2, 3):
        cluster.publish("m", "K", ttl_s=60, n=n)
    cluster.run(catching(), k="K")
    assert [v["n"] for v in cluster.waiting("after")] == [1]


def test_a_message_ends_with_its_time_to_live(cluster: Cluster) -> None:
    """After its time to live a message is gone, and its id is free again."""
    cluster.publish("m", "K", ttl_s=60, message_id="i")
    cluster.pass_time(61)
    assert cluster.engine.messages() == ()
    cluster.publish("m", "K", ttl_s=60, message_id="i")
    assert len(cluster.engine.messages()) == 1


def test_without_time_to_live_a_message_is_not_kept(cluster: Cluster) -> None:
    """A message without a receiver and without a time to live is lost."""
    cluster.publish("m", "K")
    key = cluster.run(catching(), k="K")
    assert cluster.active(key) == ["c"]


def test_a_buffered_message_reaches_a_process_once(cluster: Cluster) -> None:
    """A message that reached a process does not reach its next instance too."""
    cluster.run(catching(), k="K")
    cluster.publish("m", "K", ttl_s=60)
    second = cluster.start(k="K")
    assert cluster.active(second) == ["c"]


def test_an_id_is_taken_while_its_message_is_buffered(cluster: Cluster) -> None:
    """A second message with id, name and key of a buffered one is refused."""
    cluster.publish("m", "K", ttl_s=60, message_id="i")
    with pytest.raises(Rejection) as refused:
        cluster.publish("m", "K", message_id="i")
    assert refused.value.kind is RejectionKind.ALREADY_EXISTS
    assert "with id 'i', but a message with that id was already published" in refused.value.message


def test_an_id_belongs_to_name_and_key(cluster: Cluster) -> None:
    """The same id under another name or key is another message."""
    cluster.publish("m", "K", ttl_s=60, message_id="i")
    cluster.publish("m", "L", ttl_s=60, message_id="i")
    cluster.publish("n", "K", ttl_s=60, message_id="i")
    assert len(cluster.engine.messages()) == 3


def test_without_time_to_live_an_id_protects_from_nothing(cluster: Cluster) -> None:
    """Two messages with one id and no time to live both count."""
    cluster.deploy(started_by_message())
    cluster.publish("m", message_id="i")
    cluster.publish("m", message_id="i")
    assert len(cluster.jobs()) == 2


def test_an_empty_key_always_starts(cluster: Cluster) -> None:
    """Messages without a correlation key each start an instance."""
    cluster.deploy(started_by_message())
    for _ in range(3):
        cluster.publish("m", a=1)
    assert cluster.waiting("work") == [{"a": 1}] * 3


def test_one_instance_a_key_at_a_time(cluster: Cluster) -> None:
    """While an instance that a key started runs, messages with that key wait, and start one after another."""
    cluster.deploy(started_by_message())
    for n in (1, 2):
        cluster.publish("m", "K", ttl_s=60, n=n)
    cluster.publish("m", "K", n="lost, for it cannot wait")
    first = cluster.job()
    assert first.variables == {"n": 1}
    cluster.engine.complete_job(first.job.key)
    assert cluster.waiting("work") == [{"n": 2}]


def test_a_cancelled_instance_frees_its_key(cluster: Cluster) -> None:
    """A key is free when its instance was cancelled, too."""
    cluster.deploy(started_by_message())
    cluster.publish("m", "K", ttl_s=60, n=1)
    cluster.publish("m", "K", ttl_s=60, n=2)
    cluster.engine.cancel_instance(cluster.job().job.process_instance_key)
    assert cluster.waiting("work") == [{"n": 2}]


def test_a_key_is_held_across_versions(cluster: Cluster) -> None:
    """An instance of an older version holds its key against the newer version."""
    cluster.deploy(started_by_message())
    cluster.publish("m", "K")
    cluster.deploy(started_by_message(job_type="newer"))
    cluster.publish("m", "K", ttl_s=60)
    assert cluster.jobs("newer") == ()
    cluster.complete("work")
    assert len(cluster.jobs("newer")) == 1


def test_waiting_instances_come_before_starts(cluster: Cluster) -> None:
    """A process that waits for a message is not started by it as well."""
    both = catching().start("ms", message=MessageRef("m")).task("t2", job_type="started").end("e2")
    cluster.run(both, k="K")
    cluster.publish("m", "K")
    assert len(cluster.jobs("after")) == 1
    assert cluster.jobs("started") == ()


def test_deploying_does_not_consume_what_is_buffered(cluster: Cluster) -> None:
    """A message that was buffered before its process was deployed does not start it."""
    cluster.publish("m", ttl_s=60)
    cluster.deploy(started_by_message())
    assert cluster.jobs() == ()


def test_only_the_latest_version_is_started(cluster: Cluster) -> None:
    """A new version takes the message start of the older ones."""
    cluster.deploy(started_by_message(job_type="older"))
    cluster.deploy(started_by_message(job_type="newer"))
    cluster.publish("m")
    assert cluster.jobs("older") == ()
    assert len(cluster.jobs("newer")) == 1
    starts = [s for s in cluster.engine.message_subscriptions() if s.is_open]
    assert [s.definition_key for s in starts] == [cluster.engine.latest_definitions()[0].key]


@pytest.mark.parametrize(("value", "key"), [(12, "12"), (1.5, "1"), ("x", "x")])
def test_a_number_is_a_key_without_its_fraction(cluster: Cluster, value: object, key: str) -> None:
    """A correlation key is text; of a number its whole part."""
    cluster.run(catching(), k=value)
    cluster.publish("m", key)
    assert len(cluster.jobs("after")) == 1


def test_an_attached_event_that_does_not_interrupt_stays(cluster: Cluster) -> None:
    """Each message reaches a boundary event that does not interrupt, buffered ones too."""
    model = Bpmn().start().task("h").end()
    model.boundary("b", "h", message=MessageRef("m", "=k"), interrupting=False).task("bt", job_type="b").end(
        "e"
    )
    cluster.publish("m", "K", ttl_s=60)
    cluster.publish("m", "K", ttl_s=60)
    key = cluster.run(model, k="K")
    cluster.publish("m", "K")
    assert len(cluster.jobs("b")) == 3
    assert "h" in cluster.active(key)


def test_a_subscription_that_stays_open_counts_as_correlated(cluster: Cluster) -> None:
    """A subscription that does not interrupt shows the last thing that happened to it, though it still waits.

    Source: camunda's exporters write the last of CREATED, CORRELATED, DELETED and MIGRATED.
    """
    model = Bpmn().start().task("h").end()
    cluster.run(model.boundary("b", "h", message=MessageRef("m", "=k"), interrupting=False).end("e"), k="K")
    cluster.publish("m", "K")
    (subscription,) = cluster.engine.message_subscriptions()
    assert (subscription.state, subscription.is_open) == ("CORRELATED", True)
    cluster.complete()
    (subscription,) = cluster.engine.message_subscriptions()
    assert (subscription.state, subscription.is_open) == ("DELETED", False)


def test_an_attached_event_interrupts(cluster: Cluster) -> None:
    """A boundary event's message ends its host and its job, and goes on from the event."""
    model = Bpmn().start().task("h").end()
    model.boundary("b", "h", message=MessageRef("m", "=k")).task("bt", job_type="b").end("e2")
    key = cluster.run(model, k="K")
    cluster.publish("m", "K", v=1)
    assert cluster.jobs() == ()
    assert cluster.waiting("b") == [{"k": "K", "v": 1}]
    assert cluster.active(key) == ["bt"]


def test_an_attached_key_is_read_outside_its_host(cluster: Cluster) -> None:
    """A boundary event's correlation key does not see its host's input mappings."""
    model = Bpmn().start().task("h", inputs={"k": '="inner"'}).end()
    cluster.run(
        model.boundary("b", "h", message=MessageRef("m", "=k")).task("bt", job_type="b").end("e"), k="K"
    )
    cluster.publish("m", "inner")
    assert cluster.jobs("b") == ()
    cluster.publish("m", "K")
    assert len(cluster.jobs("b")) == 1


def test_a_receive_task_receives(cluster: Cluster) -> None:
    """A receive task waits for its message and hands on its variables."""
    key = cluster.run(Bpmn().start().receive(message=MessageRef("m", "=k")).end(), k="K")
    cluster.publish("m", "K", v=1)
    assert cluster.ended(key)
    assert cluster.variables(key) == {"k": "K", "v": 1}


def test_correlation_answers_whom_it_reached(cluster: Cluster) -> None:
    """Correlating a message says which instance got it, and keeps nothing."""
    key = cluster.run(catching(), k="K")
    assert cluster.engine.correlate_message(name="m", correlation_key="K").process_instance_key == key
    assert cluster.engine.messages() == ()


def test_correlation_without_a_receiver_is_refused(cluster: Cluster) -> None:
    """Correlating a message without a receiver is NOT_FOUND, and leaves no trace."""
    with pytest.raises(Rejection) as refused:
        cluster.engine.correlate_message(name="m", correlation_key="K")
    assert refused.value.kind is RejectionKind.NOT_FOUND
    assert cluster.trace == []


def test_a_subscription_tells_its_life(cluster: Cluster) -> None:
    """A subscription is CREATED while it waits and CORRELATED once a message came."""
    process = Bpmn().start().catch("c", message=MessageRef("m", "=k"), properties={"inbound.type": "t"}).end()
    key = cluster.run(process, k="K")
    (waiting,) = cluster.engine.message_subscriptions()
    assert (waiting.state, waiting.kind, waiting.process_instance_key) == ("CREATED", "PROCESS_EVENT", key)
    assert waiting.properties == {"inbound.type": "t"}
    published = cluster.publish("m", "K")
    assert [s.state for s in cluster.engine.message_subscriptions()] == ["CORRELATED"]
    (correlated,) = cluster.engine.correlated_messages()
    assert (correlated.message_key, correlated.process_instance_key) == (published.key, key)
    assert correlated.subscription_key == waiting.key


def test_tenants_do_not_hear_one_another() -> None:
    """A message reaches the subscriptions of its own tenant only."""
    engine = Engine(multi_tenancy=True)
    for tenant in ("red", "blue"):
        engine.deploy([started_by_message().resource()], tenant)
    engine.publish_message(name="m", tenant_id="red")
    assert [i.tenant_id for i in engine.process_instances()] == ["red"]


@pytest.mark.parametrize(
    ("multi_tenancy", "tenant", "reason"),
    [(True, "", "no tenant identifier was provided"), (False, "red", "multi-tenancy is disabled")],
)
def test_a_tenant_is_named_where_there_are_any(*, multi_tenancy: bool, tenant: str, reason: str) -> None:
    """With tenants a command must name one; without them it must not."""
    with pytest.raises(Rejection, match=reason) as refused:
        Engine(multi_tenancy=multi_tenancy).publish_message(name="m", tenant_id=tenant)
    assert refused.value.kind is RejectionKind.INVALID_ARGUMENT
