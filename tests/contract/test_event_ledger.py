"""What every event ledger does: the fake, and DynamoDB."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from apify_camunda.errors import StoreUnavailable
from apify_camunda.identifiers import EffectKey, EventId
from apify_camunda.inbound.domain.effect import Effect, EffectState, FaultyEffect
from apify_camunda.inbound.dynamodb_events import DynamoDBEventLedger
from apify_camunda.inbound.event_rows import LONGEST_WORK
from apify_camunda.inbound.ports import (
    Claimed,
    ClaimRefused,
    Command,
    EffectClaim,
    EventLedger,
    Receipt,
    SetAsideEvent,
)
from apify_camunda.platform.aws_api import AwsAnswer, aws_api

from tests import builders
from tests.builders import EVENT, ROUTE, faulty_effect, message_effect, start_effect
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

    def begin(self, event: EventId = EVENT, route: str = ROUTE) -> Receipt:
        return asyncio.run(self.ledger.begin(event, route, now=self.clock.now()))

    def claim(self, effect: Command, event: EventId = EVENT) -> EffectClaim:
        now = self.clock.now()
        return asyncio.run(self.ledger.claim(event, effect, now=now, lease=LEASE))

    def claimed(self, effect: Command) -> Claimed:
        claim = self.claim(effect)
        assert isinstance(claim, Claimed)
        return claim

    def refused(self, effect: Command) -> Command:
        claim = self.claim(effect)
        assert isinstance(claim, ClaimRefused)
        return claim.effect

    def freeze_claimed(self, effect: Command, route: str = ROUTE) -> Claimed | None:
        now = self.clock.now()
        return asyncio.run(self.ledger.freeze_claimed(EVENT, route, effect, now=now, lease=LEASE))

    def mark(self, claim: Claimed) -> bool:
        marked = self.ledger.attempt(EVENT, claim.effect.key, claim.claim, at=self.clock.now())
        return asyncio.run(marked)

    def attempt(self, effect: Command) -> Command:
        """Claim and mark an effect; return it in its present state."""
        assert self.mark(self.claimed(effect))
        return self.refused(effect)

    def confirm(self, effect: Effect, reference: int | None = None) -> None:
        asyncio.run(self.ledger.confirm(EVENT, effect.confirmed(reference)))

    def reject(self, claim: Claimed, reason: str = "no") -> bool:
        rejected = claim.effect.rejected(reason, "ENGINE_REJECTED")
        return asyncio.run(self.ledger.reject(EVENT, rejected, claim.claim))

    def hand_back(self, claim: Claimed, *, attempted_at: datetime | None = None) -> bool:
        handed_back = self.ledger.hand_back(EVENT, claim.effect.key, claim.claim, attempted_at=attempted_at)
        return asyncio.run(handed_back)

    def reopen(self, effect: Effect) -> bool:
        return asyncio.run(self.ledger.reopen(EVENT, effect))

    @property
    def unresolved(self) -> set[tuple[EffectKey, EffectState]]:
        return {(each.effect.key, each.effect.state) for each in asyncio.run(self.ledger.unresolved())}


@pytest.fixture(params=["fake", *DYNAMODBS])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    clock = FrozenClock()
    if request.param == "fake":
        yield Target(FakeEventLedger(), clock)
        return
    with dynamodb_table(TABLE, endpoint_of(request.param, request)) as client:
        yield Target(DynamoDBEventLedger(client=client, table=TABLE, clock=clock), clock)


class TestFreezing:
    def test_first_receipt_is_kept(self, target: Target) -> None:
        """The first receipt's effects are those of every later receipt through the same route."""
        first, second = (message_effect(),), (start_effect(),)

        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) is None
        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, first)) == first
        assert asyncio.run(target.ledger.freeze(EVENT, ROUTE, second)) == first
        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) == first

    def test_no_effects_are_frozen_too(self, target: Target) -> None:
        """A receipt without effects is kept as well."""
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
        target.confirm(effect, reference=7)

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
        """Elements and reasons come back as they were, with all their characters."""
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


