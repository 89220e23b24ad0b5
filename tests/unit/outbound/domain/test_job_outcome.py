"""Small decisions about outcomes: masking, messages, retries, waiting, and how an outcome is written down."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest
from apify_camunda.apify.model import ApifyRun
from apify_camunda.camunda.model import CompleteJob, FailJob, JobOutcome, ThrowBpmnError
from apify_camunda.errors import ApifyUnavailable, ConnectorError, ErrorCode, InvalidInput, PermanentError
from apify_camunda.expressions.excerpts import excerpt
from apify_camunda.expressions.masking import mask_json, mask_text
from apify_camunda.identifiers import AttemptId
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.domain import retry_policy
from apify_camunda.outbound.domain.error_context import MAX_MESSAGE, error_context, failure_message, java_text
from apify_camunda.outbound.domain.job_headers import JobHeaders
from apify_camunda.outbound.domain.job_outcome import outcome_of_error
from apify_camunda.outbound.domain.run_callback import callback_webhook
from apify_camunda.outbound.domain.run_outcome import run_error
from apify_camunda.outbound.domain.stored_outcome import from_stored, to_stored
from apify_camunda.platform.deadline import Deadline

from tests import builders_outbound as a
from tests.fakes.clock import NOON
from tests.fakes.secret_source import KEYS

SECOND = timedelta(seconds=1)
LONG_SECRET = "0123456789" * 3


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("Bearer abc", {"abc"}, "Bearer ***"),
        ("abcdef abc", {"abc", "abcdef"}, "*** ***"),
        ("nothing", {"abc"}, "nothing"),
        ("nothing", set(), "nothing"),
        ("nothing", {""}, "nothing"),
        ("a.c abc", {"a.c"}, "*** abc"),
    ],
)
def test_secrets_are_masked(text: str, secrets: set[str], masked: str) -> None:
    """Each secret becomes three asterisks, the longest first; an empty one hides nothing."""
    assert mask_text(text, secrets) == masked


def test_secrets_are_masked_at_any_depth() -> None:
    """Texts and names are masked, whatever holds them; other values stay."""
    value: Json = {"abc": ["abc", {"x": "1abc2"}], "n": 5, "none": None, "flag": True}
    assert mask_json(value, {"abc"}) == {"***": ["***", {"x": "1***2"}], "n": 5, "none": None, "flag": True}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"error": {"code": "X", "n": 1}}, "{error={code=X, n=1}}"),
        ([1, None, True, "a", 1.5], "[1, null, true, a, 1.5]"),
        ({}, "{}"),
    ],
)
def test_variables_are_shown_as_java_does(value: Json, text: str) -> None:
    """Operate shows error variables as people know them from Java."""
    assert java_text(value) == text


def test_messages_are_cut() -> None:
    """A message with its variables has at most 6,000 characters, and so has the one that a process sees."""
    failed = outcome_of_error(InvalidInput("y" * 9000), JobHeaders(), retries=3)
    assert isinstance(failed, FailJob)
    assert failed.message == "y" * MAX_MESSAGE
    assert failed.variables["error"]["message"] == "y" * MAX_MESSAGE  # type: ignore[call-overload, index]
    assert failure_message("x", {}) == "x"


@pytest.mark.parametrize("beginning", [1, 10, 20, 29])
def test_secrets_are_masked_before_messages_are_cut(beginning: int) -> None:
    """Of a secret across the cut nothing is left, wherever the cut goes through it."""
    error = InvalidInput("x" * (MAX_MESSAGE - beginning) + LONG_SECRET)
    failed = outcome_of_error(error, JobHeaders(), retries=3, secrets={LONG_SECRET})
    assert isinstance(failed, FailJob)
    assert not any(character in f"{failed.message}{failed.variables['error']}" for character in "0123456789")


@pytest.mark.parametrize("beginning", [4, 20, 29])
def test_the_beginning_of_a_secret_before_a_cut_is_masked(beginning: int) -> None:
    """Where a text was cut before secrets are known, a secret's beginning before the mark is hidden."""
    text = excerpt("y" * 10 + LONG_SECRET, 10 + beginning)
    assert (
        mask_text(f"Apify said: {text} And more...", {LONG_SECRET})
        == "Apify said: yyyyyyyyyy***... And more..."
    )


@pytest.mark.parametrize(
    "shown",
    [
        r"""{"password": "p\"q\\r s/t\u00fc"}""",
        r"""{"password": "p\"q\\r s/tü"}""",
        "GET /?p=p%22q%5Cr%20s%2Ft%C3%BC",
        "GET /?p=p%22q%5Cr+s%2Ft%C3%BC",
        "GET /p%22q%5Cr%20s/t%C3%BC",
    ],
)
def test_secrets_are_masked_as_json_and_urls_write_them(shown: str) -> None:
    """A secret that was quoted into JSON, or encoded for a URL, is hidden like the secret itself."""
    masked = mask_text(shown, {'p"q\\r s/tü'})
    assert "***" in masked
    assert "s/t" not in masked.lower()
    assert "%2f" not in masked.lower()


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (
            InvalidInput("No."),
            {
                "type": "io.camunda.connector.api.error.ConnectorInputException",
                "message": "No.",
                "code": "INVALID_INPUT",
            },
        ),
        (
            PermanentError("No.", code=ErrorCode.RUN_FAILED, variables={"runId": "r1"}),
            {
                "type": "io.camunda.connector.api.error.ConnectorInputException",
                "message": "No.",
                "code": "RUN_FAILED",
                "variables": {"runId": "r1"},
            },
        ),
        (
            ApifyUnavailable("Later."),
            {"type": "java.lang.RuntimeException", "message": "Later.", "code": "APIFY_UNAVAILABLE"},
        ),
    ],
)
def test_errors_have_a_code(error: ConnectorError, shown: JsonObject) -> None:
    """An expression sees type, message, code, and variables where there are any."""
    assert error_context(error) == shown


