"""How a run looks on the wire: whole, and in lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from emulators.apify.identity import apify_time, optional_time
from emulators.apify.state import Run
from emulators.apify.world import Pricing

_USD_PER_COMPUTE_UNIT = 0.25
_PRICED_SINCE = "2024-01-01T00:00:00.000Z"


def run_json(run: Run, now: datetime, *, with_usage: bool = True) -> dict[str, Any]:
    """Return the Run object; without a token Apify leaves out what the run cost."""
    representation: dict[str, Any] = {
        "id": run.id,
        "actId": run.actor.id,
        "userId": run.user.id,
        "actorTaskId": run.task.id if run.task else None,
        "startedAt": apify_time(run.started_at),
        "finishedAt": optional_time(run.finished_at),
        "status": run.status,
        "statusMessage": run.status_message,
        "isStatusMessageTerminal": run.is_terminal if run.status_message else None,
        "meta": _meta(run),
        "stats": _stats(run, now),
        "options": _options(run),
        "buildId": run.build.id,
        "buildNumber": run.build.number,
        "exitCode": run.exit_code,
        "generalAccess": "FOLLOW_USER_SETTING",
        "defaultKeyValueStoreId": run.store.id,
        "defaultDatasetId": run.dataset.id,
        "defaultRequestQueueId": run.request_queue_id,
        "storageIds": {
            "datasets": {"default": run.dataset.id},
            "keyValueStores": {"default": run.store.id},
            "requestQueues": {"default": run.request_queue_id},
        },
        "containerUrl": f"https://{run.id.lower()}.runs.apify.net",
        "isContainerServerReady": False,
        "platformUsageBillingModel": "USER",
    }
    if run.actor.pricing:
        representation["pricingInfo"] = pricing_json(run.actor.pricing)
        representation["chargedEventCounts"] = {"dataset-item": run.charged_items}
    if with_usage:
        units = compute_units(run, now)
        representation["usage"] = {"ACTOR_COMPUTE_UNITS": units, "DATASET_WRITES": len(run.dataset.items)}
        representation["usageTotalUsd"] = usage_usd(run, now)
        representation["usageUsd"] = {"ACTOR_COMPUTE_UNITS": round(units * _USD_PER_COMPUTE_UNIT, 6)}
    return representation


def run_short_json(run: Run, now: datetime) -> dict[str, Any]:
    """Return the run as lists show it."""
    short = {
        "id": run.id,
        "actId": run.actor.id,
        "userId": run.user.id,
        "status": run.status,
        "startedAt": apify_time(run.started_at),
        "finishedAt": optional_time(run.finished_at),
        "buildId": run.build.id,
        "buildNumber": run.build.number,
        "meta": {"origin": run.origin.kind},
        "usageTotalUsd": usage_usd(run, now),
        "defaultKeyValueStoreId": run.store.id,
        "defaultDatasetId": run.dataset.id,
        "defaultRequestQueueId": run.request_queue_id,
    }
    if run.task:
        short["actorTaskId"] = run.task.id
    return short


def pricing_json(pricing: Pricing) -> dict[str, Any]:
    """Return the Actor's price as Apify describes it."""
    common = {"apifyMarginPercentage": 0.2, "createdAt": _PRICED_SINCE, "startedAt": _PRICED_SINCE}
    if pricing.model == "PRICE_PER_DATASET_ITEM":
        return {
            **common,
            "pricingModel": pricing.model,
            "unitName": "item",
            "pricePerUnitUsd": pricing.usd_per_item,
        }
    event = {
        "eventTitle": "Dataset item",
        "eventDescription": "Each item in the dataset",
        "eventPriceUsd": pricing.usd_per_item,
    }
    return {
        **common,
        "pricingModel": pricing.model,
        "pricingPerEvent": {"actorChargeEvents": {"dataset-item": event}},
        "minimalMaxTotalChargeUsd": pricing.minimal_max_total_charge_usd,
    }


def run_seconds(run: Run, now: datetime) -> float:
    """Return how long the run has been running, resurrections included."""
    return run.seconds_before + ((run.finished_at or now) - run.stretch_started_at).total_seconds()


def compute_units(run: Run, now: datetime) -> float:
    """Return the gigabyte hours of the run."""
    return round(run.options.memory_mbytes / 1024 * run_seconds(run, now) / 3600, 6)


def usage_usd(run: Run, now: datetime) -> float:
    """Return what the run has cost."""
    price_of_items = run.charged_items * (run.actor.pricing.usd_per_item if run.actor.pricing else 0)
    return round(compute_units(run, now) * _USD_PER_COMPUTE_UNIT + price_of_items, 6)


def _meta(run: Run) -> dict[str, Any]:
    meta: dict[str, Any] = {"origin": run.origin.kind}
    if run.origin.client_ip:
        meta["clientIp"] = run.origin.client_ip
    if run.origin.user_agent:
        meta["userAgent"] = run.origin.user_agent
    return meta


def _stats(run: Run, now: datetime) -> dict[str, Any]:
    seconds = run_seconds(run, now)
    bytes_of_memory = run.options.memory_mbytes * 1024 * 1024
    return {
        "inputBodyLen": run.input_length,
        "migrationCount": 0,
        "rebootCount": 0,
        "restartCount": 0,
        "resurrectCount": run.resurrections,
        "memAvgBytes": bytes_of_memory * 0.4,
        "memMaxBytes": bytes_of_memory // 2,
        "memCurrentBytes": 0 if run.is_terminal else bytes_of_memory // 4,
        "cpuAvgUsage": 12.5,
        "cpuMaxUsage": 80.0,
        "cpuCurrentUsage": 0,
        "netRxBytes": 2652,
        "netTxBytes": 1338,
        "durationMillis": round(seconds * 1000),
        "runTimeSecs": round(seconds, 3),
        "metamorph": 0,
        "computeUnits": compute_units(run, now),
    }


def _options(run: Run) -> dict[str, Any]:
    options: dict[str, Any] = {
        "build": run.options.build,
        "timeoutSecs": run.options.timeout_secs,
        "memoryMbytes": run.options.memory_mbytes,
        "diskMbytes": run.options.memory_mbytes * 2,
    }
    if run.options.max_items is not None:
        options["maxItems"] = run.options.max_items
    if run.options.max_total_charge_usd is not None:
        options["maxTotalChargeUsd"] = run.options.max_total_charge_usd
    return options
