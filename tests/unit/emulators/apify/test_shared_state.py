"""Many threads use one machine in turn, and those that wait neither miss what they wait for nor spin."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from emulators.apify import DrivenClock
from emulators.apify.shared_state import SharedState

from tests.unit.emulators.apify.builders import START, Stage


class CountingClock(DrivenClock):
    """A clock that knows how often it was asked."""

    def __init__(self) -> None:
        super().__init__(START)
        self.asked = 0

    def now(self) -> datetime:
        self.asked += 1
        return super().now()


def test_using_the_machine_brings_it_up_to_now() -> None:
    """A caller that takes the machine sees what has happened until now."""
    stage, clock = Stage(), DrivenClock(START)
    live = SharedState(stage.machine, clock)
    run = stage.start()
    clock.advance(timedelta(seconds=60))

    with live.use():
        assert run.status == "SUCCEEDED"


def test_a_wait_ends_when_it_is_done_when_its_moment_comes_or_when_it_is_closed() -> None:
    """The three ends of a wait, and what each returns."""
    stage, clock = Stage(), DrivenClock(START)
    live = SharedState(stage.machine, clock)
    run = stage.start()
    ends: dict[str, bool] = {}

    def wait(name: str, status: str, until: datetime | None) -> None:
        ends[name] = live.wait(lambda _: run.status == status, until)

    threads = [
        threading.Thread(target=wait, args=arguments)
        for arguments in (
            ("done", "SUCCEEDED", None),
            ("too late", "FAILED", START + timedelta(seconds=30)),
            ("closed", "FAILED", None),
        )
    ]
    for thread in threads:
        thread.start()
    clock.advance(timedelta(seconds=10))
    threads[0].join(10)
    clock.advance(timedelta(seconds=20))
    threads[1].join(10)
    live.close()
    threads[2].join(10)

    assert ends == {"done": True, "too late": False, "closed": False}


def test_an_overdue_call_causes_no_busy_loop() -> None:
    """While a webhook's call waits for its thread, others sleep until something changes."""
    stage, clock = Stage(), CountingClock()
    stage.listen("ACTOR.RUN.CREATED")
    stage.start()
    live = SharedState(stage.machine, clock)
    waiting = threading.Thread(target=live.wait, args=(lambda _: False,))
    waiting.start()

    live.wait_in_real_time(lambda _: False, 0.1)
    asked = clock.asked
    live.close()
    waiting.join(10)

    assert stage.machine.has_due_calls
    assert asked < 20