class TestFreezingWithAClaim:
    """The only effect of a receipt, frozen and claimed by one write."""

    def test_receipt_and_claim_are_written(self, target: Target) -> None:
        """The receipt has the effect, and the claim keeps others away until its lease ends."""
        effect = message_effect()

        claim = target.freeze_claimed(effect)

        assert claim is not None
        assert (claim.effect.state, claim.effect.attempted_at) == (EffectState.CLAIMED, None)
        assert target.begin().effects == (effect,)
        [present] = asyncio.run(target.ledger.effects(EVENT, ROUTE)) or ()
        assert present.state is EffectState.CLAIMED
        assert target.refused(effect).state is EffectState.CLAIMED

        target.clock.advance(LEASE * 2)
        later = target.claimed(effect)
        assert later.claim != claim.claim
        assert later.effect.attempted_at == NOON

    def test_claim_fences_what_follows(self, target: Target) -> None:
        """A start is marked by the claim, and by no earlier one."""
        claim = target.freeze_claimed(start_effect())
        assert claim is not None
        assert target.mark(claim)

        standing = target.refused(start_effect())
        assert (standing.state, standing.attempted_at) == (EffectState.ATTEMPTED, NOON)

    def test_claim_that_has_passed_on_marks_nothing(self, target: Target) -> None:
        """A receiver that has lost the claim to another gets False, and must not send."""
        lost = target.freeze_claimed(start_effect())
        assert lost is not None
        target.clock.advance(LEASE * 2)
        target.claimed(start_effect())

        assert not target.mark(lost)

    def test_notes_of_begun_work_stay(self, target: Target) -> None:
        """The receipt keeps the notes of the works that began, so that their deaths are counted."""
        target.begin()
        assert target.freeze_claimed(message_effect()) is not None
        target.clock.advance(LONGEST_WORK * 2)

        assert target.begin().deaths == 1

    @pytest.mark.parametrize("effects", [(), (start_effect(),)], ids=["no effects", "another effect"])
    def test_standing_receipt_is_not_written_over(self, target: Target, effects: tuple[Effect, ...]) -> None:
        """Where the receipt has effects nothing is written: neither they nor a claim change."""
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, effects))

        assert target.freeze_claimed(message_effect()) is None

        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) == effects
        assert isinstance(target.claim(message_effect()), Claimed)

    def test_effect_of_another_route_is_not_claimed(self, target: Target) -> None:
        """Where another route of the event has the effect, this route gets no receipt by this write."""
        assert target.freeze_claimed(message_effect(), "inbound/x") is not None

        assert target.freeze_claimed(message_effect()) is None

        assert asyncio.run(target.ledger.effects(EVENT, ROUTE)) is None
        assert target.refused(message_effect()).state is EffectState.CLAIMED

    def test_effect_that_was_handed_back_is_not_claimed(self, target: Target) -> None:
        """An effect that is open again may have been tried, and only a claim of its own tells since when."""
        target.hand_back(target.claimed(message_effect()), attempted_at=NOON)

        assert target.freeze_claimed(message_effect()) is None

        assert target.claimed(message_effect()).effect.attempted_at == NOON

    @pytest.mark.parametrize("routes", [(ROUTE,) * 6, (ROUTE, "inbound/x") * 3], ids=["one", "two"])
    def test_many_at_once(self, target: Target, routes: tuple[str, ...]) -> None:
        """Of many at once, through one route or two, at most one gets the claim; all agree on the effect."""

        async def receive(route: str) -> tuple[Effect, ...] | Claimed:
            now = target.clock.now()
            claim = await target.ledger.freeze_claimed(EVENT, route, start_effect(), now=now, lease=LEASE)
            return claim or await target.ledger.freeze(EVENT, route, (start_effect(),))

        async def race() -> list[tuple[Effect, ...] | Claimed | BaseException]:
            return await asyncio.gather(*map(receive, routes), return_exceptions=True)

        results = asyncio.run(race())

        claims = [each for each in results if isinstance(each, Claimed)]
        frozen = [each for each in results if isinstance(each, tuple)]
        assert len(claims) <= 1
        assert all(each == (start_effect(),) for each in frozen)
        assert all(isinstance(each, Claimed | tuple | StoreUnavailable) for each in results)
        assert isinstance(target.claim(start_effect()), ClaimRefused if claims else Claimed)

    def test_beside_other_writers(self, target: Target) -> None:
        """Beside one who freezes other effects and one who claims, it is written whole or not at all."""

        async def race() -> tuple[Any, ...]:
            now = target.clock.now()
            return await asyncio.gather(
                target.ledger.begin(EVENT, ROUTE, now=now),
                target.ledger.freeze_claimed(EVENT, ROUTE, start_effect(), now=now, lease=LEASE),
                target.ledger.freeze(EVENT, ROUTE, (message_effect(),)),
                target.ledger.claim(EVENT, start_effect(), now=now, lease=LEASE),
                return_exceptions=True,
            )

        _, both, _, claim = asyncio.run(race())

        frozen = asyncio.run(target.ledger.effects(EVENT, ROUTE)) or ()
        if isinstance(both, Claimed):
            assert [each.key for each in frozen] == [start_effect().key]
            assert not isinstance(claim, Claimed)
        else:
            assert start_effect().key not in [each.key for each in frozen]


