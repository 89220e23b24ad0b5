"""What a look at a running process means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from apify_camunda_cli.local.verdict import (
    NOT_STARTED,
    Ended,
    GoesOn,
    InstanceView,
    Stuck,
    Verdict,
    View,
    judge,
)

LIMIT = timedelta(seconds=60)
WAITING = InstanceView(key=1, state="ACTIVE", waits_for=("Catch waits for message 'm' with key 'k'",))
ENDED = InstanceView(key=1, state="COMPLETED", variables={"items": [1]})
BUSY = View(
    instances=(WAITING,), quiet_for=timedelta(0), something_is_due=False, elapsed=timedelta(seconds=5)
)
QUIET = replace(BUSY, quiet_for=timedelta(seconds=10))


@pytest.mark.parametrize(
    ("view", "verdict"),
    [
        pytest.param(BUSY, GoesOn(), id="something-just-happened"),
        pytest.param(replace(QUIET, something_is_due=True), GoesOn(), id="quiet-but-something-is-due"),
        pytest.param(replace(BUSY, instances=(ENDED,)), Ended(ENDED), id="the-instance-has-ended"),
        pytest.param(replace(BUSY, instances=(ENDED, WAITING)), GoesOn(), id="another-instance-still-runs"),
        pytest.param(replace(BUSY, instances=()), GoesOn(), id="none-has-started-yet"),
    ],
)
def test_goes_on_until_all_have_ended(view: View, verdict: Verdict) -> None:
    """
    A process goes on while anything happens or is due, and has ended when every instance of it has.
    """
    assert judge(view, limit=LIMIT) == verdict


def test_quiet_with_nothing_due_is_stuck() -> None:
    """
    Where nothing happens and nothing is due, nothing will; the reason names what is waited for.
    """
    verdict = judge(QUIET, limit=LIMIT)

    assert isinstance(verdict, Stuck)
    assert verdict.reason == "nothing can move it: Catch waits for message 'm' with key 'k'"


def test_time_limit_names_what_is_waited_for() -> None:
    """
    At the time limit the reason says the limit and what is waited for.
    """
    verdict = judge(replace(BUSY, elapsed=LIMIT), limit=LIMIT)

    assert isinstance(verdict, Stuck)
    assert verdict.reason == "the time limit of 60 s: Catch waits for message 'm' with key 'k'"


def test_incident_ends_the_run_at_once() -> None:
    """
    An incident is not waited out, even while other things happen.
    """
    broken = replace(WAITING, incidents=("JOB_NO_RETRIES at Work: no such Actor",))

    verdict = judge(replace(BUSY, instances=(broken,)), limit=LIMIT)

    assert verdict == Stuck("an incident: JOB_NO_RETRIES at Work: no such Actor", broken)


def test_terminated_is_not_ended() -> None:
    """
    An instance that was terminated did not come to its end.
    """
    terminated = replace(ENDED, state="TERMINATED")

    assert judge(replace(BUSY, instances=(terminated,)), limit=LIMIT) == Stuck(
        "the instance was terminated", terminated
    )


def test_process_that_nothing_starts_is_stuck() -> None:
    """
    A process that waits for an event of the world is stuck once the world has none left.
    """
    verdict = judge(replace(QUIET, instances=()), limit=LIMIT)

    assert verdict == Stuck(f"nothing can move it: {NOT_STARTED}", None)
