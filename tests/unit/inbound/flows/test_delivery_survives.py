"""What was answered 2xx has its effect once, wherever a function dies: the promise of the inbound half."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import (
    ConnectorError,
    EngineRejected,
    EngineUnavailable,
    ErrorCode,
    StoreUnavailable,
)
from apify_camunda.inbound.domain.effect import EffectState, FaultyEffect
from apify_camunda.inbound.flows.report_doubts import ReportDoubts

from tests import builders
from tests.event_loop import run_async
from tests.fakes.engine import ANSWER_LOST, REQUEST_LOST, UNREACHABLE, Trouble
from tests.fakes.mortal import Lifetime
from tests.fakes.receiver_world import A_MINUTE, World

KEYED = {"correlationKeyExpression": "=connectorData.runId"}
ELEMENTS = {
    "message": builders.catch(),
    "message of TTL 0": builders.catch(properties=builders.properties(**KEYED, messageTtl="PT0S")),
    "short-lived message": builders.catch(properties=builders.properties(**KEYED, messageTtl="PT30S")),
    "plain start": builders.plain_start(),
}
TROUBLES = {
    "fine": [],
    "answer lost": [ANSWER_LOST],
    "request lost": [REQUEST_LOST],
    "away": [UNREACHABLE] * 3,
}


def steps_of(element: InboundElement, troubles: list[Trouble]) -> int:
    """Return how many calls a whole delivery makes."""
    world = World(element)
    world.engine.troubles = list(troubles)
    lifetime = Lifetime()
    world.post(lifetime)
    return lifetime.taken


CASES = [
    pytest.param(
        ELEMENTS[kind], TROUBLES[trouble], step, after, id=f"{kind}-{trouble or 'fine'}-{step}-{when}"
    )
    for kind in ELEMENTS
    for trouble in TROUBLES
    for step in range(steps_of(ELEMENTS[kind], TROUBLES[trouble]))
    for after, when in ((False, "before"), (True, "after"))
]


@pytest.mark.parametrize(("element", "troubles", "step", "after"), CASES)
def test_receiver_dies(element: InboundElement, troubles: list[Trouble], step: int, after: Any) -> None:
    """A receiver that dies before or after any of its steps leaves exactly one effect in the end."""
    world = World(element)
    world.engine.troubles = list(troubles)

    accepted = world.post(Lifetime(step, after=after))
    world.go_on(accepted=accepted)

    assert world.effects == 1


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", list(ELEMENTS))
def test_deliverer_dies(kind: str, step: int, after: Any) -> None:
    """So does one that works on a parked event."""
    world = World(ELEMENTS[kind])
    world.engine.troubles = [UNREACHABLE]
    assert world.post()
    world.clock.advance(A_MINUTE)

    world.work_queue(Lifetime(step, after=after))
    world.go_on(accepted=True)

    assert world.effects == 1


@pytest.mark.parametrize("step", range(13))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("trouble", [ANSWER_LOST, REQUEST_LOST], ids=["happened", "did not happen"])
def test_doubt_is_resolved_once(trouble: Trouble, step: int, after: Any) -> None:
    """A start in doubt is found or done again once, although who resolves the doubt dies, too."""
    world = World(builders.plain_start())
    world.engine.troubles = [trouble]
    assert world.post()
    world.clock.advance(timedelta(minutes=2))

    world.work_queue(Lifetime(step, after=after))
    world.go_on(accepted=True)

    assert world.effects == 1


@pytest.mark.parametrize("kind", list(ELEMENTS))
@pytest.mark.parametrize("seed", range(30))
def test_deliveries_at_once(kind: str, seed: int) -> None:
    """Three receivers of one event, interleaved in any order, have one effect."""
    world = World(ELEMENTS[kind])
    chance = random.Random(seed)

    class Slow:
        def __init__(self, port: Any) -> None:
            self._port = port

        def __getattr__(self, name: str) -> Any:
            method = getattr(self._port, name)

            async def call(*args: Any, **kwargs: Any) -> Any:
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                answer = await method(*args, **kwargs)
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                return answer

            return call

    async def at_once() -> None:
        await asyncio.gather(*(world.receiver(Slow)(builders.request()) for _ in range(3)))

    run_async(at_once())
    world.go_on(accepted=True)

    assert world.effects == 1


@pytest.mark.parametrize("store", ["ledger", "registry", "parking"])
@pytest.mark.parametrize("kind", list(ELEMENTS))
def test_store_away_for_a_while(kind: str, store: str) -> None:
    """With a store away for ten minutes the event has its one effect afterwards."""
    world = World(ELEMENTS[kind])
    getattr(world, store).is_away = True
    accepted = world.post()
    for _ in range(10):
        world.clock.advance(A_MINUTE)
        world.work_queue()
        accepted = accepted or world.post()

    getattr(world, store).is_away = False
    world.go_on(accepted=accepted)

    assert world.effects == 1


@pytest.mark.parametrize("kind", list(ELEMENTS))
@pytest.mark.parametrize("call", range(4))
def test_ledger_fails_in_the_middle(kind: str, call: int) -> None:
    """A ledger that fails from its n-th call on, for a while, leaves one effect."""
    world = World(ELEMENTS[kind])

    class Failing:
        def __init__(self, port: Any) -> None:
            self._port = port
            self._calls = 0

        def __getattr__(self, name: str) -> Any:
            method = getattr(self._port, name)

            async def answer(*args: Any, **kwargs: Any) -> Any:
                self._calls += 1
                if self._calls > call:
                    raise StoreUnavailable("away")
                return await method(*args, **kwargs)

            return answer

    failing = Failing(world.ledger)
    receive = world.receiver(lambda port: failing if port is world.ledger else port)
    accepted = run_async(receive(builders.request())).status < 300
    world.go_on(accepted=accepted)

    assert world.effects == 1


@pytest.mark.parametrize("kind", ["plain start", "message of TTL 0"])
def test_stalled_receiver_sends_nothing(kind: str) -> None:
    """A receiver that stalls until its claim has passed to another learns it before it sends."""
    world = World(ELEMENTS[kind])

    class Stalling:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.ledger, name)

        async def attempt(self, *args: Any, **kwargs: Any) -> bool:
            world.clock.advance(timedelta(minutes=2))
            await world.receiver()(builders.request())
            marked: bool = await world.ledger.attempt(*args, **kwargs)
            return marked

    stalling = Stalling()
    receive = world.receiver(lambda port: stalling if port is world.ledger else port)

    assert run_async(receive(builders.request())).status == 202
    world.go_on(accepted=True)

    assert world.effects == 1


@pytest.mark.parametrize("kind", ["message", "message of TTL 0", "plain start"])
@pytest.mark.parametrize(
    "error",
    [
        EngineRejected("Camunda said no.", rejection="INVALID_ARGUMENT", code=ErrorCode.PAYLOAD_TOO_LARGE),
        EngineUnavailable("Camunda failed.", code=ErrorCode.ENGINE_PROCESSING_ERROR),
    ],
    ids=["it says so", "it only fails"],
)
def test_what_camunda_finds_too_large_is_rejected(kind: str, error: ConnectorError) -> None:
    """What does not fit into the engine is rejected with its size and the way out, not repeated."""
    world = World(ELEMENTS[kind])
    world.engine.troubles = [Trouble(error)] * 100
    body = builders.body(resource=builders.run(statusMessage="x" * 150_000))  # the variables hold it twice

    assert run_async(world.receiver()(builders.request(body))).status == 200

    [effect] = world.unresolved
    assert effect.state is EffectState.REJECTED
    assert "bytes of JSON; Camunda could not take so many" in (effect.reason or "")
    assert "result expression" in (effect.reason or "")
    assert len(world.engine.troubles) == 99


class TestDoubtThatStays:
    def in_doubt(self, trouble: Trouble = ANSWER_LOST) -> World:
        """Return a world whose cluster cannot be searched, after a start whose answer was lost."""
        world = World(builders.plain_start())
        world.engine.search_trouble = EngineRejected(
            "No secondary storage.", rejection="NO_SECONDARY_STORAGE"
        )
        world.engine.troubles = [trouble]
        assert world.post()
        world.go_on(accepted=True)
        return world

    def test_is_visible(self) -> None:
        """Where the cluster cannot be searched the effect stays ATTEMPTED: counted, kept, never repeated."""
        world = self.in_doubt()

        [effect] = world.unresolved
        assert effect.state is EffectState.ATTEMPTED
        assert run_async(world.ledger.kept(world.event))
        assert world.metrics.counted["EffectsInDoubt"] >= 1
        assert world.effects == 1

    def test_is_not_touched_by_repetitions(self) -> None:
        """Another delivery of the event answers that it is in doubt and does nothing."""
        world = self.in_doubt()

        assert world.post()

        assert world.effects == 1

    def test_effect_that_did_not_happen_is_not_guessed(self) -> None:
        """It is not proved that it did not happen, so the doubt stays."""
        world = self.in_doubt(REQUEST_LOST)

        assert world.effects == 0
        assert world.metrics.counted["EffectsInDoubt"] >= 1

    @pytest.mark.parametrize("trouble", [ANSWER_LOST, REQUEST_LOST], ids=["happened", "did not happen"])
    def test_a_wrong_resolution_starts_nothing_where_business_ids_are_unique(self, trouble: Trouble) -> None:
        """A start that an operator lets be tried again, and that had happened, is found by Camunda's 409."""
        world = self.in_doubt(trouble)
        world.engine.unique_business_ids = True
        [effect] = world.unresolved
        assert not isinstance(effect, FaultyEffect)

        run_async(world.ledger.reopen(world.event, effect))
        assert world.post()

        assert world.effects == 1
        assert world.metrics.counted["EffectsDone"] == 1

    def test_is_listed_from_its_first_second(self) -> None:
        """An effect whose answer was lost is listed, and alarms, before its event comes again."""
        world = World(builders.plain_start())
        world.engine.troubles = [ANSWER_LOST]

        assert world.post()

        [effect] = world.unresolved
        assert effect.state is EffectState.ATTEMPTED
        assert world.metrics.counted["EffectsInDoubt"] == 1

    def test_alarm_lasts_as_long_as_the_doubt(self) -> None:
        """A doubt is counted at each tick, although its event has left the queue, until it is settled."""
        world = self.in_doubt()
        report = ReportDoubts(world.ledger, world.metrics)

        for tick in range(1, 4):
            world.metrics.counted.clear()
            run_async(report())
            assert world.metrics.counted["EffectsInDoubt"] == 1, tick
        [effect] = world.unresolved
        run_async(world.ledger.confirm(world.event, effect.confirmed(None)))
        world.metrics.counted.clear()
        run_async(report())
        assert not world.metrics.counted


