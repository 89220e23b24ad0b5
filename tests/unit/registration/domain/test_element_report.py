"""What an operator sees of elements, and which of it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey
from apify_camunda.registration.domain.definitions import ElementStatus
from apify_camunda.registration.domain.deployed import Deployed
from apify_camunda.registration.domain.element_report import (
    FAULTY,
    INACTIVE,
    REGISTERED,
    REPORT_EVERY,
    WAITING,
    ElementReport,
    element_name,
    statuses_to_write,
)
from apify_camunda.registration.domain.retained_listeners import Unresolved

from tests import builders
from tests.fakes.clock import NOON

STATUS = ElementStatus("orders/1/E", DefinitionKey(1001), DEFAULT_TENANT, REGISTERED, None, NOON)
REPORTED = {element_name(STATUS): STATUS}
NOTHING = Deployed("cluster1", (), (), {}, (), 0, frozenset(), sees_undeployed=True)


@pytest.mark.parametrize(
    ("change", "is_written"),
    [
        pytest.param({}, False, id="the same"),
        pytest.param({"state": FAULTY}, True, id="another state"),
        pytest.param({"detail": "a note"}, True, id="another note"),
        pytest.param({"at": NOON + REPORT_EVERY}, True, id="written long ago"),
        pytest.param({"at": NOON + REPORT_EVERY - timedelta(seconds=1)}, False, id="written lately"),
    ],
)
def test_news_are_written(change: dict[str, object], *, is_written: bool) -> None:
    """A status is written when it differs from the last one, or when that is half a day old."""
    status = replace(STATUS, **change)  # type: ignore[arg-type]  # a table of fields
    assert statuses_to_write([status], REPORTED, status.at) == ((status,) if is_written else ())


def test_element_that_is_gone_is_inactive_once() -> None:
    """An element that was reported and is no longer there becomes inactive, which is written once."""
    [gone] = statuses_to_write([], REPORTED, NOON)
    assert (gone.element, gone.state) == (STATUS.element, INACTIVE)
    assert statuses_to_write([], {element_name(gone): gone}, NOON + timedelta(days=1)) == ()


@pytest.mark.parametrize(("is_faulty", "state"), [(True, FAULTY), (False, WAITING)])
def test_unresolved_element_has_its_reason_and_all_notes(*, is_faulty: bool, state: str) -> None:
    """An element that cannot be resolved says why first, then what else is to be known of it."""
    element = builders.catch()
    deployed = replace(NOTHING, notes={element.key: ("first note", "second note")})
    report = ElementReport(deployed, [], [Unresolved(element, "no such secret", is_faulty)], {}, "https://h")

    [status] = report.statuses(NOON)

    assert (status.state, status.detail) == (state, "no such secret\nfirst note\nsecond note")
