"""What every event ledger does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Effect, EffectState
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.inbound.ports import Claimed, ClaimRefused, EffectClaim, EventLedger

from tests import builders
from tests.builders import EVENT, ROUTE, message_effect, start_effect
from tests.contract.aws import DYNAMODBS, aws_client, dynamodb_table, endpoint_of
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.event_ledger import FakeEventLedger

LEASE = timedelta(seconds=60)
TABLE = "ledger"


@dataclass
class Target:
    """A ledger and its clock."""

    ledger: EventLedger
    clock: FrozenClock

    def claim(self, effect: Effect, event: EventId = EVENT) -> EffectClaim:
        now = self.clock.now()
        return asyncio.run(self.ledger.claim(event, effect, now=now, lease=LEASE))

    def claimed(self, effect: Effect) -> Claimed:
        claim = self.claim(effect)
        assert isinstance(claim, Claimed)
        return claim

    def refused(self, effect: Effect) -> Effect:
        claim = self.claim(effect)
        assert isinstance(claim, ClaimRefused)
        return claim.effect

    def attempt(self, effect: Effect) -> Effect:
        """Claim and mark an effect; return it as it then stands."""
        claim = self.claimed(effect)
        now = self.clock.now()
        marked = self.ledger.mark_attempted(EVENT, effect.key, lease_until=claim.lease_until, at=now)
        assert asyncio.run(marked)
        return self.refused(effect)

    def settle(self, effect: Effect, state: EffectState, **changes: object) -> None:
        settled = effect.model_copy(update={"state": state, **changes})
        asyncio.run(self.ledger.settle(EVENT, settled))

    def hand_back(self, claim: Claimed, *, attempted_at: str | None = None) -> bool:
        key = claim.effect.key
        handed_back = self.ledger.hand_back(
            EVENT, key, lease_until=claim.lease_until, attempted_at=attempted_at
        )
        return asyncio.run(handed_back)

    def reopen(self, effect: Effect) -> bool:
        return asyncio.run(self.ledger.reopen(EVENT, effect))


@pytest.fixture(params=["fake", *DYNAMODBS])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    clock = FrozenClock()
    if request.param == "fake":
        yield Target(FakeEventLedger(), clock)
        return
    with dynamodb_table(TABLE, endpoint_of(request.param, request)) as client:
        yield Target(DynamoDBEventLedger(client=client, table=TABLE, clock=clock), clock)


class TestFreezing:
    def test_first_receipt_stands(self, target: Target) -> None:
        """The first receipt's effects stand for every later receipt through the same route."""
        first, second = (message_effect(),), (start_effect(),)

        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) is None
        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, first)) == first
        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, second)) == first
        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) == first

    def test_no_effects_are_frozen_too(self, target: Target) -> None:
        """That nobody's condition was true stands as well."""
        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, ())) == ()
        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, (start_effect(),))) == ()
        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) == ()

    def test_routes_and_events_are_apart(self, target: Target) -> None:
        """Each route and each event has a receipt of its own."""
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (message_effect(),)))

        assert asyncio.run(target.ledger.effects(EVENT, "inbound/x")) is None
        assert asyncio.run(target.ledger.effects(EventId("f" * 64), ROUTE)) is None

    def test_effects_show_how_far_they_are(self, target: Target) -> None:
        """What is read back carries the present state."""
        effect = start_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (effect, message_effect())))
        target.settle(effect, EffectState.DONE, reference=7)

        effects = asyncio.run(target.ledger.effects(EVENT, ROUTE))

        assert effects is not None
        assert [(each.state, each.reference) for each in effects] == [
            (EffectState.DONE, 7),
            (EffectState.OPEN, None),
        ]

    def test_two_at_once_agree(self, target: Target) -> None:
        """Of two receipts at once one wins, and both get its effects."""

        async def both() -> list[tuple[Effect, ...]]:
            receipts = ((message_effect(),), (start_effect(),))
            return await asyncio.gather(*(target.ledger.freeze(EVENT, ROUTE, each) for each in receipts))

        one, other = asyncio.run(both())

        assert one == other

    def test_any_text_survives(self, target: Target) -> None:
        """Elements and reasons come back as they were, whatever characters they hold."""
        text = 'a"\\\n\u2028ä😀\ud800'
        effect = message_effect(correlation_key=text, element=builders.catch(element_name="ü"))
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (effect,)))

        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) == (effect,)

    def test_many_effects_fit(self, target: Target) -> None:
        """An event on which a thousand elements listen is frozen as well."""
        many = tuple(
            start_effect(
                key=EffectKey(f"{number:064d}"), element=builders.plain_start(element_id=f"Event_{number}")
            )
            for number in range(1000)
        )

        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, many)) == many
        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) == many


