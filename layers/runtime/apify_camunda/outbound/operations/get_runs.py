"""Reads runs: one by its id, the last one of an Actor or task, or a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from apify_camunda.apify.model import LARGE_BYTES, ApiCall
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ErrorCode
from apify_camunda.json_types import Json
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.api_answers import object_of, run_of
from apify_camunda.outbound.operations.lenient import LenientChoice, LenientInt, LenientNames, LenientText
from apify_camunda.outbound.operations.model import (
    ReadOperation,
    Violation,
    missing,
    negative,
    resource_id,
    text_or_none,
)

_STATUSES: Final = (
    "READY",
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "TIMING-OUT",
    "TIMED-OUT",
    "ABORTING",
    "ABORTED",
)
_DEFAULT_LIMIT: Final = 100


class _RunsOfResource(ReadOperation):
    """Names the runs of an Actor or of a task, of some statuses.

    Attributes:
        actor_id: Id, or `username/name`; give this or `task_id`.
        task_id: Id, or `username/name`.
        status: Only runs with one of these statuses; none: with any.
    """

    actor_id: LenientText = None
    task_id: LenientText = None
    status: LenientNames = ()

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        if text_or_none(self.actor_id) and text_or_none(self.task_id):
            yield "taskId", "must be empty where actorId is given"
        for status in self._statuses:
            if status not in _STATUSES:
                yield "status", f"must be one of: {', '.join(_STATUSES)}"

    @property
    def _statuses(self) -> tuple[str, ...]:
        return tuple(status.upper().replace("_", "-") for status in self.status)

    @property
    def _path(self) -> tuple[str, ...]:
        """Return the path of the resource's runs, or of all runs of the account."""
        if actor := text_or_none(self.actor_id):
            return ("actors", resource_id(actor), "runs")
        if task := text_or_none(self.task_id):
            return ("actor-tasks", resource_id(task), "runs")
        return ("actor-runs",)

    @property
    def _missing(self) -> ErrorCode:
        return ErrorCode.TASK_NOT_FOUND if text_or_none(self.task_id) else ErrorCode.ACTOR_NOT_FOUND


class GetRun(ReadOperation):
    """Get a run."""

    type: ClassVar = "getRun"
    run_id: LenientText = None

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(runId=self.run_id)

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the run as `{data}`."""
        call = ApiCall(
            "GET",
            ("actor-runs", resource_id(self.run_id)),
            ErrorCode.RUN_NOT_FOUND,
            is_repeatable=True,
            most_bytes=most_bytes,
        )
        return OperationResult({"data": run_of(await apify.call(call)).raw})


class GetLastRun(_RunsOfResource):
    """Get the last run of an Actor or task."""

    type: ClassVar = "getLastRun"

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        if not text_or_none(self.actor_id) and not text_or_none(self.task_id):
            yield from missing(actorId=self.actor_id)
        yield from super().violations()

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the run that started last as `{data}`; `data` is null where there is none."""
        params = {"desc": "1", "limit": "1"} | self._status_param()
        call = ApiCall(
            "GET", self._path, self._missing, is_repeatable=True, params=params, most_bytes=most_bytes
        )
        items = object_of(await apify.call(call)).get("items")
        if not isinstance(items, list) or not items or not isinstance(items[0], dict):
            return OperationResult({"data": None})
        # A list shows less of a run than the run itself.
        whole = ApiCall(
            "GET",
            ("actor-runs", str(items[0].get("id"))),
            ErrorCode.RUN_NOT_FOUND,
            is_repeatable=True,
            most_bytes=most_bytes,
        )
        return OperationResult({"data": run_of(await apify.call(whole)).raw})

    def _status_param(self) -> dict[str, str]:
        return {"status": ",".join(self._statuses)} if self._statuses else {}


class ListRuns(_RunsOfResource):
    """List runs of an Actor, of a task, or of the account.

    Attributes:
        offset: How many runs are left out at the beginning.
        limit: At most so many runs, 1,000 at most; None: 100.
        desc: The run that started last comes first; absent means yes.
    """

    type: ClassVar = "listRuns"
    offset: LenientInt = None
    limit: LenientInt = None
    desc: LenientChoice = None

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from super().violations()
        yield from negative(offset=self.offset, limit=self.limit)

    async def read(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Return the runs as `{items, total}`."""
        limit = _DEFAULT_LIMIT if self.limit is None else self.limit
        params = {
            "desc": "0" if self.desc is False else "1",
            "offset": str(self.offset or 0),
            "limit": str(limit),
        }
        if self._statuses:
            params["status"] = ",".join(self._statuses)
        call = ApiCall(
            "GET", self._path, self._missing, is_repeatable=True, params=params, most_bytes=most_bytes
        )
        page = object_of(await apify.call(call))
        items: Json = page.get("items") or []
        return OperationResult({"items": items, "total": page.get("total")}, aliases={"data": items})
