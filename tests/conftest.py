"""What every test may ask for."""

from tests.engines.fixtures import camunda_distribution, camunda_in_memory, dynamodb_local

__all__ = ["camunda_distribution", "camunda_in_memory", "dynamodb_local"]
