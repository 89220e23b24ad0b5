"""What the search of process definitions may be asked for and shows, version by version; it runs nothing.

The tables follow Camunda's OpenAPI documents of 8.8 and 8.10; a contract test compares them.
"""

from dataclasses import replace
from typing import Final

from emulators.camunda.rest import rows
from emulators.camunda.rest.search import Search
from emulators.camunda.rest.search_terms import (
    DEFINITION_STATE,
    EXACT_KEY,
    EXACT_TEXT,
    FLAG,
    TEXT,
    V8_8,
    V8_10,
    columns,
)
from emulators.camunda.rest.shapes import Property, Record, Scalar, one_of
from emulators.camunda.rest.versions import Gateway

DEFINITIONS: Final = Search(
    rows=rows.definition_rows,
    key="processDefinitionKey",
    columns=columns(
        *("processDefinitionKey", "processDefinitionId", "name", "resourceName", "version", "versionTag"),
        *("tenantId", "hasStartForm"),
        later={"state": V8_10},
    ),
    filter=Record(
        {
            "name": TEXT,
            "isLatestVersion": FLAG,
            "resourceName": EXACT_TEXT,
            "version": Property(Scalar.INT32),
            "versionTag": EXACT_TEXT,
            "processDefinitionId": TEXT,
            "tenantId": EXACT_TEXT,
            "processDefinitionKey": EXACT_KEY,
            "hasStartForm": FLAG,
            "state": Property(DEFINITION_STATE, V8_10),
        }
    ),
    sort=one_of(
        *("processDefinitionKey", "name", "resourceName", "version", "versionTag", "processDefinitionId"),
        "tenantId",
    ),
)


def definitions_as(gateway: Gateway) -> Search:
    """Return the search of definitions as `gateway` knows it: `state` came with a version or a patch."""
    properties = {name: each for name, each in DEFINITIONS.filter.properties.items() if name != "state"}
    columns = {name: since for name, since in DEFINITIONS.columns.items() if name != "state"}
    if gateway.filters_definition_state:
        properties["state"] = Property(DEFINITION_STATE)
        columns["state"] = V8_8
    return replace(DEFINITIONS, filter=Record(properties), columns=columns)