class TestClaiming:
    def test_one_claims(self, target: Target) -> None:
        """A claimed effect is refused to others until the lease has ended."""
        effect = message_effect()
        claim = target.claimed(effect)

        assert claim.lease_until == (NOON + LEASE).timestamp()
        assert target.refused(effect).state is EffectState.CLAIMED

        target.clock.advance(LEASE + timedelta(seconds=1))
        assert target.claimed(effect).lease_until > claim.lease_until

    def test_many_at_once(self, target: Target) -> None:
        """Of many claims at once exactly one succeeds."""

        async def race() -> list[EffectClaim]:
            claims = (
                target.ledger.claim(EVENT, start_effect(), now=target.clock.now(), lease=LEASE)
                for _ in range(10)
            )
            return await asyncio.gather(*claims)

        assert sum(isinstance(claim, Claimed) for claim in asyncio.run(race())) == 1

    def test_routes_share_effects(self, target: Target) -> None:
        """An effect that another route of the event has done is refused as done."""
        effect = message_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (effect,)))
        target.claimed(effect)
        target.settle(effect, EffectState.DONE, reference=3)
        asyncio.run(target.ledger.freeze(EVENT, "inbound/x", (effect,)))

        assert target.refused(effect).state is EffectState.DONE

    def test_events_do_not_share_effects(self, target: Target) -> None:
        """The same key of another event is another effect."""
        target.claimed(start_effect())

        assert isinstance(target.claim(start_effect(), EventId("f" * 64)), Claimed)

    def test_first_claim_of_a_message_dates_its_first_try(self, target: Target) -> None:
        """A claim tells since when an earlier holder may have published; the first one tells nothing."""
        effect = message_effect()

        assert target.claimed(effect).effect.attempted_at is None

        target.clock.advance(timedelta(minutes=5))
        assert target.claimed(effect).effect.attempted_at == NOON.isoformat()
        target.clock.advance(timedelta(minutes=5))
        assert target.claimed(effect).effect.attempted_at == NOON.isoformat()

    def test_claim_of_a_start_dates_nothing(self, target: Target) -> None:
        """A start is dated by its mark, not by its claim."""
        target.claimed(start_effect())
        target.clock.advance(timedelta(minutes=5))

        assert target.claimed(start_effect()).effect.attempted_at is None


class TestMarking:
    def test_attempted_is_refused(self, target: Target) -> None:
        """An attempted effect is not to be claimed, not even after the lease."""
        standing = target.attempt(start_effect())

        assert (standing.state, standing.attempted_at) == (EffectState.ATTEMPTED, NOON.isoformat())
        target.clock.advance(timedelta(days=1))
        assert target.refused(start_effect()).state is EffectState.ATTEMPTED

    def test_lost_claim_marks_nothing(self, target: Target) -> None:
        """Who has lost the claim to another is told so, and must not send."""
        effect = start_effect()
        lost = target.claimed(effect)
        target.clock.advance(LEASE * 2)
        target.claimed(effect)

        marked = target.ledger.mark_attempted(
            EVENT, effect.key, lease_until=lost.lease_until, at=target.clock.now()
        )

        assert asyncio.run(marked) is False


class TestSettling:
    @pytest.mark.parametrize("state", [EffectState.DONE, EffectState.REJECTED])
    def test_settled_is_refused(self, target: Target, state: EffectState) -> None:
        """A settled effect is told with its reference and reason."""
        effect = message_effect()
        target.claimed(effect)
        target.settle(effect, state, reference=2**60, reason="why")

        standing = target.refused(effect)

        assert (standing.state, standing.reference, standing.reason) == (state, 2**60, "why")

    def test_done_is_never_undone(self, target: Target) -> None:
        """A rejection that comes after the effect was done changes nothing."""
        effect = message_effect()
        target.claimed(effect)
        target.settle(effect, EffectState.DONE, reference=1)
        target.settle(effect, EffectState.REJECTED, reason="late")

        assert target.refused(effect).state is EffectState.DONE

    def test_doubt_is_settled(self, target: Target) -> None:
        """What was attempted can be settled as done."""
        standing = target.attempt(start_effect())
        target.settle(standing, EffectState.DONE, reference=5)

        assert target.refused(start_effect()).reference == 5