class TestDoubtWithoutProof:
    """What the search does not show is repeated only after it surely would have shown it."""

    @pytest.mark.parametrize("trouble", [ANSWER_LOST, REQUEST_LOST], ids=["happened", "did not happen"])
    def test_search_that_lags_for_an_hour(self, trouble: Trouble) -> None:
        """An index that is an hour behind makes no second start: the effect is done once it is known."""
        world = World(builders.plain_start())
        world.engine.search_lag = timedelta(hours=1)
        world.engine.troubles = [trouble]
        assert world.post()

        for _ in range(59):
            world.clock.advance(A_MINUTE)
            world.work_queue()
        assert len(world.engine.started) == (1 if trouble.after_effect else 0)
        assert world.metrics.counted["EffectsInDoubt"] > 0
        assert run_async(world.ledger.unresolved())

        world.go_on(accepted=True)
        assert world.effects == 1
        assert not run_async(world.ledger.unresolved())

    def test_idle_cluster(self) -> None:
        """Where nothing else happens the effect stays in doubt, and is done once something did."""
        world = World(builders.plain_start())
        world.engine.is_busy = False
        world.engine.troubles = [REQUEST_LOST]
        assert world.post()

        for _ in range(60):
            world.clock.advance(A_MINUTE)
            world.work_queue()
        assert world.effects == 0
        assert run_async(world.ledger.unresolved())

        world.engine.is_busy = True
        world.go_on(accepted=True)
        assert world.effects == 1

    def test_instances_that_we_may_not_read(self) -> None:
        """A search that shows us nothing makes no second start."""
        world = World(builders.plain_start())
        world.engine.may_read = False
        world.engine.troubles = [ANSWER_LOST]
        assert world.post()

        for _ in range(60):
            world.clock.advance(A_MINUTE)
            world.work_queue()

        assert world.effects == 1
        assert run_async(world.ledger.unresolved())

    @pytest.mark.parametrize(("ttl", "minutes_away"), [("PT0S", 1), ("PT30M", 31)])
    def test_message_of_another_event(self, ttl: str, minutes_away: int) -> None:
        """Another event's message of the same name and key is not taken for ours: ours stays in doubt."""
        world = World(builders.element(properties=builders.properties(messageTtl=ttl)))
        world.engine.troubles = [REQUEST_LOST, *[UNREACHABLE] * 40]
        assert world.post()
        for _ in range(minutes_away):
            world.clock.advance(A_MINUTE)
            world.work_queue()
        world.engine.troubles.clear()
        other = builders.request(builders.body(resource=builders.run(id="run2")))
        assert run_async(world.receiver()(other)).status == 200

        world.go_on(accepted=True)

        [effect] = world.unresolved
        assert effect.state is EffectState.ATTEMPTED
        assert world.effects == 1


