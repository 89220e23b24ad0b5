"""Valid things of the outbound half; a test changes only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from apify_camunda.apify.model import ResourceKind, StartRun
from apify_camunda.camunda.model import ActivatedJob
from apify_camunda.identifiers import DEFAULT_TENANT, DefinitionKey, JobKey
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.attempt import Attempt
from apify_camunda.outbound.domain.next_step import Begin, fingerprint, new_attempt

from tests.fakes.clock import NOON

JOB_TYPE = "io.camunda:apify-outbound:1"
JOB = JobKey(2251799813685260)
CLUSTER = "cluster-1"
LEASE = timedelta(minutes=20)
PUBLIC_URL = "https://hooks.example"


def variables(operation: str = "runActor", section: str = "runActorInput", **inputs: Any) -> JsonObject:
    """Return the variables that the element template binds."""
    return {
        "authentication": {"token": "token-of-acme"},
        "operation": {"type": operation},
        "apifyRequestInput": {section: inputs},
    }


def run_actor(**inputs: Any) -> JsonObject:
    given: JsonObject = {"actorId": "acme/crawler", "inputJson": {"url": "https://acme.example"}}
    return variables("runActor", "runActorInput", **({**given, "waitForFinish": "true"} | inputs))


def run_task(**inputs: Any) -> JsonObject:
    return variables(
        "runTask", "runTaskInput", **({"taskId": "acme/crawl-acme", "waitForFinish": "true"} | inputs)
    )


def scrape(**inputs: Any) -> JsonObject:
    given: JsonObject = {"url": "https://acme.example/page", "crawlerType": "cheerio"}
    return variables("scrapeSingleUrl", "scrapeSingleUrlInput", **(given | inputs))


def get_items(**inputs: Any) -> JsonObject:
    return variables("getDatasetItems", "getDatasetItemsInput", **({"datasetId": "acme/products"} | inputs))


def get_record(**inputs: Any) -> JsonObject:
    given: JsonObject = {"storeId": "acme/settings", "recordKey": "greeting"}
    return variables("getKeyValueStoreRecord", "getKeyValueStoreRecordInput", **(given | inputs))


def job(
    inputs: JsonObject | None = None, *, headers: dict[str, str] | None = None, **changes: Any
) -> ActivatedJob:
    """Return a job that runs acme/crawler and waits for it."""
    values: dict[str, Any] = {
        "key": JOB,
        "type": JOB_TYPE,
        "process_instance_key": 2251799813685249,
        "process_id": "crawl",
        "process_version": 1,
        "definition_key": DefinitionKey(2251799813685248),
        "element_id": "run-crawler",
        "element_instance_key": 2251799813685255,
        "retries": 3,
        "deadline_ms": 0,
        "tenant_id": DEFAULT_TENANT,
        "headers": {"resultVariable": "result", "retryBackoff": "PT0S"} if headers is None else headers,
        "variables": run_actor() if inputs is None else inputs,
    }
    return ActivatedJob(**(values | changes))


def start_request(**changes: Any) -> StartRun:
    """Return the request that `job()` makes."""
    values: dict[str, Any] = {
        "kind": ResourceKind.ACTOR,
        "resource_id": "acme~crawler",
        "input": {"url": "https://acme.example"},
    }
    return StartRun(**(values | changes))


def attempt(**changes: Any) -> Attempt:
    """Return the row of an attempt that has just begun."""
    row = new_attempt(
        job(),
        Begin(1, retries=3),
        cluster=CLUSTER,
        fingerprint=fingerprint(start_request()),
        now=NOON,
        lease_until=NOON + LEASE,
        sends_callback=True,
    )
    return replace(row, **changes)


def moment(text: str) -> datetime:
    """Return the time that Apify's text says."""
    return datetime.fromisoformat(text)
