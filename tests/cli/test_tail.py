"""What `apify-camunda tail` follows: a stack's logs, and the steps of a local run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from apify_camunda_cli.errors import NotDone
from apify_camunda_cli.following import Followed, from_file
from apify_camunda_cli.local.step_file import StepFile
from apify_camunda_cli.local.steps import Step

from tests.cli.stack import Stack, deployed
from tests.fakes.clock import NOON, FrozenClock

RUN = Step("apify", "run.succeeded", {"id": "r1", "status": "SUCCEEDED"})
DETAIL = Step("camunda", "job.locked", {"key": 7}, is_detail=True)


def read(path: Path, clock: FrozenClock, **options: Any) -> list[Followed]:
    async def collect() -> list[Followed]:
        given = {"since": NOON, "once": True, **options}
        return [followed async for followed in from_file(path, clock, **given)]

    return asyncio.run(collect())


class TestLocalRun:
    def test_steps_are_followed_in_order(self) -> None:
        """
        Each step is there with its time, details left out.
        """
        clock = FrozenClock()
        with StepFile(clock.now) as steps:
            steps(RUN)
            steps(DETAIL)
            clock.advance(timedelta(seconds=1))
            steps(Step("local", "everything.ready"))

            found = read(steps.path, clock)

        assert [(each.at - NOON, each.step) for each in found] == [
            (timedelta(), RUN),
            (timedelta(seconds=1), Step("local", "everything.ready")),
        ]

    def test_older_steps_are_left_out(self) -> None:
        """
        What happened before the given moment is not shown.
        """
        clock = FrozenClock()
        with StepFile(clock.now) as steps:
            steps(RUN)
            assert read(steps.path, clock, since=NOON + timedelta(seconds=1)) == []

    def test_new_steps_are_found_until_the_run_ends(self) -> None:
        """
        Steps that are written later are found, each once; the end of the run is shown.
        """

        class WritingClock(FrozenClock):
            """Writes a step while it is waited for, and ends the run at the third wait."""

            waits = 0

            async def sleep(self, duration: timedelta) -> None:
                await super().sleep(duration)
                self.waits += 1
                if self.waits < 3:
                    steps(Step("local", f"step {self.waits}"))
                else:
                    steps.__exit__(None, None, None)

        found: list[str] = []

        async def follow() -> None:
            async for each in from_file(steps.path, clock, since=NOON, once=False):
                found.append(each.step.what)  # noqa: PERF401 - what came before the end must be kept

        clock = WritingClock()
        with StepFile(clock.now) as steps:
            steps(RUN)
            with pytest.raises(NotDone, match="has ended"):
                asyncio.run(follow())

        assert found == ["run.succeeded", "step 1", "step 2"]

    def test_file_does_not_grow_without_end(self) -> None:
        """
        A file that has grown large is emptied, and is followed from its new beginning.
        """
        clock = FrozenClock()
        with StepFile(clock.now, largest_bytes=100) as steps:
            for number in range(5):
                steps(Step("local", f"step {number} {'x' * 60}"))
            assert steps.path.stat().st_size < 400
            assert len(read(steps.path, clock)) < 5

    def test_nothing_is_left_behind(self) -> None:
        """
        The file goes with the run, and what still happens is not written any more.
        """
        with StepFile(FrozenClock().now) as steps:
            pass
        steps(RUN)
        assert not steps.path.parent.exists()


class TestStack:
    @pytest.fixture
    def stack(self) -> Iterator[Stack]:
        with deployed() as stack:
            for group in stack.log_groups.values():
                stack.logs.create_log_stream(logGroupName=group, logStreamName="s")
            yield stack

    def log(self, stack: Stack, function: str, *lines: str, after: timedelta = timedelta()) -> None:
        at = int((stack.clock.now() + after).timestamp() * 1000)
        events = [{"timestamp": at, "message": line} for line in lines]
        group = stack.log_groups[function]
        stack.logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    def test_logs_of_all_functions_are_merged(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Log records of every function come in the order of their times, each with its function.
        """
        record = {"level": "INFO", "message": "run was started", "element": "orders/1/Crawl"}
        debug = {"level": "DEBUG", "message": "condition was false"}
        self.log(stack, "PollJobs", json.dumps(record), json.dumps(debug), after=timedelta(seconds=2))
        self.log(stack, "ReceiveWebhook", '{"level": "INFO", "message": "event was received"}')

        assert stack.operate("tail", "--once", "--since", "1h") == 0

        assert capsys.readouterr().out.splitlines() == [
            "2026-11-21T12:00:00  receive_webhook     event was received",
            "2026-11-21T12:00:02  poll_jobs           run was started             element=orders/1/Crawl",
        ]

    def test_programs_get_a_line_for_each_step(
        self, stack: Stack, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """
        `--json` prints one object a line, and nothing else.
        """
        self.log(stack, "PollJobs", '{"level": "INFO", "message": "run was started", "run_id": "r1"}')

        assert stack.operate("tail", "--once", "--json") == 0

        assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
            {"at": "2026-11-21T12:00:00+00:00", "who": "poll_jobs", "what": "run was started", "run_id": "r1"}
        ]

    def test_tables_alone_have_no_logs(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        Where only tables are given, no logs are known: exit code 2.
        """
        assert stack.operate("tail", "--ledger-table", "l", "--registry-table", "r") == 2
        assert "The logs are known to --stack and --ready only." in capsys.readouterr().err