class TestClaiming:
    def test_one_claims(self, target: Target) -> None:
        """A claimed effect is refused to others until the lease has ended."""
        effect = message_effect()
        claim = target.claimed(effect)

        assert target.refused(effect).state is EffectState.CLAIMED
        target.clock.advance(LEASE)
        assert target.refused(effect).state is EffectState.CLAIMED

        target.clock.advance(timedelta(seconds=1))
        assert target.claimed(effect).claim != claim.claim

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
        target.confirm(effect, reference=3)
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
        assert target.claimed(effect).effect.attempted_at == NOON
        target.clock.advance(timedelta(minutes=5))
        assert target.claimed(effect).effect.attempted_at == NOON

    def test_claim_of_a_start_dates_nothing(self, target: Target) -> None:
        """A start is dated by its mark, not by its claim."""
        target.claimed(start_effect())
        target.clock.advance(timedelta(minutes=5))

        assert target.claimed(start_effect()).effect.attempted_at is None


class TestMarking:
    def test_attempted_is_refused(self, target: Target) -> None:
        """An attempted effect is not to be claimed, not even after the lease."""
        standing = target.attempt(start_effect())

        assert (standing.state, standing.attempted_at) == (EffectState.ATTEMPTED, NOON)
        target.clock.advance(timedelta(days=1))
        assert target.refused(start_effect()).state is EffectState.ATTEMPTED

    def test_lost_claim_marks_nothing(self, target: Target) -> None:
        """A receiver that has lost the claim to another gets False, and must not send."""
        effect = start_effect()
        lost = target.claimed(effect)
        target.clock.advance(LEASE * 2)
        target.claimed(effect)

        assert not target.mark(lost)

    def test_repetition_is_the_callers_own(self, target: Target) -> None:
        """A mark whose answer was lost, and that is written again, is answered as a success."""
        claim = target.claimed(start_effect())

        assert target.mark(claim)
        assert target.mark(claim)


class TestSettling:
    def test_done_is_refused(self, target: Target) -> None:
        """A confirmed effect is returned with its reference."""
        effect = message_effect()
        target.claimed(effect)
        target.confirm(effect, 2**60)

        standing = target.refused(effect)

        assert (standing.state, standing.reference) == (EffectState.DONE, 2**60)

    def test_rejected_is_refused(self, target: Target) -> None:
        """A rejected effect is returned with its reason and its code."""
        effect = message_effect()
        assert target.reject(target.claimed(effect), "why")

        standing = target.refused(effect)

        assert (standing.state, standing.reason, standing.code) == (
            EffectState.REJECTED, "why", "ENGINE_REJECTED",
        )  # fmt: skip

    def test_done_is_never_undone(self, target: Target) -> None:
        """A rejection that comes after the effect was done changes nothing."""
        claim = target.claimed(message_effect())
        target.confirm(claim.effect, 1)

        assert not target.reject(claim)
        assert target.refused(message_effect()).state is EffectState.DONE

    def test_doubt_is_settled(self, target: Target) -> None:
        """What was attempted can be settled as done."""
        standing = target.attempt(start_effect())
        target.confirm(standing, 5)

        assert target.refused(start_effect()).reference == 5

    def test_attempt_is_rejected_by_its_holder(self, target: Target) -> None:
        """A command that the engine refused is rejected, also after its mark."""
        claim = target.claimed(start_effect())
        assert target.mark(claim)

        assert target.reject(claim)
        assert target.refused(start_effect()).state is EffectState.REJECTED

    def test_late_rejection_changes_nothing(self, target: Target) -> None:
        """A receiver that was cut off, and whose claim has passed to another, rejects nothing any more."""
        late = target.claimed(start_effect())
        target.clock.advance(LEASE * 2)
        target.attempt(start_effect())

        assert not target.reject(late)
        assert target.refused(start_effect()).state is EffectState.ATTEMPTED

    def test_repeated_rejection_is_the_callers_own(self, target: Target) -> None:
        """A rejection whose answer was lost, and that is written again, is answered as a success."""
        claim = target.claimed(message_effect())

        assert target.reject(claim)
        assert target.reject(claim)


