"""How a task is started."""

from __future__ import annotations

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.json_types import Json

from tests import builders_outbound as a
from tests.unit.outbound.operations.reading import run_operation


@pytest.mark.parametrize(
    ("given", "sent"), [({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), (None, None), ("", None), ({}, {})]
)
def test_override_may_be_absent(given: Json, sent: Json) -> None:
    """Without an override a task is started without a body, so that its saved input counts."""
    assert run_operation(a.run_task(inputJson=given)).start_request().input == sent


@pytest.mark.parametrize("given", ["{a: 1}", '{"a": Infinity}', "[" * 100_000, "[1]", [1], 5])
def test_override_that_is_not_an_object_is_refused(given: Json) -> None:
    """An override that Apify would refuse is refused before a run is asked for."""
    with pytest.raises(InvalidInput, match=r"'Input override'.*No run was started"):
        run_operation(a.run_task(inputJson=given)).start_request()


def test_waits_where_the_model_says_so() -> None:
    """A blank choice means that the process does not wait."""
    assert not run_operation(a.run_task(waitForFinish="")).waits
