"""What `apify-camunda runs` shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from apify_camunda.identifiers import AttemptId, JobKey, RunId
from apify_camunda.outbound.domain.attempt_transitions import Close, Decide, NoteLook, NoteRun
from apify_camunda.outbound.domain.retry_policy import look_interval

from tests import builders_outbound as outbound
from tests.cli.stack import CLUSTER, Stack, deployed
from tests.fakes.clock import NOON

PLACE = "orders/2251799813685249/Crawl/2251799813685255"
RUN = RunId("HG7ML7M8z78YcAPEB")


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        yield stack


def begin(stack: Stack, job: int = 7, run: RunId | None = RUN) -> AttemptId:
    """Leave a job behind that waits for its run."""
    attempt = outbound.attempt(
        id=AttemptId(f"{job}-1"),
        job_key=JobKey(job),
        number=1,
        cluster=CLUSTER,
        place=PLACE,
        began_at=NOON,
        lease_until=NOON + timedelta(minutes=2),
    )
    assert stack.run(stack.attempts.open(attempt))
    if run is not None:
        assert stack.run(stack.attempts.change(attempt.id, NoteRun(run))).done
    return attempt.id


class TestList:
    def test_nothing_is_said_to_be_nothing(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Where no job waits for a run, one line says so.
        """
        assert stack.operate("runs", "list") == 0
        assert capsys.readouterr().out == "No job waits for a run.\n"

    def test_run_its_job_and_the_next_look_are_shown(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        Each line names the run, the element that waits, since when, and when the run is looked at next.
        """
        begin(stack)

        assert stack.operate("runs", "list") == 0

        told = capsys.readouterr().out
        assert "waiting  HG7ML7M8z78YcAPEB  -       orders/Crawl" in told
        next_look = (NOON + look_interval(0, AttemptId("7-1"))).isoformat(timespec="seconds")[:19]
        assert f"2026-11-21T12:00:00  {next_look}" in told
        assert "apify-camunda runs show RUN --region eu-central-1" in told

    def test_next_look_follows_the_looks_so_far(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        The interval between looks doubles, and counts from the last look.
        """
        attempt = begin(stack)
        stack.clock.advance(timedelta(minutes=10))
        for looks in range(4):
            stack.run(stack.attempts.change(attempt, NoteLook(looks)))

        assert stack.operate("runs", "list", "--json") == 0

        [told] = json.loads(capsys.readouterr().out)
        next_look = stack.clock.now() + look_interval(3, attempt)
        assert told["nextLook"] == next_look.isoformat()

    def test_start_whose_answer_is_awaited_shows_its_lease(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        While no run is known, the next look comes when the right to start it ends.
        """
        begin(stack, run=None)

        assert stack.operate("runs", "list", "--json") == 0

        [told] = json.loads(capsys.readouterr().out)
        assert (told["state"], told["run"]) == ("starting", None)
        assert told["nextLook"] == (NOON + timedelta(minutes=2)).isoformat()

    def test_what_has_ended_is_shown_on_request(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        A job whose outcome was reported is listed with `--all` only.
        """
        attempt = begin(stack)
        stack.run(stack.attempts.change(attempt, Decide({"kind": "complete", "variables": {}})))
        stack.run(stack.attempts.change(attempt, Close(0)))

        assert stack.operate("runs", "list", "--json") == 0
        assert json.loads(capsys.readouterr().out) == []

        assert stack.operate("runs", "list", "--all", "--json") == 0
        [told] = json.loads(capsys.readouterr().out)
        assert (told["state"], told["nextLook"]) == ("ended", None)


class TestShow:
    @pytest.mark.parametrize("name", [RUN, "7", "7-1"], ids=["run", "job", "attempt"])
    def test_it_is_found_by_each_of_its_names(
        self, stack: Stack, capsys: pytest.CaptureFixture[str], name: str
    ) -> None:
        """
        A run is found by its id, by the job that waits for it, and by the attempt that started it.
        """
        begin(stack)
        begin(stack, job=8, run=RunId("another"))

        assert stack.operate("runs", "show", name) == 0

        told = capsys.readouterr().out
        assert told.count("waiting: orders/Crawl") == 1
        assert f"https://console.apify.com/actors/runs/{RUN}" in told

    def test_unknown_name_is_reported(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A run that no job of this deployment started is one line, exit code 1.
        """
        assert stack.operate("runs", "show", "nonsense") == 1
        told = capsys.readouterr().err
        assert "No run and no job nonsense is remembered" in told
        assert told.count("\n") == 1
