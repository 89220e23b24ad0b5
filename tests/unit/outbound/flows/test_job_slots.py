"""How jobs wait for a slot, and get one when another job leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from apify_camunda.outbound.domain.slot_shares import SlotShares
from apify_camunda.outbound.flows.job_slots import JobSlots, Slot

from tests import builders_outbound as a

AT_ONCE = timedelta()
LONG = timedelta(minutes=5)


def test_job_takes_a_free_slot() -> None:
    """A slot counts to the process of its job, and to an account after its token is known."""

    async def scenario() -> None:
        slots = JobSlots(shares=SlotShares(4))
        slot = await slots.take(a.job(process_id="orders"))

        assert slot is not None
        assert slot.process.endswith("/orders")
        assert await slots.join(slot, "token-of-acme")
        assert slot.account is not None
        assert "token-of-acme" not in slot.account

    asyncio.run(scenario())


def test_job_without_a_slot_gives_up() -> None:
    """A job whose process holds its share gets no slot after its time limit."""

    async def scenario() -> list[Slot | None]:
        slots = JobSlots(shares=SlotShares(1), patience=AT_ONCE)
        return [await slots.take(a.job()) for _ in range(2)]

    first, second = asyncio.run(scenario())

    assert first is not None
    assert second is None


def test_waiting_job_gets_the_slot_that_is_given_back() -> None:
    """A job that waits takes the slot of a job that leaves."""

    async def scenario() -> tuple[bool, Slot | None]:
        slots = JobSlots(shares=SlotShares(1), patience=LONG)
        first = await slots.take(a.job())
        assert first is not None
        waiting = asyncio.create_task(slots.take(a.job()))
        await asyncio.sleep(0)
        waited = not waiting.done()
        await slots.leave(first)
        return waited, await waiting

    waited, slot = asyncio.run(scenario())

    assert waited
    assert slot is not None


def test_slot_joins_one_account() -> None:
    """A second token of a job does not count its slot twice."""

    async def scenario() -> None:
        slots = JobSlots(shares=SlotShares(4), patience=AT_ONCE)
        slot = await slots.take(a.job())
        assert slot is not None
        assert await slots.join(slot, "first")
        account = slot.account
        assert await slots.join(slot, "second")
        assert slot.account == account
        await slots.leave(slot)
        assert await slots.take(a.job()) is not None

    asyncio.run(scenario())
