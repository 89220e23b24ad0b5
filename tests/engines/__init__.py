"""Camunda's own parts for tests: where one is not to be had a test skips with the reason, and on CI fails."""

from real_engines import Coordinates, Jdk, Unavailable, fetch_jars, find_jdk

from tests.engines.availability import available_or_skip

__all__ = ["Coordinates", "Jdk", "Unavailable", "available_or_skip", "fetch_jars", "find_jdk"]
