"""What comes next for a job, by what its last attempt wrote down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import AdHocWebhook, ResourceKind
from apify_camunda.identifiers import AttemptId
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain import next_step as attempts
from apify_camunda.outbound.domain.attempt import Attempt, AttemptState

from tests import builders_outbound as a
from tests.fakes.clock import NOON

LEASE = a.LEASE
OUTCOME: JsonObject = {"kind": "complete", "variables": {}}


def next_step(latest: Attempt | None, *, retries: int = 3, after: timedelta = timedelta()) -> Any:
    return attempts.next_step(latest, a.job(retries=retries), cluster=a.CLUSTER, now=NOON + after)


def test_first_attempt() -> None:
    """A job that was never seen begins its first attempt."""
    assert next_step(None) == attempts.Begin(1, retries=3)


@pytest.mark.parametrize(
    ("changes", "retries"),
    [
        ({"state": AttemptState.CLOSED, "retries": 3}, 2),
        ({"state": AttemptState.CLOSED, "retries": 3}, 3),
        ({"state": AttemptState.CLOSED, "retries": 0}, 5),
        ({"state": AttemptState.STARTED, "run_id": "run1"}, 2),
        ({"state": AttemptState.DECIDED, "outcome": OUTCOME}, 2),
        ({"cluster": "another", "place": "crawl/1/run-crawler/2"}, 3),
        ({"cluster": "another", "place": ""}, 3),
        ({"place": "crawl/1/run-crawler/2"}, 3),
        ({"place": "other/2251799813685249/run-crawler/2251799813685255"}, 3),
    ],
)
def test_new_attempt(changes: dict[str, Any], retries: int) -> None:
    """Fewer retries, a closed row, and a row of another cluster or instance each begin a new attempt."""
    begin = attempts.Begin(5, retries=retries)
    assert next_step(a.attempt(number=4, **changes), retries=retries) == begin


def test_late_poller_does_not_count_as_a_retry() -> None:
    """Who holds a job since before it failed begins an attempt that is theirs, too, who are handed it now."""
    closed = a.attempt(state=AttemptState.CLOSED, retries=2)

    begin = next_step(closed, retries=3)

    row = a.attempt(state=AttemptState.STARTED, run_id="run2", number=begin.number, retries=begin.retries)
    assert next_step(row, retries=2) == attempts.FollowRun(row)


@pytest.mark.parametrize("retries", [3, 4])
def test_run_that_is_known_is_followed(retries: int) -> None:
    """A job with as many retries or more goes on with the run that it has."""
    row = a.attempt(state=AttemptState.STARTED, run_id="run1")
    assert next_step(row, retries=retries) == attempts.FollowRun(row)


def test_a_cluster_that_has_moved_is_known_by_its_jobs() -> None:
    """A job at the place of the attempt's job goes on with its run, with any name of the cluster."""
    row = a.attempt(cluster="camunda.old.example", state=AttemptState.STARTED, run_id="run1")
    assert next_step(row) == attempts.FollowRun(row)


def test_row_of_an_early_version_goes_on() -> None:
    """A row that names no place belongs to the job with that key on its cluster."""
    row = a.attempt(place="", state=AttemptState.STARTED, run_id="run1")
    assert next_step(row) == attempts.FollowRun(row)


def test_outcome_is_reported_again() -> None:
    """An outcome that was decided is reported, not worked out again."""
    row = a.attempt(state=AttemptState.DECIDED, run_id="run1", outcome=OUTCOME)
    assert next_step(row) == attempts.ReportAgain(row, OUTCOME)


def test_outcome_that_is_lost_is_worked_out_again() -> None:
    """Where the decided outcome has expired, its run is looked at again."""
    row = a.attempt(state=AttemptState.DECIDED, run_id="run1")
    assert next_step(row) == attempts.FollowRun(row)


@pytest.mark.parametrize(
    ("after", "may_start"),
    [(timedelta(), False), (LEASE - timedelta(seconds=1), False), (LEASE, True), (LEASE * 9, True)],
)
def test_start_without_an_answer_is_looked_for(after: timedelta, may_start: bool) -> None:  # noqa: FBT001 - a column
    """A later poller looks for the run, and may start one only after the lease."""
    assert next_step(a.attempt(), after=after) == attempts.FindRun(a.attempt(), may_start=may_start)


def test_lease_that_was_given_up_is_taken_over() -> None:
    """Where the last try surely started nothing, the next one starts without looking."""
    row = a.attempt(lease_until=None)
    assert next_step(row) == attempts.TakeOver(row)


def test_new_attempt_has_the_right_to_start() -> None:
    """A new row says who began it, when, and how long no other poller may start a run."""
    row = a.attempt()
    assert (row.id, row.number, row.retries, row.state) == (f"{a.JOB}-1", 1, 3, AttemptState.STARTING)
    assert row.lease_until == NOON + LEASE
    assert row.began_at == NOON


@pytest.mark.parametrize("text", ["", "-", "1-", "-1", "1-x", "x-1", "1-2-3", " 1-2", "\u0661-1", "1"])
def test_ids_that_name_no_attempt(text: str) -> None:
    """Anything but two numbers is no attempt."""
    assert attempts.parts_of(AttemptId(text)) is None


def test_id_names_job_and_number() -> None:
    """An id can be taken apart again."""
    assert attempts.parts_of(attempts.attempt_id(a.JOB, 12)) == (a.JOB, 12)


@pytest.mark.parametrize(
    "other",
    [
        {"input": {"url": "https://other.example"}},
        {"resource_id": "acme~other"},
        {"kind": ResourceKind.TASK},
        {"timeout": timedelta(seconds=60)},
        {"memory_mbytes": 256},
        {"build": "beta"},
        {"max_items": 1},
        {"max_total_charge_usd": "1"},
    ],
)
def test_fingerprint_tells_requests_apart(other: dict[str, Any]) -> None:
    """Each input that makes another run makes another fingerprint."""
    assert attempts.fingerprint(a.start_request(**other)) != attempts.fingerprint(a.start_request())


def test_fingerprint_is_of_the_request_alone() -> None:
    """Neither the webhook nor the order of the input's fields nor a zero at the end makes a difference."""
    webhook = AdHocWebhook(("ACTOR.RUN.CREATED",), "https://hooks.example", {}, "key")
    first = a.start_request(input={"a": 1, "b": 2}, max_total_charge_usd="2.5")
    second = replace(first, input={"b": 2, "a": 1}, max_total_charge_usd="2.50", webhooks=(webhook,))
    assert attempts.fingerprint(first) == attempts.fingerprint(second)
