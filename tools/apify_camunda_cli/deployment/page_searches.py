"""Asks the searches of Camunda's REST API, some at once, for one page each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode

MOST_ROWS: Final = 5_000
"""Element instances, jobs and subscriptions that are read for one list of instances."""
_AT_ONCE: Final = 8


class PageSearches:
    """The searches of a cluster; every method may raise ConnectorError."""

    def __init__(self, rest: CamundaRest) -> None:
        self._rest = rest
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def rows_if_there(
        self, what: str, wanted: Mapping[str, Any], sort: str
    ) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a search, none where the cluster has no such search."""
        try:
            return await self.rows(what, wanted, sort, MOST_ROWS)
        except EngineRejected:
            return ()
        except EngineUnavailable as error:
            if error.code != ErrorCode.ENGINE_UNIMPLEMENTED:
                raise
            return ()

    async def total_if_there(self, what: str, wanted: Mapping[str, Any]) -> int:
        """Return how many rows a search finds, 0 where the cluster has no such search."""
        try:
            return await self.total(what, wanted)
        except EngineRejected:
            return 0
        except EngineUnavailable as error:
            if error.code != ErrorCode.ENGINE_UNIMPLEMENTED:
                raise
            return 0

    async def total(self, what: str, wanted: Mapping[str, Any]) -> int:
        """Return how many rows a search finds."""
        body: dict[str, Any] = {"filter": dict(wanted), "page": {"limit": 1}}
        async with self._slots:
            answer = await self._rest.ask_json("POST", f"/{what}/search", body)
        return int((answer.get("page") or {}).get("totalItems") or len(answer["items"]))

    async def rows(
        self, what: str, wanted: Mapping[str, Any], sort: str, limit: int, *, query: str = ""
    ) -> list[Any]:
        """Return the rows of the first page of a search."""
        rows: list[Any] = (await self.page(what, wanted, sort, limit, query=query))["items"]
        return rows

    async def page(
        self, what: str, wanted: Mapping[str, Any], sort: str, limit: int, *, query: str = ""
    ) -> dict[str, Any]:
        """Return the first page of a search: the greatest first, names in their order."""
        body: dict[str, Any] = {
            "filter": dict(wanted),
            "page": {"limit": limit},
            "sort": [{"field": sort, "order": "ASC" if sort == "name" else "DESC"}],
        }
        async with self._slots:
            page: dict[str, Any] = await self._rest.ask_json("POST", f"/{what}/search{query}", body)
        return page