class TestMessageThatIsRetriedLate:
    def outlived(self, trouble: Trouble) -> World:
        """Return a world in which a message's answer was lost and the retry comes after its TTL."""
        world = World(builders.catch())
        world.engine.troubles = [trouble, *[UNREACHABLE] * 40]
        assert world.post()
        while world.engine.troubles and world.parking.events:
            world.clock.advance(timedelta(minutes=5))
            world.work_queue()
        world.engine.troubles.clear()
        world.go_on(accepted=True)
        return world

    def test_correlated_one_is_not_published_again(self) -> None:
        """The engine has forgotten the message id, so the cluster is asked first."""
        assert self.outlived(ANSWER_LOST).effects == 1

    def test_lost_one_is_published(self) -> None:
        """What never arrived is published then."""
        assert self.outlived(REQUEST_LOST).effects == 1


def test_waits_grow() -> None:
    """A parked event comes back after 5 s, then twice as long each time, at most 15 minutes."""
    world = World(builders.catch())
    world.engine.troubles = [UNREACHABLE] * 14
    assert world.post()
    waits = []
    for _ in range(12):
        world.clock.advance(world.parking.next_visible_in())
        world.work_queue()
        waits.append(world.parking.next_visible_in().total_seconds())

    assert waits[:8] == sorted(waits[:8])
    assert 5 <= waits[0] <= 5.1
    assert all(675 <= wait <= 900 for wait in waits[8:])


