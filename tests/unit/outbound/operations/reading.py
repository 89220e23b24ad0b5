"""Reads an operation that starts a run from a job's variables."""

from __future__ import annotations

from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.operations.model import StartOperation
from apify_camunda.outbound.operations.request import read_request


def run_operation(variables: JsonObject) -> StartOperation:
    """Return the operation, which must start a run."""
    operation = read_request(variables).operation
    assert isinstance(operation, StartOperation)
    return operation