class TestHandingBack:
    def test_handed_back_is_claimed_at_once(self, target: Target) -> None:
        """An effect that was handed back needs no lease to end, and has no earlier try."""
        effect = message_effect()

        assert target.hand_back(target.claimed(effect))
        assert target.claimed(effect).effect.attempted_at is None

    def test_earlier_try_is_kept(self, target: Target) -> None:
        """Where a command may be on its way the time of the first try stays."""
        effect = message_effect()
        assert target.hand_back(target.claimed(effect), attempted_at=NOON)
        target.clock.advance(timedelta(minutes=1))

        assert target.claimed(effect).effect.attempted_at == NOON

    def test_repetition_does_not_touch_a_later_claim(self, target: Target) -> None:
        """A request that a client repeats, its answer lost, hands back no other claim."""
        effect = message_effect()
        mine = target.claimed(effect)
        assert target.hand_back(mine)
        target.clock.advance(timedelta(seconds=1))
        theirs = target.claimed(effect)

        assert not target.hand_back(mine)

        assert target.refused(effect).attempted_at is not None
        assert target.mark(theirs)

    def test_done_is_not_handed_back(self, target: Target) -> None:
        """What has been done meanwhile stays done."""
        claim = target.claimed(message_effect())
        target.confirm(claim.effect)

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
        target.confirm(seen)

        assert not target.reopen(seen)
        assert target.refused(start_effect()).state is EffectState.DONE


class TestKeeping:
    def test_kept_delivery_comes_back(self, target: Target) -> None:
        """A kept delivery is the very one."""
        delivery = builders.received(builders.body() | {"text": "日本語\ud800" * 16_000})
        asyncio.run(target.ledger.keep(EVENT, delivery))

        assert asyncio.run(target.ledger.kept(EVENT)) == (delivery,)
        assert asyncio.run(target.ledger.kept(EventId("f" * 64))) == ()

    def test_each_route_has_a_delivery(self, target: Target) -> None:
        """An event that came by two routes is kept twice; a repetition replaces that of its route."""
        for route in (ROUTE, "inbound/x", ROUTE):
            asyncio.run(target.ledger.keep(EVENT, builders.received(route=route)))

        assert [each.route for each in asyncio.run(target.ledger.kept(EVENT))] == [ROUTE, "inbound/x"]

    def test_unresolved_effects_are_listed(self, target: Target) -> None:
        """What is rejected or in doubt is listed with its routes, what is done or open is not."""
        faulty, done, doubtful = faulty_effect(), message_effect(), start_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (faulty, done, doubtful)))
        asyncio.run(target.ledger.freeze(EVENT, "inbound/x", (doubtful,)))
        asyncio.run(target.ledger.keep(EVENT, builders.received()))
        target.claimed(done)
        target.confirm(done)
        target.attempt(doubtful)

        found = asyncio.run(target.ledger.unresolved())

        assert {(each.event, each.effect.key, each.effect.state, each.routes) for each in found} == {
            (EVENT, faulty.key, EffectState.REJECTED, (ROUTE,)),
            (EVENT, doubtful.key, EffectState.ATTEMPTED, (ROUTE, "inbound/x")),
        }
        present = {each.key: each.state for each in asyncio.run(target.ledger.effects_of(EVENT))}
        assert present == {
            faulty.key: EffectState.REJECTED,
            done.key: EffectState.DONE,
            doubtful.key: EffectState.ATTEMPTED,
        }

    def test_doubts_are_counted_while_they_last(self, target: Target) -> None:
        """Of deliveries that were kept for a doubt, effects are counted until they are settled."""
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (start_effect(), faulty_effect())))
        for route in (ROUTE, "inbound/x"):
            asyncio.run(target.ledger.keep(EVENT, builders.received(route=route), in_doubt=True))
        asyncio.run(target.ledger.keep(EVENT, builders.received()))
        standing = target.attempt(start_effect())

        assert asyncio.run(target.ledger.doubts()) == 1
        assert asyncio.run(target.ledger.doubts()) == 1
        target.confirm(standing)
        assert asyncio.run(target.ledger.doubts()) == 0
        assert asyncio.run(target.ledger.doubts()) == 0

    def test_rejection_is_no_doubt(self, target: Target) -> None:
        """A delivery that was kept for a rejected effect is not counted."""
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (faulty_effect(),)))
        asyncio.run(target.ledger.keep(EVENT, builders.received()))

        assert asyncio.run(target.ledger.doubts()) == 0


