"""When two deliveries report one event, and how effects are named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apify_camunda.identifiers import TenantId
from apify_camunda.inbound.domain.event_identity import (
    event_id,
    instance_tag,
    message_effect_key,
    rejected_effect_key,
    start_effect_key,
)

from tests import builders
from tests.builders import EVENT, body, received, run

TENANT = TenantId("t1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(received(), received(dispatch_id="dispatch2", route="inbound/x"), id="another webhook"),
        pytest.param(received(), received(received_at="later", headers={}), id="a repetition"),
        pytest.param(received(), received(body() | {"createdAt": "later"}), id="another dispatch time"),
        pytest.param(
            received(),
            received(body(resource=run(finishedAt="2026-11-21T12:59:00+01:00"))),
            id="another notation",
        ),
        pytest.param(
            received({"eventType": "X", "a": 1, "b": 2}, dispatch_id=None),
            received({"b": 2, "a": 1, "eventType": "X"}, dispatch_id=None),
            id="another order",
        ),
        pytest.param(
            received(body(event_type="ACTOR.RUN.CREATED", resource=run(finishedAt=None))),
            received(body(event_type="ACTOR.RUN.CREATED"), dispatch_id="dispatch2"),
            id="created, said by two webhooks",
        ),
    ],
)
def test_same_event(one: Any, other: Any) -> None:
    """What reports the same run in the same state is one event."""
    assert event_id(one) == event_id(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(received(), received(body(resource=run(id="run2"))), id="another run"),
        pytest.param(received(), received(body(event_type="ACTOR.RUN.FAILED")), id="another type"),
        pytest.param(
            received(), received(body(resource=run(finishedAt="2026-11-21T13:00:00Z"))), id="resurrected"
        ),
        pytest.param(
            received(body(resource=run(finishedAt=None))),
            received(body(resource=run(finishedAt=None)), dispatch_id="dispatch2"),
            id="another dispatch of an unfinished run",
        ),
        pytest.param(
            received({"eventType": "X", "a": 1}, dispatch_id=None),
            received({"eventType": "X", "a": 2}, dispatch_id=None),
            id="another body",
        ),
    ],
)
def test_another_event(one: Any, other: Any) -> None:
    """What differs in run, type or end is another event."""
    assert event_id(one) != event_id(other)


def test_keys_tell_effects_apart() -> None:
    """Every part of an effect's identity is in its key, and parts do not run into one another."""
    message = {"name": "n", "correlation_key": "k", "message_id": "i"}
    start = {"process_id": "p", "element_id": "e"}
    keys = [
        message_effect_key(EVENT, TENANT, **message),
        message_effect_key(EVENT, TenantId("t2"), **message),
        message_effect_key(EVENT, TENANT, **message | {"name": "nk", "correlation_key": ""}),
        message_effect_key(EVENT, TENANT, **message | {"correlation_key": "l"}),
        message_effect_key(EVENT, TENANT, **message | {"message_id": "j"}),
        start_effect_key(EVENT, TENANT, **start),
        start_effect_key(EVENT, TENANT, **start | {"element_id": "f"}),
        start_effect_key(EVENT, TENANT, process_id="pe", element_id=""),
        rejected_effect_key(EVENT, TENANT, **start),
    ]

    assert len(set(keys)) == len(keys)


def test_redeployment_is_the_same_start() -> None:
    """A plain start is named without its version: after a deployment it is not done again."""
    old, new = builders.plain_start(), builders.plain_start(version=2, definition_key=1002)

    assert old.key != new.key
    assert start_effect_key(
        EVENT, old.tenant_id, process_id=old.process_id, element_id=old.element_id
    ) == start_effect_key(EVENT, new.tenant_id, process_id=new.process_id, element_id=new.element_id)


def test_tag_is_one_that_the_engine_takes() -> None:
    """A tag begins with a letter, has at most 100 characters, and none but those allowed."""
    tag = instance_tag(start_effect_key(EVENT, TENANT, process_id="p", element_id="e"))

    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_\-:.]{0,99}", tag)
