"""How users, Actors, tasks and builds look on the wire."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from emulators.apify.representations.runs import pricing_json
from emulators.apify.state import Run
from emulators.apify.world import Actor, Build, RunDefaults, Task, User

_CREATED = "2024-05-06T07:08:09.123Z"
"""When everything in a world was made: before anybody looks."""
_FEATURES = (
    "ACTORS",
    "STORAGE",
    "SCHEDULER",
    "PROXY",
    "PROXY_EXTERNAL_ACCESS",
    "PROXY_RESIDENTIAL",
    "PROXY_SERPS",
    "WEBHOOKS",
    "ACTORS_PUBLIC_ALL",
    "ACTORS_PUBLIC_DEVELOPER",
)
_UNLIMITED_RUNS = 1000
_UNLIMITED_MEMORY_GBYTES = 1024


def user_json(user: User) -> dict[str, Any]:
    """Return what a user sees of themselves."""
    feature = {
        "isEnabled": True,
        "disabledReason": None,
        "disabledReasonType": None,
        "isTrial": False,
        "trialExpirationAt": None,
    }
    return {
        "id": user.id,
        "username": user.username,
        "profile": {"name": user.username, "bio": None},
        "email": f"{user.username}@example.com",
        "proxy": {"password": "none", "groups": []},
        "plan": {
            "id": "EMULATED",
            "description": "Emulated",
            "isEnabled": True,
            "availableProxyGroups": {},
            "maxActorMemoryGbytes": _memory_gbytes(user),
            "maxConcurrentActorRuns": user.limits.concurrent_runs or _UNLIMITED_RUNS,
        },
        "effectivePlatformFeatures": dict.fromkeys(_FEATURES, feature),
        "createdAt": _CREATED,
        "isPaying": True,
    }


def actor_json(actor: Actor, owner_id: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the Actor object; `runs` are the caller's."""
    representation: dict[str, Any] = {
        "id": actor.id,
        "userId": owner_id,
        "name": actor.name,
        "username": actor.owner,
        "title": actor.title,
        "description": None,
        "isPublic": actor.public,
        "createdAt": _CREATED,
        "modifiedAt": _CREATED,
        "stats": {"totalBuilds": len(actor.builds), "totalRuns": len(runs)},
        "versions": [_version(build) for build in actor.builds],
        "defaultRunOptions": _options(actor.default_run),
        "isDeprecated": False,
        "taggedBuilds": {
            tag: {"buildId": build.id, "buildNumber": build.number, "finishedAt": _CREATED}
            for build in actor.builds
            for tag in build.tags
        },
    }
    if actor.pricing:
        representation["pricingInfos"] = [pricing_json(actor.pricing)]
    return representation


def actor_short_json(actor: Actor) -> dict[str, Any]:
    """Return the Actor as lists show it."""
    return {
        "id": actor.id,
        "createdAt": _CREATED,
        "modifiedAt": _CREATED,
        "name": actor.name,
        "username": actor.owner,
        "title": actor.title,
    }


def task_json(task: Task, owner_id: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the Task object."""
    return {
        **task_short_json(task, owner_id, runs),
        "title": task.title,
        "options": {
            **_options(task.options),
            "maxItems": task.options.max_items,
            "maxTotalChargeUsd": task.options.max_total_charge_usd,
        },
        "input": dict(task.input),
    }


def task_short_json(task: Task, owner_id: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Return the task as lists show it."""
    return {
        "id": task.id,
        "userId": owner_id,
        "actId": task.actor_id,
        "name": task.name,
        "username": task.owner,
        "createdAt": _CREATED,
        "modifiedAt": _CREATED,
        "stats": {"totalRuns": len(runs)},
    }


def build_json(actor: Actor, build: Build, owner_id: str) -> dict[str, Any]:
    """Return the Build object."""
    definition: dict[str, Any] = {
        "actorSpecification": 1,
        "name": actor.name,
        "version": _version_number(build),
    }
    if build.input_schema is not None:
        definition["input"] = dict(build.input_schema)
    return {
        **build_short_json(actor, build, owner_id),
        "stats": {"durationMillis": 1000, "runTimeSecs": 1.0, "computeUnits": 0.001},
        "options": {"useCache": True, "betaPackages": False, "memoryMbytes": 4096, "diskMbytes": 8192},
        "inputSchema": None if build.input_schema is None else json.dumps(build.input_schema),
        "readme": None,
        "actorDefinition": definition,
    }


def build_short_json(actor: Actor, build: Build, owner_id: str) -> dict[str, Any]:
    """Return the build as lists show it."""
    return {
        "id": build.id,
        "actId": actor.id,
        "userId": owner_id,
        "startedAt": _CREATED,
        "finishedAt": _CREATED,
        "status": "SUCCEEDED",
        "meta": {"origin": "WEB"},
        "usageTotalUsd": 0.01,
        "buildNumber": build.number,
    }


def limits_json(user: User, active: Sequence[Run]) -> dict[str, Any]:
    """Return the user's limits and how much of them is in use."""
    return {
        "monthlyUsageCycle": {"startAt": "2026-01-01T00:00:00.000Z", "endAt": "2026-01-31T23:59:59.999Z"},
        "limits": {
            "maxMonthlyUsageUsd": 1000,
            "maxMonthlyActorComputeUnits": 10000,
            "maxMonthlyExternalDataTransferGbytes": 1000,
            "maxMonthlyProxySerps": 100000,
            "maxMonthlyResidentialProxyGbytes": 100,
            "maxActorMemoryGbytes": _memory_gbytes(user),
            "maxActorCount": 500,
            "maxActorTaskCount": 5000,
            "maxConcurrentActorJobs": user.limits.concurrent_runs or _UNLIMITED_RUNS,
            "maxTeamAccountSeatCount": 10,
            "dataRetentionDays": 31,
        },
        "current": {
            "monthlyUsageUsd": 0,
            "monthlyActorComputeUnits": 0,
            "monthlyExternalDataTransferGbytes": 0,
            "monthlyProxySerps": 0,
            "monthlyResidentialProxyGbytes": 0,
            "actorMemoryGbytes": sum(run.options.memory_mbytes for run in active) / 1024,
            "actorCount": 0,
            "actorTaskCount": 0,
            "activeActorJobCount": len(active),
            "teamAccountSeatCount": 1,
        },
    }


def _memory_gbytes(user: User) -> float:
    return user.limits.memory_mbytes / 1024 if user.limits.memory_mbytes else _UNLIMITED_MEMORY_GBYTES


def _version_number(build: Build) -> str:
    return ".".join(build.number.split(".")[:2])


def _version(build: Build) -> dict[str, Any]:
    version: dict[str, Any] = {"versionNumber": _version_number(build), "sourceType": "SOURCE_FILES"}
    if build.tags:
        version["buildTag"] = build.tags[0]
    return version


def _options(options: RunDefaults) -> dict[str, Any]:
    return {
        "build": options.build,
        "timeoutSecs": options.timeout_secs,
        "memoryMbytes": options.memory_mbytes,
    }
