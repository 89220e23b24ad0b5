"""Rules of the outbound half that hold for any input."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from apify_camunda.camunda.model import CompleteJob, FailJob, ThrowBpmnError
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.masking import mask_json
from apify_camunda.json_types import Json
from apify_camunda.outbound.domain import next_step as attempts
from apify_camunda.outbound.domain.attempt import AttemptState
from apify_camunda.outbound.domain.stored_outcome import from_stored, to_stored
from apify_camunda.outbound.operations.request import read_request
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import builders_outbound as a
from tests.fakes.clock import NOON

SECOND = timedelta(seconds=1)

bounded = settings(max_examples=60, derandomize=True, deadline=None)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=8), values, max_size=4)
secrets = st.sets(st.text(alphabet="abcdef0123", min_size=3, max_size=12), max_size=4)


@bounded
@given(value=values, hidden=secrets, around=st.text(alphabet="ghij ", max_size=5))
def test_no_secret_is_left(value: Json, hidden: set[str], around: str) -> None:
    """No secret is in what comes out, at any place where one went in."""
    holder: Json = [value, {secret: [around + secret + around] for secret in hidden}]
    masked = json.dumps(mask_json(holder, hidden), ensure_ascii=False)
    assert not any(secret in masked for secret in hidden if secret not in json.dumps(value))


@bounded
@given(inputs=objects, operation=st.sampled_from([*range(5)]), anything=values)
def test_inputs_are_read_or_refused(inputs: dict[str, Any], operation: int, anything: Json) -> None:
    """Any variables of a process are read as a request or refused as an input, never anything else."""
    builders = (a.run_actor, a.run_task, a.scrape, a.get_items, a.get_record)
    names = ("timeout", "memory", "limit", "offset", "fields", "waitForFinish", "url", "buildTag")
    variables = builders[operation]()
    request: Any = variables["apifyRequestInput"]
    for section in request.values():
        section.update(inputs | {name: anything for name in names if len(name) % 2 == operation % 2})
    with suppress(InvalidInput):
        assert read_request(variables).token == "token-of-acme"


@bounded
@given(
    variables=objects, retries=st.integers(0, 9), text=st.text(max_size=30), backoff_ms=st.integers(0, 10**9)
)
def test_every_outcome_survives_being_written(
    variables: dict[str, Any], retries: int, text: str, backoff_ms: int
) -> None:
    """Written down as JSON and read again, an outcome is what it was."""
    for outcome in (
        CompleteJob(variables),
        FailJob(retries, text, timedelta(milliseconds=backoff_ms), variables),
        ThrowBpmnError(text, text or None, variables),
    ):
        assert from_stored(json.loads(json.dumps(to_stored(outcome)))) == outcome


@bounded
@given(
    state=st.sampled_from(AttemptState),
    run_id=st.none() | st.just("run1"),
    lease=st.sampled_from([None, NOON - SECOND, NOON, NOON + SECOND]),
    retries=st.integers(0, 4),
    came_with=st.integers(0, 4),
    outcome=st.none() | st.just({"kind": "complete", "variables": {}}),
)
def test_no_step_starts_where_a_run_may_be(
    *, state: AttemptState, run_id: Any, lease: datetime | None, retries: int, came_with: int, outcome: Any
) -> None:
    """An open attempt is never begun again, and starts at once only where surely none was started."""
    row = a.attempt(state=state, run_id=run_id, lease_until=lease, retries=retries, outcome=outcome)
    step = attempts.next_step(row, a.job(retries=came_with), cluster=a.CLUSTER, now=NOON)
    is_open = state is not AttemptState.CLOSED and came_with >= retries
    assert isinstance(step, attempts.Begin) == (not is_open)
    if isinstance(step, attempts.TakeOver):
        assert run_id is None
        assert lease is None
    if isinstance(step, attempts.FindRun) and step.may_start:
        assert lease is not None
        assert lease <= NOON