@pytest.mark.parametrize(
    ("error", "retries", "left"),
    [
        (ApifyUnavailable("x"), 3, 2),
        (ApifyUnavailable("x"), 1, 0),
        (ApifyUnavailable("x"), 0, 0),
        (InvalidInput("x"), 3, 0),
    ],
)
def test_retries_that_are_left(error: ConnectorError, retries: int, left: int) -> None:
    """A retry is used up where one may help; otherwise none is left."""
    assert retry_policy.retries_after(error, retries) == left


def test_looks_become_rare() -> None:
    """A run is looked at after a minute, and each hour in the end."""
    for looks, minutes in ((0, 1), (1, 2), (5, 32), (6, 60), (7, 60), (1000, 60)):
        longest = timedelta(minutes=minutes)
        assert longest * 0.8 <= retry_policy.look_interval(looks, AttemptId("7-1")) <= longest


def test_looks_of_a_burst_do_not_come_together() -> None:
    """Runs that were started together are looked at spread over a fifth of the interval."""
    attempts = [AttemptId(f"{job}-1") for job in range(1000)]
    intervals = [retry_policy.look_interval(6, attempt) for attempt in attempts]

    assert intervals == [retry_policy.look_interval(6, attempt) for attempt in attempts]
    per_minute = Counter(interval // timedelta(minutes=1) for interval in intervals)
    assert sorted(per_minute) == list(range(48, 60))
    assert max(per_minute.values()) < 140


@pytest.mark.parametrize(
    ("tries", "asked_for", "seconds"),
    [(0, None, 10), (1, None, 20), (5, None, 300), (500, None, 300), (0, 45, 45), (3, 1, 80)],
)
def test_not_now_is_waited_for(tries: int, asked_for: int | None, seconds: int) -> None:
    """What Apify asks for is given, and at least a growing time of our own."""
    asked = None if asked_for is None else SECOND * asked_for
    assert retry_policy.not_now_delay(tries, asked) == SECOND * seconds


@pytest.mark.parametrize(
    "code",
    [ErrorCode.RATE_LIMITED, ErrorCode.MEMORY_LIMIT_EXCEEDED, ErrorCode.CONCURRENT_RUNS_LIMIT_EXCEEDED],
)
def test_not_now_by_code(code: ErrorCode) -> None:
    """Three codes mean "later"; an outage does not, nor does a refusal of that name."""
    assert retry_policy.is_not_now(ApifyUnavailable("x", code=code))
    assert not retry_policy.is_not_now(ApifyUnavailable("x"))
    assert not retry_policy.is_not_now(PermanentError("x", code=code))


@pytest.mark.parametrize(
    "outcome",
    [
        CompleteJob({"a": [1, None, {"b": 1.5}]}),
        FailJob(2, "no", timedelta(milliseconds=1500), {"error": {"code": "X"}}),
        ThrowBpmnError("GONE", None, {}),
        ThrowBpmnError("GONE", "no", {"a": 1}),
    ],
)
def test_outcome_survives_being_written(outcome: JobOutcome) -> None:
    """What was decided is reported word for word after it was written down as JSON."""
    assert from_stored(json.loads(json.dumps(to_stored(outcome)))) == outcome


def test_outcome_of_another_version_is_refused() -> None:
    """A kind of outcome that this version does not know is not guessed at."""
    with pytest.raises(ValueError, match="unknown kind"):
        from_stored({"kind": "escalate", "variables": {}})


def test_run_error_names_the_run() -> None:
    """A failed run is told with its status, its own message and where to look."""
    error = run_error(ApifyRun({"id": "r1", "status": "TIMED-OUT", "statusMessage": "Too slow"}))
    assert error.code == "RUN_TIMED_OUT"
    assert error.message.startswith(
        "The Actor run r1 ended as TIMED-OUT: Too slow See https://console.apify.com"
    )


def test_deadlines() -> None:
    """What is left is never negative, and the earlier deadline wins."""
    deadline = Deadline(NOON)
    assert deadline.remaining(NOON - SECOND) == SECOND
    assert deadline.remaining(NOON + SECOND) == timedelta()
    assert deadline.has_passed(NOON)
    assert not deadline.has_passed(NOON - SECOND)
    assert deadline.earlier_by(SECOND) == Deadline(NOON - SECOND)
    assert deadline.or_sooner(NOON + SECOND) == deadline
    assert deadline.or_sooner(NOON - SECOND) == Deadline(NOON - SECOND)


def test_callback_of_a_later_row_has_a_key_of_its_own() -> None:
    """An attempt's id may come again after a month; its webhook must not be taken for the old one."""
    keys = {
        callback_webhook(
            a.attempt(began_at=began_at), public_url=a.PUBLIC_URL, keys=KEYS, until_the_end=True
        ).idempotency_key
        for began_at in (NOON, NOON + timedelta(days=33))
    }
    assert len(keys) == 2
