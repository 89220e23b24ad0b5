"""How jobs wait for a slot, and get one when another job leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from apify_camunda.outbound.domain.slot_shares import SlotShares
from apify_camunda.outbound.flows.job_slots import JobSlots, Slot

from tests import builders_outbound as a
from tests.event_loop import run_async

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

    run_async(scenario())


def test_job_without_a_slot_gives_up() -> None:
    """A job whose process holds its share gets no slot after its time limit."""

    async def scenario() -> list[Slot | None]:
        slots = JobSlots(shares=SlotShares(1), wait=AT_ONCE)
        return [await slots.take(a.job()) for _ in range(2)]

    first, second = run_async(scenario())

    assert first is not None
    assert second is None


def test_waiting_job_gets_the_slot_that_is_given_back() -> None:
    """A job that waits takes the slot of a job that leaves."""

    async def scenario() -> tuple[bool, Slot | None]:
        slots = JobSlots(shares=SlotShares(1), wait=LONG)
        first = await slots.take(a.job())
        assert first is not None
        waiting = asyncio.create_task(slots.take(a.job()))
        await asyncio.sleep(0)
        waited = not waiting.done()
        await slots.leave(first)
        return waited, await waiting

    waited, slot = run_async(scenario())

    assert waited
    assert slot is not None


def test_slot_joins_one_account() -> None:
    """A second token of a job does not count its slot twice."""

    async def scenario() -> None:
        slots = JobSlots(shares=SlotShares(4), wait=AT_ONCE)
        slot = await slots.take(a.job())
        assert slot is not None
        assert await slots.join(slot, "first")
        account = slot.account
        assert await slots.join(slot, "second")
        assert slot.account == account
        await slots.leave(slot)
        assert await slots.take(a.job()) is not None

    run_async(scenario())


def test_freed_slot_wakes_the_job_that_may_have_it() -> None:
    """The slot of one process goes past the waiting jobs of another one that holds its share."""

    async def scenario() -> list[str]:
        slots = JobSlots(shares=SlotShares(4), wait=LONG)
        held = [await slots.take(a.job(process_id="many")) for _ in range(3)]
        other = await slots.take(a.job(process_id="few"))
        assert other is not None
        many = asyncio.create_task(slots.take(a.job(process_id="many")))
        few = asyncio.create_task(slots.take(a.job(process_id="few")))
        await asyncio.sleep(0)
        await slots.leave(other)
        first = await few
        assert first is not None
        waits_on = not many.done()
        for slot in held:
            assert slot is not None
            await slots.leave(slot)
        second = await many
        assert second is not None
        return [first.process, second.process] if waits_on else []

    assert [name.rpartition("/")[2] for name in run_async(scenario())] == ["few", "many"]


def test_slot_of_a_cancelled_job_is_given_on() -> None:
    """A job that is cancelled as it gets its slot leaves the slot to the next."""

    async def scenario() -> Slot | None:
        slots = JobSlots(shares=SlotShares(1), wait=LONG)
        first = await slots.take(a.job())
        assert first is not None
        cancelled = asyncio.create_task(slots.take(a.job()))
        await asyncio.sleep(0)
        await slots.leave(first)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        return await slots.take(a.job())

    assert run_async(scenario()) is not None
