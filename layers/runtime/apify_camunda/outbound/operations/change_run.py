"""Aborts a run, or resurrects one that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from apify_camunda.apify.model import LARGE_BYTES, ApiCall
from apify_camunda.apify.port import Apify
from apify_camunda.errors import ErrorCode
from apify_camunda.outbound.domain.job_outcome import OperationResult
from apify_camunda.outbound.operations.api_answers import run_of
from apify_camunda.outbound.operations.lenient import LenientChoice, LenientFlag, LenientInt, LenientText
from apify_camunda.outbound.operations.model import (
    ActOperation,
    Violation,
    missing,
    negative,
    resource_id,
    text_or_none,
)


class AbortRun(ActOperation):
    """Abort a run.

    Attributes:
        gracefully: The run gets 30 seconds to end before it is aborted.
    """

    type: ClassVar = "abortRun"
    run_id: LenientText = None
    gracefully: LenientFlag = False

    @property
    def is_repeatable(self) -> bool:
        """Say whether doing it twice does no harm: a run that has ended stays as it is."""
        return True

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(runId=self.run_id)

    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Abort the run, and return it as `{data}`."""
        call = ApiCall(
            "POST",
            ("actor-runs", resource_id(self.run_id), "abort"),
            ErrorCode.RUN_NOT_FOUND,
            is_repeatable=True,
            most_bytes=most_bytes,
            params={"gracefully": "true"} if self.gracefully else {},
        )
        return OperationResult({"data": run_of(await apify.call(call)).raw})


class ResurrectRun(ActOperation):
    """Resurrect a run that has ended; it goes on where it stopped, with the same id.

    Attributes:
        timeout: The run's time limit in seconds from now on; None: as before.
        memory: In megabytes; None: as before.
        build_tag: A tag or a number of a build; None: as before.
    """

    type: ClassVar = "resurrectRun"
    run_id: LenientText = None
    timeout: LenientInt = None
    memory: LenientInt = None
    build_tag: LenientText = None
    max_items: LenientInt = None
    max_total_charge_usd: LenientText = None
    restart_on_error: LenientChoice = None

    @property
    def is_repeatable(self) -> bool:
        """Say whether doing it twice does no harm: a run that ended again would go on, and cost, again."""
        return False

    def violations(self) -> Iterator[Violation]:
        """Return what is wrong with the inputs."""
        yield from missing(runId=self.run_id)
        yield from negative(timeout=self.timeout, memory=self.memory, maxItems=self.max_items)

    async def act(self, apify: Apify, *, most_bytes: int = LARGE_BYTES) -> OperationResult:
        """Resurrect the run, and return it as `{data}`."""
        params: dict[str, object] = {
            "timeout": self.timeout,
            "memory": self.memory,
            "build": text_or_none(self.build_tag),
            "maxItems": self.max_items,
            "maxTotalChargeUsd": text_or_none(self.max_total_charge_usd),
            "restartOnError": None if self.restart_on_error is None else int(self.restart_on_error),
        }
        call = ApiCall(
            "POST",
            ("actor-runs", resource_id(self.run_id), "resurrect"),
            ErrorCode.RUN_NOT_FOUND,
            is_repeatable=False,
            most_bytes=most_bytes,
            params={name: str(value) for name, value in params.items() if value is not None},
        )
        return OperationResult({"data": run_of(await apify.call(call)).raw})
