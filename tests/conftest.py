"""What every test may ask for, and how tests are spread over processes."""

from tests.engines.fixtures import camunda_distribution, camunda_in_memory, dynamodb_local
from tests.engines.xdist_groups import pytest_collection_modifyitems

__all__ = [
    "camunda_distribution",
    "camunda_in_memory",
    "dynamodb_local",
    "pytest_collection_modifyitems",
]