class TestReplaying:
    def test_replay_is_frozen_over_the_first_receipt(self, target: Target) -> None:
        """A replay's effects count instead of the first receipt's: rejected ones open, done ones done."""
        rejected, done = message_effect(key=EffectKey("r" * 64)), message_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (rejected, done)))
        target.reject(target.claimed(rejected))
        target.claimed(done)
        target.confirm(done)
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
        """What both routes had rejected from the start is unresolved in neither after a replay of one."""
        for route in (ROUTE, "inbound/x"):
            asyncio.run(target.ledger.freeze(EVENT, route, (faulty_effect(), start_effect())))
        asyncio.run(target.ledger.keep(EVENT, builders.received()))

        asyncio.run(target.ledger.refreeze(EVENT, ROUTE, (start_effect(),)))

        assert asyncio.run(target.ledger.unresolved()) == []
        assert asyncio.run(target.ledger.effects(EVENT, "inbound/x")) == (start_effect(),)

    def test_replay_leaves_what_only_other_routes_rejected(self, target: Target) -> None:
        """A replay of one route takes away no rejected effect of another route."""
        frozen = faulty_effect()
        settled = message_effect()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (start_effect(),)))
        asyncio.run(target.ledger.freeze(EVENT, "inbound/x", (frozen, settled)))
        asyncio.run(target.ledger.keep(EVENT, builders.received(route="inbound/x")))
        target.reject(target.claimed(settled))

        asyncio.run(target.ledger.refreeze(EVENT, ROUTE, (start_effect(),)))

        assert target.unresolved == {
            (frozen.key, EffectState.REJECTED),
            (settled.key, EffectState.REJECTED),
        }