class TestHandingBack:
    def test_handed_back_is_claimed_at_once(self, target: Target) -> None:
        """An effect that was handed back needs no lease to end, and has no earlier try."""
        effect = message_effect()

        assert target.hand_back(target.claimed(effect))
        assert target.claimed(effect).effect.attempted_at is None

    def test_earlier_try_is_kept(self, target: Target) -> None:
        """Where a command may be on its way the time of the first try stays."""
        effect = message_effect()
        assert target.hand_back(target.claimed(effect), attempted_at=NOON.isoformat())
        target.clock.advance(timedelta(minutes=1))

        assert target.claimed(effect).effect.attempted_at == NOON.isoformat()

    def test_repetition_does_not_touch_a_later_claim(self, target: Target) -> None:
        """A request that a client repeats, its answer lost, hands back nobody else's claim."""
        effect = message_effect()
        mine = target.claimed(effect)
        assert target.hand_back(mine)
        target.clock.advance(timedelta(seconds=1))
        theirs = target.claimed(effect)

        assert not target.hand_back(mine)

        assert target.refused(effect).attempted_at is not None
        marked = target.ledger.mark_attempted(
            EVENT, effect.key, lease_until=theirs.lease_until, at=target.clock.now()
        )
        assert asyncio.run(marked)

    def test_done_is_not_handed_back(self, target: Target) -> None:
        """What has been done meanwhile stays done."""
        claim = target.claimed(message_effect())
        target.settle(claim.effect, EffectState.DONE)

        assert not target.hand_back(claim)
        assert target.refused(message_effect()).state is EffectState.DONE


class TestReopening:
    def test_reopened_is_claimed_at_once(self, target: Target) -> None:
        """A reopened effect needs no lease to end, and has no earlier try."""
        assert target.reopen(target.attempt(start_effect()))
        assert target.claimed(start_effect()).effect.attempted_at is None

    def test_doubt_is_reopened_once(self, target: Target) -> None:
        """Of two who find that an attempted effect did not happen, one hands it back."""
        seen = target.attempt(start_effect())

        assert target.reopen(seen)
        target.clock.advance(timedelta(seconds=1))
        target.attempt(start_effect())
        assert not target.reopen(seen)

    def test_done_is_not_reopened(self, target: Target) -> None:
        """What has been done meanwhile stays done."""
        seen = target.attempt(start_effect())
        target.settle(seen, EffectState.DONE)

        assert not target.reopen(seen)
        assert target.refused(start_effect()).state is EffectState.DONE


