"""Reads the JSON that Apify's API answers, in its envelope `data`."""

from __future__ import annotations

from apify_camunda.apify.model import ApiAnswer, ApifyRun
from apify_camunda.errors import ApifyUnavailable
from apify_camunda.expressions.strict_json import read_json
from apify_camunda.json_types import JsonObject


def object_of(answer: ApiAnswer) -> JsonObject:
    """Return the object in the envelope.

    Raises:
        ApifyUnavailable: The answer has none, as when a gateway answers in Apify's place.
    """
    try:
        found = read_json(answer.body)
    except ValueError:
        found = None
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, dict):
        raise ApifyUnavailable(f"Apify answered {answer.status} without data.")
    return data


def run_of(answer: ApiAnswer) -> ApifyRun:
    """Return the run in the envelope.

    Raises:
        ApifyUnavailable: The answer has none.
    """
    data = object_of(answer)
    if not isinstance(data.get("id"), str) or not isinstance(data.get("status"), str):
        raise ApifyUnavailable(f"Apify answered {answer.status} without a run.")
    return ApifyRun(data)
