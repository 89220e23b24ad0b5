"""The language in which request bodies are declared, and the reader that refuses what is not declared.

A gateway since 8.8 refuses every property that it does not know, so a client must never send a field that
is newer than the cluster. The declarations live beside the endpoints; this module only reads by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final, TypeAlias, assert_never

from emulators.camunda.rest.problems import Problem
from emulators.camunda.rest.versions import GatewayVersion

_INT32_MAX: Final = 2**31 - 1
_INT64_MAX: Final = 2**63 - 1

_EQUALITY: Final = frozenset({"$eq", "$neq", "$exists", "$in"})
_ORDER: Final = frozenset({"$gt", "$gte", "$lt", "$lte"})


class Scalar(Enum):
    """A value that is taken as it is."""

    STRING = "string"
    BOOLEAN = "boolean"
    INT32 = "int32"
    INT64 = "int64"
    KEY = "a key: an int64 as a string"
    DATE_TIME = "date-time"
    JSON_OBJECT = "an object of any properties"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of some names.

    Attributes:
        names: each name and the version that knows it.

    """

    names: Mapping[str, GatewayVersion]

    def known_to(self, version: GatewayVersion) -> frozenset[str]:
        return frozenset(name for name, since in self.names.items() if since <= version)


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter property: an exact value, or an object of operators."""

    operand: Scalar | OneOf
    operators: frozenset[str]


@dataclass(frozen=True, slots=True)
class ListOf:
    item: "Shape"


@dataclass(frozen=True, slots=True)
class Record:
    """An object of exactly these properties.

    Attributes:
        properties: what it may say, by name.
        unserved: what a gateway would do and this one cannot: it may be said only with nothing in it.

    """

    properties: Mapping[str, "Property"]
    unserved: frozenset[str] = frozenset()

    def known_to(self, version: GatewayVersion) -> frozenset[str]:
        return frozenset(name for name, p in self.properties.items() if p.since <= version)


Shape: TypeAlias = Scalar | Condition | OneOf | ListOf | Record


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a record.

    Attributes:
        shape: what it holds.
        since: the version that knows it.
        required: whether its absence is refused.
        condition_since: the version from which the property is a condition and no longer only an exact
            value; None when it never changed.

    """

    shape: Shape
    since: GatewayVersion = GatewayVersion.V8_8
    required: bool = False
    condition_since: GatewayVersion | None = None

    def shape_in(self, version: GatewayVersion) -> Shape:
        if self.condition_since is None or version >= self.condition_since:
            return self.shape
        assert isinstance(self.shape, Condition)
        return self.shape.operand


STRING_CONDITION: Final = Condition(Scalar.STRING, _EQUALITY | {"$notIn", "$like"})
BASIC_STRING_CONDITION: Final = Condition(Scalar.STRING, _EQUALITY | {"$notIn"})
KEY_CONDITION: Final = Condition(Scalar.KEY, _EQUALITY | {"$notIn"})
INTEGER_CONDITION: Final = Condition(Scalar.INT32, _EQUALITY | _ORDER)
DATE_TIME_CONDITION: Final = Condition(Scalar.DATE_TIME, _EQUALITY | _ORDER)


def one_of(*names: str, later: Mapping[str, GatewayVersion] | None = None) -> OneOf:
    """Return the choice of `names`, which 8.8 knows, and of `later` ones."""
    return OneOf(dict.fromkeys(names, GatewayVersion.V8_8) | dict(later or {}))


def condition_on(choice: OneOf, *, with_not_in: bool = False) -> Condition:
    """Return the filter property of an enumeration."""
    return Condition(choice, _EQUALITY | {"$like"} | ({"$notIn"} if with_not_in else set()))


def read(record: Record, body: object, version: GatewayVersion, place: str = "") -> dict[str, Any]:
    """Return what `body` says, with nulls left out, by the declaration as `version` knows it.

    Raises:
        Problem: 400, a property is unknown, required and absent, or not of its kind; 501, it is not served.

    """
    if not isinstance(body, Mapping):
        raise Problem.unreadable_property(place or "body")
    known = record.known_to(version)
    said: dict[str, Any] = {}
    for name, value in body.items():
        where = f"{place}.{name}" if place else str(name)
        if name in record.unserved:
            if value not in (None, [], {}):
                raise Problem.unserved(where)
            continue
        if name not in known:
            raise Problem.unreadable_property(where)
        if value is not None:
            said[name] = _read_value(record.properties[name].shape_in(version), value, version, where)
    required = (name for name in sorted(known) if record.properties[name].required)
    missing = [name for name in required if said.get(name) in (None, "", {})]
    if missing:
        where = f"{place}.{missing[0]}" if place else missing[0]
        raise Problem.invalid_argument(f"No {where} provided.")
    return said


def _read_value(shape: Shape, value: object, version: GatewayVersion, place: str) -> Any:
    match shape:
        case Scalar():
            return _read_scalar(shape, value, place)
        case OneOf():
            return _read_name(shape, value, version, place)
        case Condition():
            return _read_condition(shape, value, version, place)
        case ListOf(item=item):
            if not isinstance(value, list):
                raise Problem.unreadable_property(place)
            return [_read_value(item, each, version, f"{place}[{i}]") for i, each in enumerate(value)]
        case Record():
            return read(shape, value, version, place)
        case _:
            assert_never(shape)


def _read_scalar(kind: Scalar, value: object, place: str) -> Any:
    match kind, value:
        case (Scalar.STRING, str()) | (Scalar.BOOLEAN, bool()) | (Scalar.JSON_OBJECT, dict()):
            return value
        case Scalar.INT32, int() if not isinstance(value, bool) and abs(value) <= _INT32_MAX:
            return value
        case Scalar.INT64, int() if not isinstance(value, bool) and abs(value) <= _INT64_MAX:
            return value
        case Scalar.KEY, str() if value.removeprefix("-").isdecimal():
            return value
        case Scalar.DATE_TIME, str():
            return _read_date_time(value, place)
        case _:
            raise Problem.unreadable_property(place)


def _read_date_time(value: str, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Problem.unreadable_property(place) from None
    if moment.tzinfo is None:
        raise Problem.unreadable_property(place)
    return moment


def _read_name(shape: OneOf, value: object, version: GatewayVersion, place: str) -> str:
    """Return the canonical name; from 8.10 on any casing of a documented name is accepted."""
    known = shape.known_to(version)
    if isinstance(value, str):
        name = value.upper() if version >= GatewayVersion.V8_10 and value not in known else value
        if name in known:
            return name
    raise Problem.unreadable_property(place)


def _read_condition(shape: Condition, value: object, version: GatewayVersion, place: str) -> dict[str, Any]:
    """Return the condition as operators alone: an exact value becomes `$eq`, and an empty list says nothing.

    Source: AdvancedSearchFilterUtil in Camunda's gateway; its Java client sends an empty `$in` beside `$eq`

    """
    if not isinstance(value, dict):
        return {"$eq": _read_value(shape.operand, value, version, place)}
    said: dict[str, Any] = {}
    for operator, argument in value.items():
        where = f"{place}.{operator}"
        if operator not in shape.operators:
            raise Problem.unreadable_property(where)
        if argument is None:
            continue
        value = _read_value(_argument(shape, operator), argument, version, where)
        if value != []:
            said[operator] = value
    return said


def _argument(shape: Condition, operator: str) -> Shape:
    match operator:
        case "$exists":
            return Scalar.BOOLEAN
        case "$like":
            return Scalar.STRING
        case "$in" | "$notIn":
            return ListOf(shape.operand)
        case _:
            return shape.operand
