"""In any order of calls, runs keep to Apify's lifecycle, and each of its events is sent once."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from emulators.apify.rejections import Rejection
from emulators.apify.runs import OptionChanges
from emulators.apify.state import TERMINAL, Run
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.emulators.apify.builders import Stage, a_world

_EDGES = {
    "READY": {"RUNNING", "ABORTING"},
    "RUNNING": {"SUCCEEDED", "FAILED", "TIMING-OUT", "ABORTING"},
    "TIMING-OUT": {"TIMED-OUT"},
    "ABORTING": {"ABORTED"},
    "SUCCEEDED": {"RUNNING"},
    "FAILED": {"RUNNING"},
    "TIMED-OUT": {"RUNNING"},
    "ABORTED": {"RUNNING"},
}
_EVENTS = ("CREATED", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "RESURRECTED")

_actions = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.sampled_from([0, 1, 3, 60])),
        st.tuples(st.just("abort"), st.booleans()),
        st.tuples(st.just("resurrect"), st.sampled_from([0, 2])),
        st.tuples(st.just("wait"), st.sampled_from([0, 0.05, 0.1, 1, 4, 40])),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(actions=_actions, wind_down=st.sampled_from([0, 0.5]), duration=st.sampled_from([0, 0.1, 2, 5]))
def test_lifecycle(actions: list[tuple[str, float]], wind_down: float, duration: float) -> None:
    """States follow the lifecycle, a run has ended exactly while it has an end, no event comes twice."""
    stage = Stage(
        a_world(
            {"durationSeconds": duration, "ends": "FAILED", "times": 1},
            {"durationSeconds": duration},
            timing={"windDownSeconds": wind_down, "gracefulAbortSeconds": 1},
        )
    )
    stage.listen(*(f"ACTOR.RUN.{event}" for event in _EVENTS))
    runs: list[Run] = []
    for action, value in actions:
        _do(stage, runs, action, value)
        assert all(run.is_terminal == (run.finished_at is not None) for run in runs)
    stage.after(1000)

    histories: dict[str, list[str]] = defaultdict(list)
    for event in stage.machine.take_trace():
        if event.kind == "run":
            histories[str(event.facts["id"])].append(str(event.facts["status"]))
    for history in histories.values():
        assert history[0] == "READY"
        assert history[-1] in TERMINAL
        assert all(later in _EDGES[earlier] for earlier, later in pairwise(history))
    told = Counter(
        dispatch.event_type.removeprefix("ACTOR.RUN.")
        for dispatch in stage.machine.dispatches.of(stage.caller.user)
    )
    assert told == _expected(list(histories.values()))


def _do(stage: Stage, runs: list[Run], action: str, value: float) -> None:
    if action == "start":
        runs.append(stage.start(timeout_secs=int(value)))
    elif action == "wait":
        stage.after(value)
    elif runs and action == "abort":
        stage.machine.runs.abort(runs[-1], gracefully=bool(value))
    elif runs and runs[-1].is_terminal:
        stage.machine.runs.resurrect(runs[-1], OptionChanges(timeout_secs=int(value)))
    elif runs:
        with pytest.raises(Rejection, match="operation-not-allowed"):
            stage.machine.runs.resurrect(runs[-1], OptionChanges())


def _expected(histories: list[list[str]]) -> Counter[str]:
    """Return how often each event must have been told for runs that went this way."""
    expected: Counter[str] = Counter()
    for history in histories:
        expected["CREATED"] += 1
        expected.update(status.replace("-", "_") for status in history if status in TERMINAL)
        expected["RESURRECTED"] += sum(earlier in TERMINAL for earlier, _ in pairwise(history))
    return +expected
