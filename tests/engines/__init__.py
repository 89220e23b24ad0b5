"""Camunda's own parts, found and fetched for tests: a JDK, and jars by their coordinates.

Nothing of it is kept in the repository: jars lie in the user's cache. Where a part is not to be had,
`Unavailable` says why; a test skips with that reason, and on CI fails with it.
"""

from tests.engines.availability import Unavailable, available_or_skip
from tests.engines.jdk import Jdk, find_jdk
from tests.engines.maven import Coordinates, fetch_jars

__all__ = ["Coordinates", "Jdk", "Unavailable", "available_or_skip", "fetch_jars", "find_jdk"]
