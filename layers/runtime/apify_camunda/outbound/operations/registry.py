"""Lists all operations; a new one is added here, and nowhere else in the flows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from apify_camunda.outbound.operations.call_api import CallApi
from apify_camunda.outbound.operations.change_record import DeleteKeyValueStoreRecord, SetKeyValueStoreRecord
from apify_camunda.outbound.operations.change_run import AbortRun, ResurrectRun
from apify_camunda.outbound.operations.get_dataset_items import GetDatasetItems
from apify_camunda.outbound.operations.get_key_value_store_record import GetKeyValueStoreRecord
from apify_camunda.outbound.operations.get_runs import GetLastRun, GetRun, ListRuns
from apify_camunda.outbound.operations.model import Operation
from apify_camunda.outbound.operations.push_dataset_items import PushDatasetItems
from apify_camunda.outbound.operations.run_actor import RunActor
from apify_camunda.outbound.operations.run_and_get_items import RunActorAndGetItems, RunTaskAndGetItems
from apify_camunda.outbound.operations.run_task import RunTask
from apify_camunda.outbound.operations.scrape_single_url import ScrapeSingleUrl
from apify_camunda.outbound.operations.wait_for_run import WaitForRun

_ALL: Final[tuple[type[Operation], ...]] = (
    RunActor,
    RunTask,
    ScrapeSingleUrl,
    GetDatasetItems,
    GetKeyValueStoreRecord,
    RunActorAndGetItems,
    RunTaskAndGetItems,
    GetRun,
    GetLastRun,
    ListRuns,
    WaitForRun,
    AbortRun,
    ResurrectRun,
    SetKeyValueStoreRecord,
    DeleteKeyValueStoreRecord,
    PushDatasetItems,
    CallApi,
)
OPERATIONS: Final[Mapping[str, type[Operation]]] = {operation.type: operation for operation in _ALL}
"""The operations by the value of `operation.type`, in the order of the element template's menu."""
