"""Lists all operations; a new one is added here, and nowhere else in the flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from apify_camunda.outbound.operations.get_dataset_items import GetDatasetItems
from apify_camunda.outbound.operations.get_key_value_store_record import GetKeyValueStoreRecord
from apify_camunda.outbound.operations.model import Operation
from apify_camunda.outbound.operations.run_actor import RunActor
from apify_camunda.outbound.operations.run_task import RunTask
from apify_camunda.outbound.operations.scrape_single_url import ScrapeSingleUrl

_ALL: Final[tuple[type[Operation], ...]] = (
    RunActor,
    RunTask,
    ScrapeSingleUrl,
    GetDatasetItems,
    GetKeyValueStoreRecord,
)
OPERATIONS: Final[Mapping[str, type[Operation]]] = {operation.type: operation for operation in _ALL}
"""The operations by the value of `operation.type`, in the order of the element template's menu."""
