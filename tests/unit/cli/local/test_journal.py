"""What a person reads and what a program gets."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apify_camunda_cli.local.journal import EVERYTHING_STARTED, Journal
from apify_camunda_cli.local.steps import Step

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
STARTED = Step("camunda", "process.started", {"key": 7, "process_id": "order"})
COMPLETED = Step("camunda", "element.completed", {"element_id": "Start", "element_kind": "START_EVENT"})


def journal(
    out: io.StringIO | None,
    *,
    as_json: bool = False,
    show_details: bool = False,
    on_unwritable: Callable[[], None] = lambda: None,
) -> Journal:
    """Return a journal whose clock goes on by half a second each time it is asked."""
    ticks: Iterator[datetime] = (BEGAN + timedelta(seconds=0.5) * n for n in range(1000))
    return Journal(
        out,
        as_json=as_json,
        show_details=show_details,
        now=lambda: next(ticks),
        on_unwritable=on_unwritable,
    )


class ClosedPipe(io.StringIO):
    """A pipe whose reader has ended."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


def test_columns_are_aligned() -> None:
    """
    Time, who and what have columns of their own; facts that only programs need are left out.
    """
    out = io.StringIO()
    told = journal(out)
    told(STARTED)
    told(Step("reconcile_webhooks", "webhook was created", {"registration": "r1"}))

    assert out.getvalue().splitlines() == [
        "   0.50 s  camunda             process.started             process_id=order",
        "   1.00 s  reconcile_webhooks  webhook was created         registration=r1",
    ]


def test_details_are_shown_on_request() -> None:
    """
    With details, small steps and facts for programs are shown too.
    """
    out = io.StringIO()
    told = journal(out, show_details=True)
    told(Step("camunda", "job.locked", {"key": 7}, is_detail=True))

    assert "job.locked" in out.getvalue()
    assert "key=7" in out.getvalue()


def test_step_of_a_program_is_one_flat_object() -> None:
    """
    Each step is one JSON object: when, who, what, and its facts, which cannot take the place of these.
    """
    out = io.StringIO()
    journal(out, as_json=True)(
        Step("apify", "webhook.created", {"id": "w1", "what": "another", "seen": BEGAN})
    )

    assert json.loads(out.getvalue()) == {
        "at": 0.5,
        "who": "apify",
        "what": "webhook.created",
        "id": "w1",
        "seen": "2026-01-01 00:00:00+00:00",
    }


@pytest.mark.parametrize("as_json", [True, False], ids=["program", "person"])
def test_nothing_comes_after_the_summary(as_json: bool) -> None:  # noqa: FBT001  # a column of the table
    """
    The summary is the last line, even if something still happens.
    """
    out = io.StringIO()
    told = journal(out, as_json=as_json)
    told.conclude("It has ended.", {"state": "ended"})
    concluded = out.getvalue()
    told(STARTED)
    told.say("Stopped.")

    assert out.getvalue() == concluded


def test_summary_of_a_program_is_whole() -> None:
    """
    A program gets the whole summary as the last line, nothing cut.
    """
    out = io.StringIO()
    summary: dict[str, Any] = {"state": "ended", "variables": {"text": "x" * 5000}, "incidents": []}
    journal(out, as_json=True).conclude("It has ended.", summary)

    assert json.loads(out.getvalue()) == {"summary": summary}


def test_summary_of_a_person_leaves_out_what_is_empty() -> None:
    """
    A person reads the headline, then what there is; long values are cut.
    """
    out = io.StringIO()
    journal(out).conclude(
        "It has ended.",
        {
            "state": "ended",
            "variables": {"text": "x" * 5000, "n": 1},
            "incidents": [],
            "messages_published": 1,
        },
    )

    assert out.getvalue() == (
        "\nIt has ended.\n"
        f'\nVariables\n  text  "{"x" * 120}... (5000 characters)"\n  n     1\n'
        "\nMessages published\n  1\n"
    )


def test_addresses_have_a_line_each() -> None:
    """
    Where everything listens is shown so that it can be copied.
    """
    out = io.StringIO()
    journal(out)(Step("local", EVERYTHING_STARTED, {"http_url": "http://127.0.0.1:1", "camunda_grpc": "h:2"}))

    assert [line.split()[-1] for line in out.getvalue().splitlines()[1:]] == ["http://127.0.0.1:1", "h:2"]


def test_address_of_this_machine_is_left_out_of_a_step() -> None:
    """
    A URL on this machine is shown by its path.
    """
    out = io.StringIO()
    journal(out)(Step("apify", "webhook.called", {"url": "http://127.0.0.1:4/apify/r1", "status": 200}))

    assert out.getvalue().rstrip().endswith("url=/apify/r1  status=200")


def test_closed_output_is_reported_once() -> None:
    """
    Where the output is closed the journal says so once, and the reporter of a step is not disturbed.
    """
    told: list[str] = []
    writer = journal(ClosedPipe(), on_unwritable=lambda: told.append("closed"))
    writer(STARTED)
    writer(COMPLETED)
    writer.conclude("It has ended.", {"state": "ended"})

    assert told == ["closed"]


def test_without_an_output_it_only_remembers() -> None:
    """
    Where standard output was closed from the beginning, steps are kept for the exit code's sake.
    """
    silent = journal(None)
    silent(STARTED)
    silent.conclude("It has ended.", {"state": "ended"})

    assert silent.steps == [STARTED]


@pytest.mark.parametrize("name", ["error", "reason", "rejection", "message"])
def test_sentence_is_shown_to_its_end(name: str) -> None:
    """
    A fact that explains a failure is not cut, because what to do about it comes last.
    """
    out = io.StringIO()
    journal(out)(Step("poll_jobs", "job was failed", {name: f"{'x' * 300} Begin the input with `=`."}))

    assert out.getvalue().endswith("Begin the input with `=`.\n")


def test_step_is_one_line_that_moves_no_cursor() -> None:
    """
    Line ends and a terminal's commands inside a fact are shown, not obeyed.
    """
    out = io.StringIO()
    journal(out)(Step("apify", "run.failed", {"message": "no\n\x1b[2Jpage; Prüfung"}))

    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("message=no \\u001b[2Jpage; Prüfung\n")
