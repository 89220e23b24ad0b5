"""Camunda's own engines and connector runtime, and DynamoDB Local: for tests and for trying processes.

Nothing of theirs is kept in the project: a JDK is found, jars are fetched by their coordinates into the
user's cache. Where a part is missing, `Unavailable` says what to install.
"""

from .availability import Unavailable
from .camunda_distribution import CamundaDistribution
from .camunda_in_memory import CamundaInMemory
from .catalog import Catalog
from .commands import Operator
from .connector_runtime import ClientCredentials, ConnectorRuntime, ConnectorSettings
from .dynamodb_local import DynamoDBLocal
from .history import History
from .java_process import JavaFailed
from .jdk import Jdk, find_jdk
from .maven import Coordinates, fetch_archive, fetch_jars
from .real_engine import RealEngine
from .trace import told

__all__ = [
    "CamundaDistribution",
    "CamundaInMemory",
    "Catalog",
    "ClientCredentials",
    "ConnectorRuntime",
    "ConnectorSettings",
    "Coordinates",
    "DynamoDBLocal",
    "History",
    "JavaFailed",
    "Jdk",
    "Operator",
    "RealEngine",
    "Unavailable",
    "fetch_archive",
    "fetch_jars",
    "find_jdk",
    "told",
]
