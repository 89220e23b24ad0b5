"""What Camunda changed in its REST API after the document of August 2026, up to 8.10.0.

The document is of a snapshot. Camunda's own Python client 10.0.1 is generated from the released one: what it
demands and the document does not know is written down here, and `tests/clients` holds the stand-in to it.
"""

from __future__ import annotations

import copy
import json
from typing import Any, TypeAlias

Schema: TypeAlias = dict[str, Any]

_BUSINESS_ID = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/BusinessId"}]}
_TEXT_FILTER = {"allOf": [{"$ref": "#/components/schemas/StringFilterProperty"}]}
_BY_TAG = "ProcessInstanceCreationInstructionByVersionTag"


def as_released(text: str) -> Schema:
    """Return the document of August 2026 as that of 8.10.0.

    Source: https://github.com/camunda/camunda/pull/63086 (the lease token's name),
        https://github.com/camunda/camunda/pull/60911 (business ids of subscriptions)
    """
    document: Schema = json.loads(text.replace('"leaseToken"', '"jobLeaseToken"'))
    schemas = document["components"]["schemas"]
    _add(schemas["MessageSubscriptionFilter"], "businessId", _TEXT_FILTER)
    _add(schemas["MessageSubscriptionResult"], "businessId", _BUSINESS_ID)
    schemas["MessageSubscriptionResult"]["required"].append("businessId")
    schemas["MessageSubscriptionSearchQuerySortRequest"]["properties"]["field"]["enum"].append("businessId")
    _add_creation_by_tag(schemas)
    return document


def _add_creation_by_tag(schemas: Schema) -> None:
    by_tag = schemas[_BY_TAG] = copy.deepcopy(schemas["ProcessInstanceCreationInstructionById"])
    del by_tag["properties"]["processDefinitionVersion"]
    _add(by_tag, "processDefinitionVersionTag", {"type": "string"})
    by_tag["required"].append("processDefinitionVersionTag")
    creation = schemas["ProcessInstanceCreationInstruction"]
    creation["oneOf"].append({"$ref": f"#/components/schemas/{_BY_TAG}"})


def _add(schema: Schema, name: str, kind: Schema) -> None:
    schema["properties"][name] = kind
    marks = schema.setdefault("x-properties-added-in-version", [])
    marks.append({"propertyName": name, "addedInVersion": "8.10"})
