"""Steps: how many are kept, and how a browser follows and resumes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from live_page import Changes, StepRing
from live_page.server import MOST_STREAMS
from live_page.stream import HEARTBEAT_S, events

from tests.unit.live_page.pages import MOMENT, Page, served


def ring_with(count: int, **bounds: int) -> StepRing:
    ring = StepRing(mask=lambda facts: facts, **bounds)
    for number in range(count):
        add(ring, f"step {number + 1}")
    return ring


def add(ring: StepRing, what: str, **facts: Any) -> None:
    ring.add(at=MOMENT, who="camunda", what=what, lane="camunda", facts=facts, is_detail=False)


def test_newest_steps_are_kept() -> None:
    """
    Of 10,000 steps in a ring of 1,000, the last thousand are there, under their numbers.
    """
    ring = ring_with(10_000, most_steps=1_000)
    assert (ring.first_seq, ring.last_seq) == (9_001, 10_000)
    assert len(ring.after(0, 20_000)) == 1_000
    assert json.loads(ring.before(10_001, 1)[0])["what"] == "step 10000"


def test_size_of_steps_is_bounded() -> None:
    """
    Large facts are cut, and the oldest steps go when all together would be too large.
    """
    ring = StepRing(mask=lambda facts: facts, most_characters=10_000)
    for _ in range(100):
        add(ring, "large", text="x" * 50_000, many=list(range(10_000)))
    kept = ring.after(0, 1_000)
    assert 0 < sum(map(len, kept)) <= 10_000
    assert len(json.loads(kept[0])["facts"]["text"]) < 3_000


def test_facts_are_masked() -> None:
    """
    The mask is applied before a step is kept.
    """
    ring = StepRing(mask=lambda facts: dict.fromkeys(facts, "***"))
    add(ring, "step", token="t")
    assert json.loads(ring.after(0, 1)[0])["facts"] == {"token": "***"}


def followed(ring: StepRing, changes: Changes, *, after: int | None, rounds: int, now: Any) -> list[str]:
    left = iter(range(rounds))
    parts = events(ring, changes, after=after, is_wanted=lambda: next(left, None) is not None, now=now)
    return [part.decode() for part in parts]


def test_heartbeat_and_changes_have_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The stream says once a second at most which sections changed; a quiet stream shows that it lives.
    """
    monkeypatch.setattr(StepRing, "wait_after", lambda *_: None)
    changes, clock = Changes(), iter([0.0, 0.5, 0.6, 1.1, 1.2, 1.3, HEARTBEAT_S + 2, HEARTBEAT_S + 2])
    ring = ring_with(0)
    parts = events(ring, changes, after=None, is_wanted=lambda: True, now=lambda: next(clock))
    assert next(parts).startswith(b"event: hello")
    changes.note("apify", "state")
    changes.note("apify")
    assert next(parts) == b'event: changed\nid: 0\ndata: {"sections": ["apify", "state"]}\n\n'
    assert next(parts) == b": still here\n\n"


@contextmanager
def stream(page: Page, last_event_id: str | None = None) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=20)
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    try:
        connection.request("GET", f"{page.path}api/stream", headers=headers)
        answer = connection.getresponse()
        with answer:
            yield answer
    finally:
        connection.close()


def next_event(answer: http.client.HTTPResponse) -> tuple[str, str, Any]:
    fields = {}
    while line := answer.readline().decode().strip():
        name, _, value = line.partition(": ")
        fields[name] = value
    return fields["event"], fields["id"], json.loads(fields["data"])


def test_stream_brings_what_comes() -> None:
    """
    A browser is greeted with the number of the last step, and gets the steps that come from then on.
    """
    with served() as page:
        page.step("before")
        with stream(page) as answer:
            assert answer.headers["Content-Type"] == "text/event-stream"
            assert answer.headers["Content-Security-Policy"]
            assert next_event(answer) == ("hello", "1", {"lastSeq": 1})
            page.step("after", text="a\nb")
            name, number, steps = next_event(answer)
    assert (name, number) == ("step", "2")
    assert [(step["what"], step["facts"]) for step in steps] == [("after", {"text": "a\nb"})]


@pytest.mark.parametrize(("last", "expected"), [("2", [3, 4, 5]), ("0", [1, 2, 3, 4, 5])])
def test_stream_resumes_after_the_last_event(last: str, expected: list[int]) -> None:
    """
    A browser that lost its connection gets what came after the last step that it has.
    """
    with served(ring=ring_with(5)) as page, stream(page, last) as answer:
        assert next_event(answer)[:2] == ("hello", last)
        assert [step["seq"] for step in next_event(answer)[2]] == expected


def test_unknown_last_event_begins_the_stream_again() -> None:
    """
    A number that never was, or is none, begins with what comes now.
    """
    with served(ring=ring_with(3)) as page:
        for last in ("99", "x", "-1"):
            with stream(page, last) as answer:
                assert next_event(answer) == ("hello", "3", {"lastSeq": 3})


def test_streams_are_bounded() -> None:
    """
    One stream too many is refused with 503.
    """
    with served() as page, ExitStack() as streams:
        for _ in range(MOST_STREAMS):
            assert next_event(streams.enter_context(stream(page)))[0] == "hello"
        assert page.ask("GET", "api/stream").status == 503


def test_server_stops_under_open_streams() -> None:
    """
    Stopping ends the streams; no thread is left.
    """
    with served() as page:
        connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=20)
        connection.request("GET", f"{page.path}api/stream")
        answer = connection.getresponse()
        next_event(answer)
        page.server.stop()
        assert answer.read() == b""
        connection.close()
