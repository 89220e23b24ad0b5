"""Decides which run at Apify an attempt started, where the answer of its start request was lost.

A run is the attempt's only where it proves it: its ad-hoc webhook calls the attempt back, or the User-Agent
that started it has the attempt's mark. Another client may start the same Actor with the same input at any
time, so a run that only looks alike leaves the start unclear.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

from apify_camunda.apify.model import START_MARK, ApifyRun, ResourceKind, StartRun, Webhook
from apify_camunda.identifiers import RunId
from apify_camunda.json_types import Json, JsonObject


@dataclass(frozen=True, slots=True)
class RunFound:
    """The attempt started this run."""

    run_id: RunId


@dataclass(frozen=True, slots=True)
class NoRunFound:
    """Apify has no run of the attempt."""


@dataclass(frozen=True, slots=True)
class RunUnclear:
    """The attempt may have started a run, but no run is certainly its own."""

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

_MARK: Final = re.compile(re.escape(START_MARK) + r"([0-9a-f]+)")

Identified: TypeAlias = RunFound | NoRunFound | RunUnclear


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that was started since the attempt began, with its input (None: it cannot be read)."""

    run: ApifyRun
    input: JsonObject | None


@dataclass(frozen=True, slots=True)
class Traces:
    """What the start requests of one attempt leave at Apify.

    Attributes:
        mark: In the User-Agent of the request, which Apify shows as `meta.userAgent` of the run.
        callback_url: Where the run's ad-hoc webhook points.
        callback_path: The end of that URL, which stays when the deployment moves to another address.
        sends_callback: The start request certainly carried that webhook.
    """

    mark: str
    callback_url: str
    callback_path: str
    sends_callback: bool


class Proof(Enum):
    """What a run itself says about the attempt that started it."""

    OURS = "ours"
    ANOTHERS = "another's"
    NONE = "none"


def webhooks_of_runs(webhooks: Collection[Webhook]) -> Mapping[RunId, Collection[str]]:
    """Return the URLs of the ad-hoc webhooks of each run."""
    found: defaultdict[RunId, list[str]] = defaultdict(list)
    for webhook in webhooks:
        run_id = webhook.condition.get("actorRunId")
        if isinstance(run_id, str):
            found[RunId(run_id)].append(webhook.request_url)
    return found


def run_named_by(webhooks: Mapping[RunId, Collection[str]], callback_url: str) -> RunId | None:
    """Return the run whose ad-hoc webhook calls `callback_url`, which names the attempt."""
    return next((run_id for run_id, urls in webhooks.items() if callback_url in urls), None)


def proof_of(run: ApifyRun, traces: Traces, webhooks: Collection[str]) -> Proof:
    """Return whether a run proves to be the attempt's, or another client's.

    Args:
        run: The run from a list or from its own endpoint.
        traces: What the attempt leaves.
        webhooks: The URLs of the run's ad-hoc webhooks, as far as the token may see them.
    """
    if traces.callback_url in webhooks:
        return Proof.OURS
    meta = run.raw.get("meta")
    facts: JsonObject = meta if isinstance(meta, dict) else {}
    mark = _MARK.search(str(facts.get("userAgent") or ""))
    if mark is not None:
        return Proof.OURS if mark[1] == traces.mark else Proof.ANOTHERS
    if facts.get("origin") in _OTHER_ORIGINS:
        return Proof.ANOTHERS
    # Apify adds all ad-hoc webhooks of a start, or none.
    is_foreign = not any(url.endswith(traces.callback_path) for url in webhooks)
    return Proof.ANOTHERS if traces.sends_callback and webhooks and is_foreign else Proof.NONE


def identify(request: StartRun, candidates: Sequence[Candidate]) -> Identified:
    """Return whether one of the candidates, none of which proves anything, may be the request's run.

    Another input excludes a run. Other options do not: Apify may have changed what was asked for (a memory
    that it rounds, a limit that it caps).
    """
    possible = [each for each in candidates if input_agrees(request, each) is not False]
    exact = [each for each in possible if not _other_options(request, each.run)]
    unread = next((each for each in exact or possible if input_agrees(request, each) is None), None)
    if unread is not None:
        return RunUnclear(
            f"the input of run {unread.run.id}, which was started since then, cannot be compared"
        )
    match exact:
        case [candidate]:
            return RunUnclear(
                f"run {candidate.run.id} with the same input was started since then, and nothing shows "
                "whether this job or another client started it"
            )
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


def is_run_of(request: StartRun, resource: str, candidate: Candidate, *, since: datetime) -> bool:
    """Say whether a run that a callback named can be the request's: its resource, start and input agree.

    Args:
        request: What the attempt asked for.
        resource: The id of the Actor or task.
        candidate: The run as Apify shows it.
        since: When the attempt began, by Apify's clock.
    """
    run = candidate.run
    started_at = run.text("startedAt")
    name = "actorTaskId" if request.kind is ResourceKind.TASK else "actId"
    return (
        run.text(name) == resource
        and started_at is not None
        and datetime.fromisoformat(started_at) >= since
        and input_agrees(request, candidate) is not False
    )


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


def input_agrees(request: StartRun, candidate: Candidate) -> bool | None:
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