class TestDeaths:
    def test_first_work_has_no_past(self, target: Target) -> None:
        """The first work on an event finds no effects and no deaths."""
        assert target.begin() == Receipt(None, 0)

    def test_frozen_effects_are_returned(self, target: Target) -> None:
        """A later work gets the effects that were frozen, in their first state."""
        target.begin()
        asyncio.run(target.ledger.freeze(EVENT, ROUTE, (start_effect(),)))
        target.attempt(start_effect())

        assert target.begin().effects == (start_effect(),)

    def test_work_that_did_not_end_has_died(self, target: Target) -> None:
        """Work that began longer ago than any invocation lives, and did not end, counts as a death."""
        for deaths in range(4):
            assert target.begin().deaths == deaths
            target.clock.advance(LONGEST_WORK + timedelta(seconds=1))

    def test_work_that_may_be_alive_has_not_died(self, target: Target) -> None:
        """Works at the same time are no deaths."""
        target.begin()
        target.clock.advance(timedelta(seconds=30))

        assert target.begin().deaths == 0

    def test_work_that_ended_has_not_died(self, target: Target) -> None:
        """Work that ended, finished or not, leaves no death behind, and clears those before it."""
        target.begin()
        target.clock.advance(LONGEST_WORK * 2)
        target.begin()
        asyncio.run(target.ledger.end(EVENT, ROUTE))
        target.clock.advance(LONGEST_WORK * 2)

        assert target.begin().deaths == 0

    def test_work_that_was_withdrawn_has_not_died(self, target: Target) -> None:
        """Work that was not begun after all takes away its own note only."""
        target.begin()
        target.clock.advance(LONGEST_WORK * 2)
        target.begin()
        asyncio.run(target.ledger.withdraw(EVENT, ROUTE, begun=target.clock.now()))
        target.clock.advance(LONGEST_WORK * 2)

        assert target.begin().deaths == 1

    def test_nothing_to_end_is_not_an_error(self, target: Target) -> None:
        """Ending or withdrawing a work that left no note leaves no receipt behind."""
        asyncio.run(target.ledger.end(EVENT, ROUTE))
        asyncio.run(target.ledger.withdraw(EVENT, ROUTE, begun=target.clock.now()))

        assert asyncio.run(target.ledger.history_of(EVENT)) is None

    def test_routes_are_apart(self, target: Target) -> None:
        """The deaths of one route are not those of another."""
        target.begin()
        target.clock.advance(LONGEST_WORK * 2)

        assert target.begin(route="inbound/x").deaths == 0

    def test_event_is_set_aside_until_it_is_taken_up(self, target: Target) -> None:
        """An event that is set aside is listed with its reason and kept; taken up, it is as good as new."""
        delivery = builders.received()
        target.begin()
        target.clock.advance(LONGEST_WORK * 2)
        at = target.clock.now()
        asyncio.run(target.ledger.set_aside(EVENT, delivery, reason="It died.", at=at))

        assert asyncio.run(target.ledger.aside()) == [SetAsideEvent(EVENT, ROUTE, "It died.", at)]
        assert asyncio.run(target.ledger.kept(EVENT)) == (delivery,)

        asyncio.run(target.ledger.take_up(EVENT))
        assert asyncio.run(target.ledger.aside()) == []
        assert target.begin().deaths == 0


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
    def test_expired_effect_is_claimed_as_if_it_were_new(self, effect: Command) -> None:
        """An effect whose row has expired is open again, for one, and remembers no try."""
        clock = FrozenClock()
        with dynamodb_table(TABLE) as client:
            target = Target(DynamoDBEventLedger(client=client, table=TABLE, clock=clock), clock)
            target.confirm(target.claimed(effect).effect, 7)
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
                asyncio.run(ledger.begin(EVENT, ROUTE, now=clock.now()))
                asyncio.run(ledger.freeze(EVENT, ROUTE, (message_effect(),)))
                asyncio.run(ledger.claim(EVENT, message_effect(), now=clock.now(), lease=LEASE))
                clock.advance(timedelta(days=15))

            assert set(calls) <= {"PutItem", "GetItem", "UpdateItem", "Query"}

    def test_repeated_write_finds_its_own_claim(self) -> None:
        """A receipt with its claim whose answer was lost, and that is written again, is the caller's own."""

        class Repeating:
            """Sends each call twice, as a client does to which no answer came."""

            def __init__(self, client: Any) -> None:
                self._api = aws_api(client)

            async def call(self, operation: str, request: Mapping[str, Any]) -> AwsAnswer:
                await self._api.call(operation, request)
                return await self._api.call(operation, request)

        clock = FrozenClock()
        with dynamodb_table(TABLE) as client:
            target = Target(DynamoDBEventLedger(client=Repeating(client), table=TABLE, clock=clock), clock)
            claim = target.freeze_claimed(start_effect())

            plain = Target(DynamoDBEventLedger(client=client, table=TABLE, clock=clock), clock)
            assert claim is not None
            assert plain.refused(start_effect()).state is EffectState.CLAIMED
            assert plain.mark(claim)

    def test_expired_rows_make_room_for_a_receipt_with_a_claim(self) -> None:
        """Over an expired row of the effect the write is made; over an expired receipt, step by step."""
        clock = FrozenClock()
        with dynamodb_table(TABLE) as client:
            target = Target(DynamoDBEventLedger(client=client, table=TABLE, clock=clock), clock)
            target.confirm(target.claimed(start_effect()).effect, 7)
            clock.advance(timedelta(days=15))
            assert target.freeze_claimed(start_effect()) is not None
            clock.advance(timedelta(days=15))

            assert target.freeze_claimed(start_effect()) is None
            assert target.begin().effects is None
            assert target.freeze_claimed(start_effect()) is not None

    def test_absent_table_is_unavailable(self) -> None:
        """Every refusal of DynamoDB but that of a condition is StoreUnavailable."""
        with aws_client("dynamodb") as client:
            ledger = DynamoDBEventLedger(client=client, table="absent", clock=FrozenClock())

            with pytest.raises(StoreUnavailable):
                asyncio.run(ledger.freeze(EVENT, ROUTE, ()))


