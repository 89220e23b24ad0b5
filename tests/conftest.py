"""What every test may ask for."""

from hypothesis import HealthCheck, settings

from tests.engines.fixtures import camunda_distribution, camunda_in_memory, dynamodb_local

__all__ = ["camunda_distribution", "camunda_in_memory", "dynamodb_local"]

# A slow or busy machine is no fault of what is tested: the same examples each time, however long they take.
settings.register_profile(
    "any machine",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")
