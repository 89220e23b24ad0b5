"""Asks the REST search of a Camunda cluster about process instances, for an operator's eyes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apify_camunda.camunda.rest import CamundaRest
from apify_camunda.errors import EngineRejected, EngineUnavailable, ErrorCode

from apify_camunda_cli.errors import NotDone

_MOST: Final = 200
"""Elements, incidents and variables of one instance that are shown."""
_NO_SEARCH: Final = (
    "The Camunda cluster cannot be searched, so its instances cannot be shown. It needs secondary storage "
    "(Elasticsearch, OpenSearch or a database) and Camunda 8.8 or newer. Until then: `tail` shows the steps, "
    "`runs list` the jobs that wait."
)
_NO_PERMISSION: Final = (
    "Camunda refuses the search: {reason} Grant the client of the deployment the permission "
    "READ_PROCESS_INSTANCE on process definitions."
)


@dataclass(frozen=True, slots=True)
class FoundInstance:
    """What the search shows of one instance: its row, its active elements and incidents, its variables."""

    instance: Mapping[str, Any]
    elements: Sequence[Mapping[str, Any]]
    incidents: Sequence[Mapping[str, Any]]
    variables: Sequence[Mapping[str, Any]]


class CamundaSearch:
    """Questions about instances.

    All raise NotDone where the cluster has no search or refuses it, and EngineUnavailable where it did not
    answer.
    """

    def __init__(self, rest: CamundaRest) -> None:
        self._rest = rest

    async def instances(self, wanted: Mapping[str, Any], limit: int) -> Sequence[Mapping[str, Any]]:
        """Return the newest instances; entries of `wanted` that are None do not matter."""
        filters = {name: value for name, value in wanted.items() if value is not None}
        return await self._search("/process-instances", filters, limit, newest_first="startDate")

    async def instance(self, key: int, *, listed: str) -> FoundInstance:
        """Return one instance.

        Args:
            key: Its key.
            listed: The command that lists instances, for the message where there is no such instance.

        Raises:
            NotDone: The search does not show it.
        """
        of_it = {"processInstanceKey": str(key)}
        rows = await self._search("/process-instances", of_it, 1)
        if not rows:
            raise NotDone(
                f"The search shows no instance {key}. A new one is shown after some seconds; an old one may "
                f"have been cleaned up. `{listed}` shows the newest."
            )
        active = {**of_it, "state": "ACTIVE"}
        return FoundInstance(
            rows[0],
            await self._search("/element-instances", active, _MOST),
            await self._search("/incidents", active, _MOST),
            await self._search("/variables", of_it, _MOST),
        )

    async def _search(
        self, path: str, filters: Mapping[str, Any], limit: int, *, newest_first: str | None = None
    ) -> Sequence[Mapping[str, Any]]:
        question: dict[str, Any] = {"filter": dict(filters), "page": {"limit": limit}}
        if newest_first is not None:
            question["sort"] = [{"field": newest_first, "order": "DESC"}]
        try:
            answer = await self._rest.ask_json("POST", f"{path}/search", question)
        except EngineRejected as error:
            if error.rejection == "NO_SECONDARY_STORAGE":
                raise NotDone(_NO_SEARCH) from error
            raise
        except EngineUnavailable as error:
            if error.code == ErrorCode.ENGINE_UNIMPLEMENTED:
                raise NotDone(_NO_SEARCH) from error
            if error.code == ErrorCode.ENGINE_UNAUTHORIZED:
                raise NotDone(_NO_PERMISSION.format(reason=error.message)) from error
            raise
        items = answer.get("items") if isinstance(answer, dict) else None
        if not isinstance(items, list):
            raise NotDone(f"The address of Camunda answered /v2{path}/search without items; is it Camunda's?")
        return items