class TestReleasedRows:
    """What release 0.1.0 has written is read as if this release had written it."""

    def row(self, **changes: Any) -> dict[str, Any]:
        effect = {
            "key": "m" * 64,
            "kind": "message",
            "element": builders.catch().to_json(),
            "message_name": "run-finished",
            "correlation_key": "run1",
            "message_id": EVENT,
            "time_to_live_s": 3600.0,
            "shared_with": [],
            "state": "open",
            "attempted_at": None,
            "reason": None,
            "reference": None,
        }
        return effect | changes

    def ledger(self, client: Any, *items: dict[str, Any]) -> DynamoDBEventLedger:
        for item in items:
            client.put_item(TableName=TABLE, Item=item | {"expires_at": {"N": "9999999999"}})
        return DynamoDBEventLedger(client=client, table=TABLE, clock=FrozenClock())

    def receipt(self, *effects: dict[str, Any]) -> dict[str, Any]:
        packed = zlib.compress(json.dumps(effects).encode())
        key = {"pk": {"S": f"event#{EVENT}"}, "sk": {"S": f"receipt#{ROUTE}"}}
        return key | {"effects": {"B": packed}}

    def effect(self, state: str, **attributes: Any) -> dict[str, Any]:
        key = {"pk": {"S": f"event#{EVENT}"}, "sk": {"S": "effect#" + "m" * 64}}
        return key | {"state": {"S": state}, "effect": {"S": json.dumps(self.row())}, **attributes}

    def test_receipt(self) -> None:
        """Messages, starts and faults of a receipt keep their kinds."""
        start = self.row(key="s" * 64, kind="start", element=builders.plain_start().to_json())
        fault = self.row(key="f" * 64, message_name=None, state="rejected", reason="null")
        start_fault = start | {"key": "g" * 64, "state": "rejected", "reason": "broken"}
        with dynamodb_table(TABLE) as client:
            ledger = self.ledger(client, self.receipt(self.row(), start, fault, start_fault))

            effects = asyncio.run(ledger.begin(EVENT, ROUTE, now=NOON)).effects

        assert effects is not None
        assert effects[:2] == (message_effect(), start_effect())
        assert [type(each) for each in effects[2:]] == [FaultyEffect, FaultyEffect]
        assert [each.reason for each in effects[2:]] == ["null", "broken"]

    def test_claim_that_has_ended(self) -> None:
        """An effect that was claimed before the update is claimed again after its lease."""
        lease = {"N": repr((NOON - timedelta(seconds=1)).timestamp())}
        row = self.effect("claimed", lease_until=lease, attempted_at={"S": NOON.isoformat()})
        with dynamodb_table(TABLE) as client:
            ledger = self.ledger(client, row)

            claim = asyncio.run(ledger.claim(EVENT, message_effect(), now=NOON, lease=LEASE))

        assert isinstance(claim, Claimed)
        assert claim.effect.attempted_at == NOON

    def test_doubt(self) -> None:
        """An effect that was in doubt before the update is listed, and can be opened."""
        kept = {"pk": {"S": "kept"}, "sk": {"S": EVENT}}
        delivery = builders.received().to_json()
        kept |= {"delivery": {"B": zlib.compress(json.dumps(delivery).encode())}}
        row = self.effect("attempted", attempted_at={"S": NOON.isoformat()}, reason={"NULL": True})
        with dynamodb_table(TABLE) as client:
            ledger = self.ledger(client, kept, row, self.receipt(self.row()))

            [found] = asyncio.run(ledger.unresolved())

            assert (found.effect.state, found.routes) == (EffectState.ATTEMPTED, (ROUTE,))
            assert asyncio.run(ledger.kept(EVENT)) == (builders.received(),)
            assert asyncio.run(ledger.reopen(EVENT, found.effect))
