"""Decides which run at Apify an attempt started, where the answer of its start request was lost.

It must not guess: two runs that could both be ours, or one that cannot be compared, are nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from apify_camunda.apify.model import ApifyRun, StartRun, Webhook
from apify_camunda.identifiers import RunId
from apify_camunda.json_types import Json, JsonObject


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


_OTHER_ORIGINS = frozenset(
    {"ACTOR", "CI", "CLI", "DEVELOPMENT", "MCP", "SCHEDULER", "STANDBY", "TEST", "WEB", "WEBHOOK"}
)
"""How runs begin that no plain call of the API started; a name that is not known yet proves nothing.

Source: Apify's OpenAPI document, schema RunOrigin
"""

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
    """Say whether a listed run is worth a closer look: not surely begun in another way, and nobody else's."""
    meta = run.raw.get("meta")
    origin = meta.get("origin") if isinstance(meta, dict) else None
    return run.id not in others and origin not in _OTHER_ORIGINS


def identify(request: StartRun, candidates: Sequence[Candidate]) -> Identified:
    """Return which of the candidates the request started.

    Another input excludes a run. Other options do not: Apify may have changed what was asked for (a memory
    that it rounds, a limit that it caps). It would do so each time, so they exclude a run only beside one
    that has exactly what was asked for.
    """
    possible = [each for each in candidates if _input_agrees(request, each) is not False]
    exact = [each for each in possible if not _other_options(request, each.run)]
    unread = next((each for each in exact or possible if _input_agrees(request, each) is None), None)
    if unread is not None:
        return RunUnclear(
            f"the input of run {unread.run.id}, which was started since then, cannot be compared"
        )
    match exact:
        case [candidate]:
            return RunFound(candidate.run.id)
        case [_, _, *_]:
            ids = ", ".join(candidate.run.id for candidate in exact[:5])
            return RunUnclear(f"{len(exact)} runs with the same input were started since then ({ids})")
        case _ if possible:
            run = possible[0].run
            return RunUnclear(
                f"run {run.id} with the same input was started since then, though with another "
                f"{', '.join(_other_options(request, run))}, which Apify may have changed"
            )
        case _:
            return NoRunFound()


def _run_of(webhook: Webhook) -> RunId | None:
    run_id = webhook.condition.get("actorRunId")
    return RunId(run_id) if isinstance(run_id, str) else None


def _other_options(request: StartRun, run: ApifyRun) -> list[str]:
    """Return the names of the options that were asked for and that the run has otherwise."""
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
    return [name for name, value in asked.items() if not _agrees(value, given.get(name))]


def _agrees(asked: Decimal | str | None, given: Json) -> bool:
    """Say whether an option speaks for the run; what was not asked for, or is not told, never against it."""
    if asked is None or given is None:
        return True
    return str(given) == asked if isinstance(asked, str) else Decimal(str(given)) == asked


def _input_agrees(request: StartRun, candidate: Candidate) -> bool | None:
    """Say whether the run got this input; None: all that can be compared agrees, but not all can be.

    Apify adds a task's saved fields and the schema's defaults, and encrypts what the schema calls secret.
    """
    asked, given = request.input, candidate.input
    if not isinstance(asked, dict) or not asked:
        return True
    if given is None:
        return None
    hidden = {name for name in asked if str(given.get(name, "")).startswith(_ENCRYPTED)}
    if any(given.get(name) != value for name, value in asked.items() if name not in hidden):
        return False
    return None if hidden else True
