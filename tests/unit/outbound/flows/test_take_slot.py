"""How many pollers work side by side where Lambda does not bound them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.flows.take_slot import TakeSlot
from apify_camunda.platform.deadline import Deadline

from tests import builders_outbound as a
from tests.event_loop import run_async
from tests.fakes.clock import NOON, FrozenClock
from tests.fakes.mortal import Lifetime
from tests.fakes.slots import FakeSlots
from tests.outbound_deployment import Deployment

SOON = Deadline(NOON + timedelta(minutes=5))


class Pollers:
    """Pollers that poll until they are let go, and how many of them do so at once."""

    def __init__(self, slots: FakeSlots) -> None:
        self._places = slots
        self._at_work = 0
        self.most_at_work = 0

    async def __call__(self) -> JsonObject:
        return await TakeSlot(poll=self._poll, slots=self._places)(SOON)

    async def _poll(self, deadline: Deadline) -> JsonObject:
        assert deadline == SOON
        self._at_work += 1
        self.most_at_work = max(self.most_at_work, self._at_work)
        await asyncio.sleep(0)
        self._at_work -= 1
        return {"stopped": "no jobs"}


def test_burst_of_callbacks_wakes_no_more_pollers_than_there_are_places() -> None:
    """However many are woken at once, as many poll as there are slots; the others end at once."""
    pollers = Pollers(FakeSlots(FrozenClock(), 2))

    async def burst() -> list[JsonObject]:
        return list(await asyncio.gather(*(pollers() for _ in range(100))))

    said = run_async(burst())

    assert pollers.most_at_work == 2
    assert {str(each["stopped"]) for each in said} == {"no jobs", "enough others poll"}
    assert run_async(pollers()) == {"stopped": "no jobs"}


def test_jobs_are_handled_by_the_holder_of_the_slot() -> None:
    """A poller with a slot works as it would without slots."""
    deployment = Deployment()
    deployment.jobs.add(a.job(a.get_items()))
    poller = TakeSlot(poll=deployment.poller(Lifetime()), slots=FakeSlots(deployment.clock, 1))

    said = run_async(poller(Deadline(deployment.clock.now() + timedelta(minutes=5))))

    assert (said["jobs"], said["stopped"]) == (1, "no jobs")
    assert deployment.completed


def test_failing_poller_leaves_its_place() -> None:
    """A poller that ends with an error frees its slot too."""
    slots = FakeSlots(FrozenClock(), 1)

    async def fail(_deadline: Deadline) -> JsonObject:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_async(TakeSlot(poll=fail, slots=slots)(SOON))

    assert run_async(slots.take(until=SOON.at)) == 1


def test_without_the_store_no_poller_works() -> None:
    """If the number of pollers is unknown, no further one begins: jobs wait, and the next is woken soon."""
    slots = FakeSlots(FrozenClock(), 1)
    slots.is_away = True
    pollers = Pollers(slots)

    assert run_async(pollers())["stopped"] == "the store does not answer"
    assert pollers.most_at_work == 0


def test_slot_that_cannot_be_given_back_is_not_a_failure() -> None:
    """What was done is returned although the slot could not be freed early."""
    slots = FakeSlots(FrozenClock(), 1)

    async def poll(_deadline: Deadline) -> JsonObject:
        slots.is_away = True
        return {"stopped": "no jobs"}

    assert run_async(TakeSlot(poll=poll, slots=slots)(SOON)) == {"stopped": "no jobs"}
