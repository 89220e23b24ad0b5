"""Keys are handed out in batches, so that each key has its turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.registration.flows.round_robin import RoundRobin

from tests.fakes.clock import NOON, FrozenClock

MINUTE = timedelta(minutes=1)


def test_few_keys_are_one_batch() -> None:
    """As many keys as a batch holds are all returned each time, in order."""
    robin: RoundRobin[int] = RoundRobin(FrozenClock(), size=3)

    assert robin.next({3, 1, 2}) == [1, 2, 3]
    assert robin.next([2, 1]) == [1, 2]
    assert robin.next([]) == []


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_each_key_has_its_turn_in_one_round(size: int) -> None:
    """Within one round each key is in a batch."""
    keys = range(7)
    robin: RoundRobin[int] = RoundRobin(FrozenClock(), size)
    batches = [robin.next(keys) for _ in range(robin.round(keys) // MINUTE)]

    assert {key for batch in batches for key in batch} == set(keys)
    assert all(len(batch) == size for batch in batches)


def test_a_batch_begins_after_the_last_key() -> None:
    """The next batch begins after the last key, even if that key is gone and others were added."""
    robin: RoundRobin[int] = RoundRobin(FrozenClock(), size=2)
    first = robin.next([10, 20, 30, 40, 50])

    changed = [key for key in (10, 20, 25, 30, 35, 40, 45, 50, 60) if key not in first]
    later = [key for key in changed if key > first[-1]]

    assert robin.next(changed) == [*later, *changed][:2]


def test_new_environments_do_not_begin_with_the_same_key() -> None:
    """A new environment begins where one batch a minute would be by now."""
    clock = FrozenClock()
    first = [RoundRobin[int](clock, size=2).next(range(10))]
    for _ in range(4):
        clock.advance(MINUTE)
        first.append(RoundRobin[int](clock, size=2).next(range(10)))

    assert sorted(key for batch in first for key in batch) == list(range(10))
    assert RoundRobin[int](FrozenClock(NOON), size=2).next(range(10)) == first[0]


@pytest.mark.parametrize(("keys", "minutes"), [(0, 0), (1, 1), (3, 1), (4, 2), (7, 3)])
def test_length_of_a_round(keys: int, minutes: int) -> None:
    """A round takes a minute for each batch."""
    robin: RoundRobin[int] = RoundRobin(FrozenClock(), size=3)

    assert robin.round(range(keys)) == minutes * MINUTE
