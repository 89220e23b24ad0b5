"""How an outcome is written down."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from apify_camunda.camunda.model import CompleteJob, FailJob, JobOutcome, ThrowBpmnError
from apify_camunda.outbound.domain.stored_outcome import from_stored, to_stored


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
