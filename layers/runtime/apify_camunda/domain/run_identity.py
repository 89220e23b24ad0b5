"""Decides which run at Apify an attempt started, where the answer of its start request was lost.

It must not guess: two runs that could both be ours, or one that cannot be compared, are nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from apify_camunda.contracts.apify import ApifyRun, StartRun, Webhook
from apify_camunda.contracts.json_types import Json, JsonObject, RunId


@dataclass(frozen=True, slots=True)
class RunFound:
    """The attempt started this run."""

    run_id: RunId


@dataclass(frozen=True, slots=True)
class NoRunFound:
    """The attempt started no run that Apify knows."""


@dataclass(frozen=True, slots=True)
class RunUnclear:
    """There may be a run, but it cannot be told for sure."""

    reason: str


_ENCRYPTED = "ENCRYPTED_"
"""Begins what Apify stores of an input field that the Actor's schema marks as secret.

Source: https://docs.apify.com/platform/actors/development/actor-definition/input-schema/secret-input
"""

Identified: TypeAlias = RunFound | NoRunFound | RunUnclear


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that was started since the attempt began, with its input (None: not to be had)."""

    run: ApifyRun
    input: JsonObject | None


def run_named_by(webhooks: Collection[Webhook], callback_url: str) -> RunId | None:
    """Return the run whose ad-hoc webhook calls `callback_url`, which names the attempt."""
    for webhook in webhooks:
        run_id = _run_of(webhook)
        if run_id is not None and webhook.request_url == callback_url:
            return run_id
    return None


def runs_of_others(webhooks: Collection[Webhook], callback_base: str) -> frozenset[RunId]:
    """Return the runs whose ad-hoc webhooks name attempts, by the base URL of all callbacks."""
    named = (_run_of(webhook) for webhook in webhooks if webhook.request_url.startswith(callback_base))
    return frozenset(run_id for run_id in named if run_id is not None)


def may_be_ours(run: ApifyRun, others: Collection[RunId]) -> bool:
    """Say whether a listed run is worth a closer look: started through the API, and nobody else's."""
    meta = run.raw.get("meta")
    origin = meta.get("origin") if isinstance(meta, dict) else None
    return run.id not in others and origin in (None, "API")


def identify(request: StartRun, candidates: Sequence[Candidate]) -> Identified:
    """Return which of the candidates the request started."""
    alike = [candidate for candidate in candidates if _options_match(request, candidate.run)]
    if any(candidate.input is None for candidate in alike) and request.input:
        return RunUnclear("the input of a run that was started since then cannot be read")
    compared = [(candidate, _input_agrees(request.input, candidate.input or {})) for candidate in alike]
    if any(agrees is None for _, agrees in compared):
        return RunUnclear("a run was started since then whose input Apify keeps encrypted")
    matching = [candidate for candidate, agrees in compared if agrees]
    match matching:
        case []:
            return NoRunFound()
        case [candidate]:
            return RunFound(candidate.run.id)
        case _:
            ids = ", ".join(candidate.run.id for candidate in matching[:5])
            return RunUnclear(f"{len(matching)} runs with the same input were started since then ({ids})")


def _run_of(webhook: Webhook) -> RunId | None:
    run_id = webhook.condition.get("actorRunId")
    return RunId(run_id) if isinstance(run_id, str) else None


def _options_match(request: StartRun, run: ApifyRun) -> bool:
    options = run.raw.get("options")
    given: JsonObject = options if isinstance(options, dict) else {}
    charge = request.max_total_charge_usd
    asked: dict[str, Decimal | str | None] = {
        "build": request.build,
        "timeoutSecs": None if request.timeout is None else Decimal(int(request.timeout.total_seconds())),
        "memoryMbytes": None if request.memory_mbytes is None else Decimal(request.memory_mbytes),
        "maxItems": None if request.max_items is None else Decimal(request.max_items),
        "maxTotalChargeUsd": None if charge is None else Decimal(charge),
    }
    return all(_agrees(value, given.get(name)) for name, value in asked.items())


def _agrees(asked: Decimal | str | None, given: Json) -> bool:
    """Say whether an option speaks for the run; what was not asked for, or is not told, never against it."""
    if asked is None or given is None:
        return True
    return str(given) == asked if isinstance(asked, str) else Decimal(str(given)) == asked


def _input_agrees(asked: Json, given: JsonObject) -> bool | None:
    """Say whether the run got this input; None: all that can be compared agrees, but not all can be.

    Apify adds a task's saved fields and the schema's defaults, and encrypts what the schema calls secret.
    """
    if not isinstance(asked, dict):
        return True
    hidden = {name for name in asked if str(given.get(name, "")).startswith(_ENCRYPTED)}
    if not all(name in given and given[name] == value for name, value in asked.items() if name not in hidden):
        return False
    return None if hidden else True
