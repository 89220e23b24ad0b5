"""Replays what Camunda's own engine answered: cases of ours by rule, and two large recorded corpora."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from apify_camunda.feel import Evaluated, evaluate, evaluate_unary_tests, to_json
from apify_camunda.feel.__main__ import answers, from_typed
from apify_camunda.feel.values import TEMPORAL_KINDS, kind_of

from tests.shared_data import shared_data

HERE = Path(__file__).parent
TOLERANCE = Decimal("1e-8")  # the corpora were recorded with doubles


def cases() -> Iterator[Any]:
    for file in sorted((HERE / "cases").glob("*.json")):
        for group in json.loads(file.read_text("utf-8")):
            for case in group["cases"]:
                name = f"{file.stem}: {group['rule']}: {case['expression']}"
                yield pytest.param(case, id=name.encode("ascii", "backslashreplace").decode())


@pytest.mark.parametrize("case", list(cases()))
def test_rule(case: dict[str, Any]) -> None:
    """Each expression has the JSON that Camunda's connectors write for it, is null, or fails, as recorded.

    A case with an `input` is unary tests of it; `kinds` are those of what became null.
    """
    if "input" in case:
        result = evaluate_unary_tests(case["expression"], case["input"], {})
    else:
        result = evaluate(case["expression"], {})

    if case.get("fails"):
        written: object = "fails" if not isinstance(result, Evaluated) else _json(result)
        assert written == "fails"
    else:
        assert isinstance(result, Evaluated), result
        assert _json(result) == (None if case["json"] is None else json.loads(case["json"]))
    if "kinds" in case:
        assert sorted(failure.kind for failure in result.failures) == case["kinds"]


def _json(result: Evaluated) -> object:
    return None if result.value is None else json.loads(to_json(result.value))


@pytest.mark.parametrize("corpus", ["camunda.jsonl", "tck.jsonl"])
def test_answers(corpus: str) -> None:
    """Every recorded answer is ours too, but for the deviations that are listed with their reason."""
    wrong = {record["id"] for record, ours in replayed(corpus) if not _agrees(record, ours)}

    assert wrong == deviations(corpus, "value")


def test_warnings() -> None:
    """What became null is listed as Camunda's engine lists it, except for the listed deviations."""
    wrong = {
        record["id"]
        for record, ours in replayed("camunda.jsonl")
        if _told(record.get("warnings") or []) != _told(ours["warnings"])
    }

    assert wrong == deviations("camunda.jsonl", "warnings")


def replayed(corpus: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each record of a corpus that is not about time or chance, with our answer."""
    lines = shared_data(f"feel/{corpus}").read_text("utf-8").split("\n")
    ours = {answer["id"]: answer for answer in map(_load, answers(lines))}
    records = [_load(line) for line in lines if line.strip()]
    return [(record, ours[record["id"]]) for record in records if not record.get("volatile")]


def deviations(corpus: str, field: str) -> set[str]:
    rows = json.loads((HERE / "deviations.json").read_text("utf-8"))
    return {
        record_id
        for row in rows
        if row["corpus"] == corpus and row["field"] == field
        for record_id in row["ids"]
    }


def _told(warnings: list[str]) -> list[str]:
    """Return the warnings without the lists of names, which Camunda's engine has in hash order."""
    return sorted(re.sub(r"(Available (?:keys|properties): ).*", r"\1", warning) for warning in warnings)


def _load(line: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(line, parse_float=Decimal, parse_int=Decimal)
    return record


def _agrees(record: dict[str, Any], answer: dict[str, Any]) -> bool:
    reference = record.get("feel_scala") or {"ok": record.get("ok", True), "value": record.get("expected")}
    if not reference["ok"]:
        return not answer["ok"] or answer["value"] is None
    if not answer["ok"] or not _same(from_typed(answer["value"]), from_typed(reference["value"])):
        return False
    both_written = isinstance(record.get("json"), str) and isinstance(answer["json"], str)
    return not both_written or json.loads(record["json"]) == json.loads(answer["json"])


def _same(ours: Any, theirs: Any) -> bool:
    match ours, theirs:
        case Decimal(), Decimal():
            return ours == theirs or abs(ours - theirs) <= TOLERANCE * max(Decimal(1), abs(ours), abs(theirs))
        case list(), list():
            return len(ours) == len(theirs) and all(map(_same, ours, theirs))
        case dict(), dict():
            return ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours)
        case _ if kind_of(ours) in TEMPORAL_KINDS:
            no_time = {
                "P0D",
                "P0Y",
            }  # java.time writes no years as no days, so a recording cannot tell them apart
            return str(ours) == str(theirs) or {str(ours), str(theirs)} == no_time
        case _:
            return type(ours) is type(theirs) and ours == theirs
