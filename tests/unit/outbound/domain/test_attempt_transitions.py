"""How an attempt may change, in any order of changes."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from apify_camunda.identifiers import RunId
from apify_camunda.outbound.domain import attempt_transitions as transitions
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import builders_outbound as a
from tests.fakes.clock import NOON

moments = st.sampled_from([None, NOON, NOON + timedelta(minutes=1)])
runs = st.sampled_from([RunId("run1"), RunId("run2")])
outcomes = st.sampled_from([{"kind": "complete", "variables": {}}, {"kind": "fail", "retries": 1}])
numbers = st.integers(0, 3)
changes = st.one_of(
    st.builds(transitions.TakeLease, moments, moments, st.sampled_from(["", "503"])),
    st.just(transitions.NoteWebhookRefused()),
    st.builds(transitions.NoteRun, runs),
    st.builds(transitions.NoteReport, runs, st.sampled_from(["READY", "SUCCEEDED"])),
    st.builds(transitions.NoteLook, numbers, st.booleans()),
    st.builds(transitions.ExpectRetries, numbers),
    st.builds(transitions.Decide, outcomes),
    st.builds(transitions.Reconsider, outcomes),
    st.builds(transitions.Close, numbers),
    st.just(transitions.Abandon()),
)


def test_every_transition_has_its_states() -> None:
    """The table names each transition, and no state of it is closed."""
    assert set(transitions.ALLOWED) == set(get_args(transitions.Transition))
    assert not any(AttemptState.CLOSED in states for states in transitions.ALLOWED.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(changes, max_size=12))
def test_no_order_of_changes_breaks_an_attempt(arrived: list[transitions.Transition]) -> None:
    """A closed row stays, a run never changes, retries of an open row only fall, a report decides nothing."""
    row = a.attempt()
    for transition in arrived:
        after = transitions.after(row, transition)
        if row.state is AttemptState.CLOSED:
            assert after is None
        if after is None:
            continue
        assert row.run_id in (None, after.run_id)
        if after.is_open:
            assert after.retries <= row.retries
        assert (after.outcome is not None) == (after.state is AttemptState.DECIDED)
        if isinstance(transition, transitions.NoteReport):
            assert (after.run_id, after.state) == (row.run_id, row.state)
        row = after


@pytest.mark.parametrize("transition", [transitions.NoteRun(RunId("run1")), transitions.ExpectRetries(1)])
def test_change_that_comes_twice_is_the_same_as_once(transition: transitions.Transition) -> None:
    """A client that repeats a call leaves the row as one call does."""
    once = transitions.after(a.attempt(), transition)
    assert isinstance(once, Attempt)
    assert transitions.after(once, transition) in (once, None)
