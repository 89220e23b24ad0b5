"""The emulator starts, lives in its own time, tells what happens, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from emulators.apify import ApifyEmulator, DrivenClock, ScaledClock, TraceEvent

from tests.unit.emulators.apify.builders import START, TOKEN, a_world
from tests.unit.emulators.apify.conftest import Apify

Serve = Callable[..., Apify]


def test_time_can_pass_faster() -> None:
    """With a time scale of 1000 a run of a minute ends within a moment, and looks like a minute."""
    with (
        ApifyEmulator(a_world({"durationSeconds": 60}), time_scale=1000) as emulator,
        httpx.Client(base_url=emulator.url, headers={"Authorization": f"Bearer {TOKEN}"}) as client,
    ):
        run = client.post("/v2/actors/acme~crawler/runs", params={"waitForFinish": 60}).json()["data"]
        if run["status"] != "SUCCEEDED":
            run = client.get(f"/v2/actor-runs/{run['id']}", params={"waitForFinish": 60}).json()["data"]

    assert run["status"] == "SUCCEEDED"
    assert run["stats"]["runTimeSecs"] == 60


def test_listeners_hear_everything_in_order(serve: Serve) -> None:
    """Listeners get runs and requests without tokens, the last of them before the emulator stops."""
    events: list[TraceEvent] = []
    apify = serve()
    apify.emulator.listen(events.append)

    apify.client.post("/v2/actors/acme~crawler/runs", params={"token": TOKEN})
    apify.clock.advance(timedelta(seconds=10))
    apify.client.get("/v2/users/me")
    apify.emulator.stop()

    told = [(event.kind, event.facts.get("status"), event.time) for event in events]
    assert told == [
        ("run", "READY", START),
        ("request", 201, START),
        ("run", "RUNNING", START + timedelta(seconds=0.1)),
        ("run", "SUCCEEDED", START + timedelta(seconds=10)),
        ("request", 200, START + timedelta(seconds=10)),
    ]
    assert not any(TOKEN in str(event.facts) for event in events)


def test_a_world_event_needs_no_request(serve: Serve) -> None:
    """Listeners get what a world schedules when its time comes, without any request."""
    heard = threading.Event()
    world = a_world(events=[{"afterSeconds": 5, "startRun": {"actor": "acme/crawler"}}])
    apify = serve(world)
    apify.emulator.listen(lambda event: heard.set() if event.kind == "run" else None)

    apify.clock.advance(timedelta(seconds=5))

    assert heard.wait(10)


def test_stopping_twice_and_not_starting_are_harmless() -> None:
    """An emulator that was not started can be thrown away, one that was stopped stays stopped."""
    ApifyEmulator().stop()
    emulator = ApifyEmulator()
    emulator.start()
    emulator.stop()
    emulator.stop()

    with pytest.raises(RuntimeError, match="started once"):
        emulator.start()


def test_its_url_is_known_once_it_has_started() -> None:
    """There is no URL before there is a port."""
    with pytest.raises(RuntimeError, match="not been started"):
        _ = ApifyEmulator().url


def test_stopping_ends_waiting_requests() -> None:
    """A request that waits for a run gets the run as it is, or a cut connection, at once."""
    emulator = ApifyEmulator(a_world({"durationSeconds": 3600}), clock=DrivenClock(START))
    url = emulator.start()
    started, ended = threading.Event(), threading.Event()
    emulator.listen(lambda event: started.set() if event.kind == "run" else None)

    def wait() -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with suppress(httpx.TransportError):
            httpx.post(f"{url}/v2/actors/acme~crawler/runs", params={"waitForFinish": 60}, headers=headers)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert started.wait(10)
    emulator.stop()

    assert ended.wait(10)
    thread.join()


def test_many_callers_at_once_start_as_many_runs(serve: Serve) -> None:
    """Requests side by side do not get into each other's way."""
    apify = serve()

    def start() -> None:
        assert apify.client.post("/v2/actors/acme~crawler/runs").status_code == 201

    threads = [threading.Thread(target=start) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    runs = apify.client.get("/v2/actor-runs").json()["data"]["items"]
    assert len({run["id"] for run in runs}) == 16


class TestClocks:
    def test_a_driven_clock_stops_until_it_is_moved(self) -> None:
        """It wakes waiting threads when it moves, and never goes back."""
        clock, woken = DrivenClock(START), []
        clock.on_jump(lambda: woken.append(clock.now()))

        clock.advance(timedelta(seconds=5))

        assert woken == [START + timedelta(seconds=5)]
        assert clock.real_seconds_until(START + timedelta(seconds=6)) is None
        assert clock.real_seconds_until(START) == 0
        with pytest.raises(ValueError, match="does not go back"):
            clock.advance(timedelta(seconds=-1))

    def test_a_scaled_clock_says_how_long_to_sleep_in_real_time(self) -> None:
        """An emulated minute at scale 60 is a real second."""
        clock = ScaledClock(60, start=datetime(2026, 1, 1, tzinfo=UTC))

        began = time.monotonic()
        left = clock.real_seconds_until(clock.now() + timedelta(minutes=1))
        passed = time.monotonic() - began

        assert left is not None
        assert 0.999 - passed <= left <= 1
        assert clock.real_seconds_until(clock.now() - timedelta(minutes=1)) == 0

    @pytest.mark.parametrize("scale", [0, -1])
    def test_time_does_not_stop_or_go_back(self, scale: float) -> None:
        """A scale is positive."""
        with pytest.raises(ValueError, match="greater than 0"):
            ScaledClock(scale)
