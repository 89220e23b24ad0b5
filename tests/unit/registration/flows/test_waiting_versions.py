"""Who still waits for messages, found by a bounded number of questions a tick."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from apify_camunda.identifiers import DefinitionKey
from apify_camunda.platform.deadline import Deadline
from apify_camunda.registration.domain.scan_plan import Waiting
from apify_camunda.registration.flows.waiting_versions import WaitingVersions

from tests.event_loop import run_async
from tests.fakes.catalog import FakeCatalog
from tests.fakes.clock import FrozenClock

PROBES = 50
MANY = 10_000
A_MINUTE = timedelta(minutes=1)


def keys(*numbers: int) -> list[DefinitionKey]:
    return [DefinitionKey(number) for number in numbers]


class World:
    """A cluster, and who asks it."""

    def __init__(self, *, lists_waiting: bool = True, probes: int = PROBES) -> None:
        self.clock = FrozenClock()
        self.catalog = FakeCatalog(lists_waiting=lists_waiting)
        self._probes = probes
        self.restart()

    def restart(self) -> None:
        """Forget what a new environment does not know."""
        self._ask = WaitingVersions(catalog=self.catalog, clock=self.clock, probes=self._probes)

    def tick(
        self, older: list[DefinitionKey], known: list[DefinitionKey] | None = None, *, after: int = 1
    ) -> Waiting:
        self.clock.advance(after * A_MINUTE)
        deadline = Deadline(self.clock.now() + timedelta(minutes=5))
        return run_async(self._ask(older, known=older if known is None else known, deadline=deadline))


def test_a_list_needs_no_questions() -> None:
    """What the cluster lists as waiting is taken as it is."""
    world = World()
    world.catalog.waiting.update(keys(1, 2))

    assert world.tick(keys(1, 3)).keys == {1, 2}
    assert world.catalog.probed == []


def test_what_may_have_stopped_waiting_is_asked_about() -> None:
    """Of those whose subscriptions got messages, the ones with live instances wait."""
    world = World()
    world.catalog.correlated.update(keys(1, 2, 3))
    world.catalog.alive.update(keys(1, 3))

    assert world.tick(keys(1, 2), known=keys(1, 2)).keys == {1, 3}
    assert world.catalog.probed == [1, 2, 3]


def test_what_was_read_and_is_not_ours_is_not_asked_about() -> None:
    """A version that has been read and holds nothing of ours costs no question."""
    world = World()
    world.catalog.correlated.update(keys(1, 2))

    world.tick([], known=keys(1, 2))

    assert world.catalog.probed == []


def test_without_a_list_each_older_version_is_asked_about() -> None:
    """A cluster of 8.8 is asked about the older versions that we know."""
    world = World(lists_waiting=False)
    world.catalog.waiting.update(keys(2, 9))

    assert world.tick(keys(1, 2)).keys == {2}
    assert world.catalog.probed == [1, 2]


def test_all_wait_while_camunda_does_not_answer() -> None:
    """Without an answer no element stops listening."""
    world = World()
    world.catalog.is_away = True

    assert world.tick(keys(1, 2)).keys == {1, 2}


@pytest.mark.parametrize("lists_waiting", [True, False])
@pytest.mark.parametrize("minutes", [1, 2, 3])
def test_each_of_many_has_its_turn(lists_waiting: bool, minutes: int) -> None:  # noqa: FBT001 - a column
    """10,000 versions: so many questions a tick and no more, and each is asked about once in a round."""
    world = World(lists_waiting=lists_waiting)
    many = keys(*range(1, MANY + 1))
    world.catalog.correlated.update(many)

    waiting = Waiting(frozenset())
    for _ in range(MANY // PROBES):
        before = len(world.catalog.probed)
        waiting = world.tick(many, after=minutes)
        assert len(world.catalog.probed) - before == PROBES

    assert set(Counter(world.catalog.probed).values()) == {1}
    assert waiting.round == MANY // PROBES * A_MINUTE


def test_known_definitions_do_not_wait_for_unknown_ones() -> None:
    """Versions that were not read yet have their own round robin."""
    world = World()
    world.catalog.correlated.update(keys(*range(1, MANY + 1)))

    for _ in range(3):
        world.catalog.probed.clear()
        assert world.tick(keys(1, 2), known=keys(1, 2)).round == A_MINUTE
        assert world.catalog.probed[:2] == [1, 2]
        assert len(world.catalog.probed) == 2 + PROBES


def test_new_environments_go_on() -> None:
    """Environments that remember nothing, one for each minute, ask about each version, too."""
    world = World(lists_waiting=False, probes=10)
    many = keys(*range(1, 101))

    for _ in range(10):
        world.restart()
        world.tick(many)

    assert set(Counter(world.catalog.probed).values()) == {1}


def test_a_turn_survives_changes() -> None:
    """Versions that come and go between two ticks do not delay others."""
    world = World(lists_waiting=False, probes=2)
    world.tick(keys(10, 20, 30, 40, 50))
    [_, last] = world.catalog.probed
    world.catalog.probed.clear()

    rest = [key for key in keys(10, 15, 20, 30, 35, 40, 50, 60) if key != last]
    world.tick(rest)

    expected = [key for key in rest if key > last][:2]
    assert world.catalog.probed[: len(expected)] == expected