def test_slow_event_delays_no_other() -> None:
    """An effect that may be tried again in seconds does not wait for one that is in doubt for minutes."""
    world = World(builders.plain_start(), builders.catch(process_id="other", definition_key=1002))
    world.engine.troubles = [UNREACHABLE, ANSWER_LOST]
    assert world.post()

    assert world.parking.next_visible_in() <= A_MINUTE
    world.go_on(accepted=True)
    assert world.effects == 2


def test_frozen_effects_outlive_their_listeners() -> None:
    """An event that was accepted has its effect although its element has been undeployed meanwhile."""
    world = World(builders.catch())
    world.engine.troubles = [UNREACHABLE]
    assert world.post()
    run_async(world.registry.set_listeners(builders.ROUTE, ()))

    world.go_on(accepted=True)

    assert world.effects == 1


def test_accepted_event_waits_for_a_listener_that_comes_back() -> None:
    """An event of a pause has its effect even if no element listened when the pause ended."""
    world = World(builders.catch())
    run_async(world.registry.set_paused("inbound", paused=True))
    assert world.post()
    run_async(world.registry.set_listeners(builders.ROUTE, ()))
    run_async(world.registry.set_paused("inbound", paused=False))
    world.clock.advance(timedelta(minutes=16))
    world.work_queue()
    assert world.parking.events

    run_async(world.registry.set_listeners(builders.ROUTE, (builders.catch(),)))
    world.go_on(accepted=True)

    assert world.effects == 1


def test_event_that_ends_its_process_goes_to_the_dead_letter_queue() -> None:
    """A message that cannot even be read stays until SQS moves it away."""
    world = World(builders.catch())
    run_async(world.parking.park(builders.received(), delay=timedelta()))
    [message] = world.parking.receive()

    stay = run_async(world.deliverer()([type(message)(message.id, message.receipt, 1, "{")], world.deadline))

    assert stay == {message.id}