class TestKeeping:
    def test_kept_delivery_comes_back(self, target: Target) -> None:
        """A kept delivery is the very one."""
        delivery = builders.received(builders.body() | {"text": "日本語\ud800" * 16_000})
        asyncio.run(target.ledger.keep(EVENT, delivery))

        assert asyncio.run(target.ledger.kept(EVENT)) == delivery
        assert asyncio.run(target.ledger.kept(EventId("f" * 64))) is None

    def test_unresolved_effects_are_listed(self, target: Target) -> None:
        """What is rejected or in doubt is listed, what is done or open is not."""
        rejected = message_effect(key=EffectKey("r" * 64), state=EffectState.REJECTED, reason="broken")
        done = message_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (rejected, done, start_effect())))
        asyncio.run(target.ledger.keep(EVENT, builders.received()))
        target.claimed(done)
        target.settle(done, EffectState.DONE)
        target.attempt(start_effect())

        found = asyncio.run(target.ledger.unresolved())

        assert {(event, effect.key, effect.state) for event, effect in found} == {
            (EVENT, rejected.key, EffectState.REJECTED),
            (EVENT, start_effect().key, EffectState.ATTEMPTED),
        }

    def test_replay_is_frozen_over_the_first_receipt(self, target: Target) -> None:
        """A replay's effects stand for the first receipt's: rejected ones open, done ones done."""
        rejected, done = message_effect(key=EffectKey("r" * 64)), message_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (rejected, done)))
        target.claimed(rejected)
        target.settle(rejected, EffectState.REJECTED, reason="no")
        target.claimed(done)
        target.settle(done, EffectState.DONE)
        added = start_effect()

        asyncio.run(target.ledger.refreeze(EVENT, ROUTE, (done, rejected, added)))

        effects = asyncio.run(target.ledger.effects(EVENT, ROUTE))
        assert effects is not None
        assert [(each.key, each.state) for each in effects] == [
            (done.key, EffectState.DONE),
            (rejected.key, EffectState.OPEN),
            (added.key, EffectState.OPEN),
        ]
        assert isinstance(target.claim(rejected), Claimed)
        assert target.refused(done).state is EffectState.DONE

    def test_replay_clears_what_other_routes_saw_rejected(self, target: Target) -> None:
        """What another route's receipt had rejected from the start is not unresolved after a replay."""
        rejected = message_effect(state=EffectState.REJECTED, reason="broken")
        for route in (ROUTE, "inbound/x"):
            asyncio.run(target.ledger.freeze(EVENT, route, (rejected, start_effect())))
        asyncio.run(target.ledger.keep(EVENT, builders.received()))

        asyncio.run(target.ledger.refreeze(EVENT, ROUTE, (start_effect(),)))

        assert asyncio.run(target.ledger.unresolved()) == []
        assert asyncio.run(target.ledger.effects(EVENT, "inbound/x")) == (start_effect(),)


class TestDynamoDBAlone:
    def test_expired_rows_do_not_exist(self) -> None:
        """An item that DynamoDB has not deleted yet although it expired counts as gone."""
        clock = FrozenClock()
        with dynamodb_table(TABLE) as client:
            ledger = DynamoDBEventLedger(client=client, table=TABLE, clock=clock)
            asyncio.run(ledger.freeze(EVENT, ROUTE, (message_effect(),)))
            clock.advance(timedelta(days=15))

            assert asyncio.run(ledger.effects(EVENT, ROUTE)) is None
            assert asyncio.run(ledger.freeze(EVENT, ROUTE, ())) == ()
            assert asyncio.run(ledger.effects(EVENT, ROUTE)) == ()

    @pytest.mark.parametrize("effect", [message_effect(), start_effect()], ids=["message", "start"])
    def test_expired_effect_is_claimed_as_if_it_were_new(self, effect: Effect) -> None:
        """An effect whose row has expired is open again, for one, and remembers no try."""
        clock = FrozenClock()
        with dynamodb_table(TABLE) as client:
            target = Target(DynamoDBEventLedger(client=client, table=TABLE, clock=clock), clock)
            target.settle(target.claimed(effect).effect, EffectState.DONE, reference=7)
            clock.advance(timedelta(days=15))

            claimed = target.claimed(effect).effect

            assert (claimed.attempted_at, claimed.reference) == (None, None)
            standing = target.refused(effect)
            assert (standing.state, standing.reference) == (EffectState.CLAIMED, None)

    def test_receiver_needs_no_permission_to_delete(self) -> None:
        """Neither a first receipt nor one over an expired receipt deletes anything."""
        clock = FrozenClock()
        calls: list[str] = []
        with dynamodb_table(TABLE) as client:
            client.meta.events.register("before-call.dynamodb.*", lambda model, **_: calls.append(model.name))
            ledger = DynamoDBEventLedger(client=client, table=TABLE, clock=clock)
            for _ in range(2):
                asyncio.run(ledger.freeze(EVENT, ROUTE, (message_effect(),)))
                asyncio.run(ledger.claim(EVENT, message_effect(), now=clock.now(), lease=LEASE))
                clock.advance(timedelta(days=15))

            assert set(calls) <= {"PutItem", "GetItem", "UpdateItem", "Query"}

    def test_absent_table_is_unavailable(self) -> None:
        """Whatever DynamoDB answers but a condition is StoreUnavailable."""
        with aws_client("dynamodb") as client:
            ledger = DynamoDBEventLedger(client=client, table="absent", clock=FrozenClock())

            with pytest.raises(StoreUnavailable):
                asyncio.run(ledger.freeze(EVENT, ROUTE, ()))
