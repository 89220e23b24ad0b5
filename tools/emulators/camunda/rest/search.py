"""Run a declared search: find its rows, cut the page, show what the gateway's version shows of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from emulators.camunda.engine import Engine
from emulators.camunda.rest.conditions import Row, meets
from emulators.camunda.rest.paging import Page, SortField, cut
from emulators.camunda.rest.shapes import ListOf, OneOf, Property, Record, Scalar, one_of
from emulators.camunda.rest.versions import Gateway, GatewayVersion

PAGE: Final = Record(
    {
        "from": Property(Scalar.INT32),
        "limit": Property(Scalar.INT32),
        "after": Property(Scalar.STRING),
        "before": Property(Scalar.STRING),
    }
)
FORWARD_PAGE: Final = Record({"limit": Property(Scalar.INT32), "after": Property(Scalar.STRING)})


@dataclass(frozen=True, slots=True)
class Search:
    """One search endpoint.

    Attributes:
        rows: what there is to find.
        key: the column that tells rows apart and orders them where nothing else is asked for.
        columns: what an item shows, and since when.
        filter: what it may be narrowed by.
        sort: what it may be sorted by.
        page: how its pages may be asked for.

    """

    rows: Callable[[Engine, Gateway], Iterable[Row]]
    key: str
    columns: Mapping[str, GatewayVersion]
    filter: Record
    sort: OneOf | None
    page: Record = PAGE

    @property
    def body(self) -> Record:
        """The whole request."""
        properties = {"page": Property(self.page), "filter": Property(self.filter)}
        if self.sort is not None:
            field = {"field": Property(self.sort, required=True), "order": Property(one_of("ASC", "DESC"))}
            properties["sort"] = Property(ListOf(Record(field)))
        return Record(properties)

    def matching(self, engine: Engine, gateway: Gateway, asked: Mapping[str, Any]) -> list[Row]:
        """Return the rows of all pages that match the filter of a request (already read by `body`)."""
        wanted = asked.get("filter", {})
        return [row for row in self.rows(engine, gateway) if meets(row, wanted)]

    def page_of(self, rows: Sequence[Row], asked: Mapping[str, Any]) -> Page:
        """Return the page that a request asks for.

        Raises:
            Problem: 400, the page's bounds are wrong.

        """
        order = [
            SortField(each["field"], descending=each.get("order") == "DESC") for each in asked.get("sort", ())
        ]
        return cut(rows, asked.get("page", {}), order, self.key)

    def answer(self, page: Page, version: GatewayVersion) -> dict[str, Any]:
        """Return the response body."""
        bounds = {
            "totalItems": page.total,
            "hasMoreTotalItems": False,
            "startCursor": page.start_cursor,
            "endCursor": page.end_cursor,
        }
        return {
            "items": [self.item(row, version) for row in page.rows],
            "page": without_nulls(bounds) if version < GatewayVersion.V8_9 else bounds,
        }

    def item(self, row: Row, version: GatewayVersion) -> dict[str, Any]:
        """Return what `version` shows of a row: 8.8 leaves out what is null, later versions show it."""
        shown = {name: wire_value(row.get(name)) for name, since in self.columns.items() if since <= version}
        return without_nulls(shown) if version < GatewayVersion.V8_9 else shown


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def wire_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
