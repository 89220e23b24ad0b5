"""Which messages of a batch stay in the queue."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from local_aws.declarations import QueueMappingSpec
from local_aws.invocations import InvocationResult, Returned, Throttled, failure
from local_aws.queues import failed_messages

REPORTING = QueueMappingSpec("arn:q", "f", reports_item_failures=True)
IDS = ["a", "b", "c"]


def returned(value: Any) -> Returned:
    return Returned(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("result", "left"),
    [
        (returned(None), ""),
        (returned({}), ""),
        (returned({"batchItemFailures": []}), ""),
        (returned({"batchItemFailures": None}), ""),
        (returned({"batchItemFailures": [{"itemIdentifier": "b"}]}), "b"),
        (returned({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "a"}]}), "ab"),
        (returned({"batchItemFailures": [{"itemIdentifier": ""}]}), "abc"),
        (returned({"batchItemFailures": [{"itemIdentifier": "x"}]}), "abc"),
        (returned({"batchItemFailures": [{}]}), "abc"),
        (returned({"batchItemFailures": [1]}), "abc"),
        (returned("text"), "abc"),
        (failure("ValueError", "no"), "abc"),
        (Throttled(), "abc"),
    ],
)
def test_report_decides_what_stays(result: InvocationResult, left: str) -> None:
    """The messages that the report names stay; all stay where it is wrong or the function failed."""
    assert failed_messages(result, IDS, REPORTING) == frozenset(left)


def test_without_reports_success_is_for_the_whole_batch() -> None:
    """A mapping that takes no reports deletes the batch of a function that returned, whatever it returned."""
    plain = replace(REPORTING, reports_item_failures=False)
    report = returned({"batchItemFailures": [{"itemIdentifier": "b"}]})
    assert failed_messages(report, IDS, plain) == frozenset()
    assert failed_messages(failure("ValueError", "no"), IDS, plain) == frozenset(IDS)
