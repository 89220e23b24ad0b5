"""What holds for every command: all or nothing, told to listeners, and time that is the engine's own."""

import threading
from datetime import timedelta

import pytest
from emulators.camunda import processor
from emulators.camunda.auth import TokenIssuer
from emulators.camunda.clock import EngineClock
from emulators.camunda.rejection import Rejection

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import NOW, Cluster


@pytest.fixture
def _few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop is refused early; test_tokens.py waits for the real bound."""
    monkeypatch.setattr(processor, "MAX_STEPS", 1_000)


@pytest.mark.usefixtures("_few_steps")
def test_a_refused_command_changes_nothing(cluster: Cluster) -> None:
    """A correlation that is refused after it was carried out in part leaves every row as it was."""
    endless = Bpmn("endless").start().catch("c", message=MessageRef("m", "=k")).exclusive("x", default="x-x")
    cluster.run(endless.when("=false").end().at("x").to("x"), k="K")
    before = (
        cluster.engine.process_instances(),
        cluster.engine.element_instances(),
        cluster.engine.message_subscriptions(),
        cluster.engine.variables(),
    )
    with pytest.raises(Rejection, match="PROCESSING_ERROR"):
        cluster.publish("m", "K", ttl_s=60, v=1)
    after = (
        cluster.engine.process_instances(),
        cluster.engine.element_instances(),
        cluster.engine.message_subscriptions(),
        cluster.engine.variables(),
    )
    assert after == before
    assert cluster.engine.messages() == ()
    assert cluster.engine.correlated_messages() == ()


@pytest.mark.usefixtures("_few_steps")
def test_a_process_that_loops_does_not_stop_time_for_others(cluster: Cluster) -> None:
    """A timer whose firing is refused is given up, and the others fire."""
    timer = ("timeDuration", "PT1S")
    endless = Bpmn("endless").start().catch("c", timer=timer).exclusive("x", default="x-x")
    cluster.run(endless.when("=false").end().at("x").to("x"))
    key = cluster.run(Bpmn().start().catch("c", timer=timer).end())
    cluster.pass_time(2)
    assert cluster.ended(key)
    assert "time.failed" in [event.kind for event in cluster.trace]


def test_listeners_hear_what_happened(cluster: Cluster) -> None:
    """A listener gets each step of an instance in its order, until it leaves."""
    heard: list[str] = []
    leave = cluster.engine.listen(lambda event: heard.append(event.kind))
    cluster.run(Bpmn().start().task().end())
    cluster.complete()
    assert [k for k in heard if not k.startswith("element.")] == [
        "process.deployed",
        "process.started",
        "job.created",
        "job.activated",
        "job.completed",
        "process.completed",
    ]
    leave()
    cluster.start()
    assert heard.count("process.started") == 1


def test_keys_are_those_of_a_real_cluster(cluster: Cluster) -> None:
    """Keys do not fit into 32 bits, nor safely into JavaScript's numbers as they grow."""
    assert cluster.run(Bpmn().start().end()) > 2**51


def test_waiting_for_a_result_returns_it(cluster: Cluster) -> None:
    """Who waits for an instance gets its variables when it completes, and nothing in any other case."""
    key = cluster.run(Bpmn().start().task().end(), a=1)
    results = []

    def wait() -> None:
        results.append(
            cluster.engine.wait_for_result(key, timeout=timedelta(minutes=1), fetch_variables=["b"])
        )

    waiter = threading.Thread(target=wait)
    waiter.start()
    cluster.complete(b=2)
    waiter.join(60)
    assert results == [{"b": 2}]
    other = cluster.start()
    assert cluster.engine.wait_for_result(other, timeout=timedelta(0)) is None
    cluster.engine.cancel_instance(other)
    assert cluster.engine.wait_for_result(other, timeout=timedelta(minutes=1)) is None


def test_due_work_is_known_ahead(cluster: Cluster) -> None:
    """The engine says when it has something to do next, and forgets what no longer matters."""
    assert cluster.engine.next_due() is None
    cluster.run(Bpmn().start().task().end())
    job = cluster.job(lock_s=30).job
    assert cluster.engine.next_due() == NOW + timedelta(seconds=30)
    cluster.engine.update_job_timeout(job.key, timedelta(seconds=10))
    assert cluster.engine.next_due() == NOW + timedelta(seconds=10)
    cluster.engine.complete_job(job.key)
    assert cluster.engine.next_due() is None


def test_a_tenant_is_known_from_the_instance(cluster: Cluster) -> None:
    """Without tenancy everything belongs to the default tenant."""
    key = cluster.run(Bpmn().start().task().end())
    assert cluster.instance(key).tenant_id == "<default>"
    assert not cluster.engine.is_multi_tenant


def test_tags_stay_with_instance_and_job(cluster: Cluster) -> None:
    """An instance's tags are on its jobs, too."""
    cluster.deploy(Bpmn().start().task().end())
    instance = cluster.engine.create_instance(process_id="process", tags=["event:1"])
    assert instance.tags == {"event:1"}
    assert cluster.job().job.tags == {"event:1"}


def test_a_pinned_clock_moves_only_by_hand() -> None:
    """A pinned clock is stopped, can be moved, and follows its source again when it is reset."""
    clock = EngineClock(lambda: NOW)
    clock.advance(timedelta(hours=1))
    assert clock.now() == NOW + timedelta(hours=1)
    clock.pin(NOW)
    clock.advance(timedelta(minutes=1))
    assert clock.is_pinned
    assert clock.now() == NOW + timedelta(minutes=1)
    clock.reset()
    assert clock.now() == NOW


def test_a_token_is_good_for_its_lifetime() -> None:
    """A token is accepted from its issue until its lifetime has passed, or all were revoked."""
    clock = EngineClock(lambda: NOW)
    issuer = TokenIssuer({"client": "secret-of-client"}, clock, lifetime=timedelta(minutes=1))
    issued = issuer.issue("client", "secret-of-client")
    assert issued is not None
    authorization = f"Bearer {issued.access_token}"
    assert issuer.accepts(authorization)
    clock.advance(timedelta(minutes=1))
    assert not issuer.accepts(authorization)
    clock.reset()
    issuer.revoke_all()
    assert not issuer.accepts(authorization)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer wrong", "Basic Y2xpZW50"])
def test_what_was_not_issued_is_not_accepted(authorization: str | None) -> None:
    """Only a bearer token that the issuer gave out is good."""
    assert not TokenIssuer({}, EngineClock()).accepts(authorization)


@pytest.mark.parametrize(("client", "secret"), [("client", "wrong"), ("stranger", "secret-of-client")])
def test_a_wrong_secret_gets_no_token(client: str, secret: str) -> None:
    """A token is issued only to a known client with its secret."""
    issuer = TokenIssuer({"client": "secret-of-client"}, EngineClock())
    assert issuer.issue(client, secret) is None
    assert issuer.issued_count == 0
