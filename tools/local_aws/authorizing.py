"""Refuses what a function's role does not allow, and writes down who asked for what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from local_aws.authorization import Call, Statement, is_allowed

Roles = Mapping[str, Sequence[Statement]]
"""What each function may do, by its logical id, which is its access key here."""

_ACCESS_KEY = re.compile(r"Credential=([^/]+)/")


class Guard:
    """Judges calls of functions; who is no function of the template may do everything.

    Args:
        roles: What each function may do.
        calls: A file to which each call of a function is added as a line of JSON, or None.
    """

    def __init__(self, roles: Roles, calls: Path | None = None) -> None:
        self._roles = roles
        self._calls = calls

    def refusal(self, authorization: str, calls: Iterable[Call]) -> str | None:
        """Return why a request is refused, or None where all that it asks for is allowed."""
        named = _ACCESS_KEY.search(authorization)
        function = named[1] if named else ""
        if function not in self._roles:
            return None
        for call in calls:
            allowed = is_allowed(call, self._roles[function])
            self._note(function, call, allowed=allowed)
            if not allowed:
                key = f" in partition {call.leading_key}" if call.leading_key else ""
                return (
                    f"{function} is not authorized to perform {call.action} on {call.resource}{key}: "
                    f"the template's {function}Role does not allow it"
                )
        return None

    def _note(self, function: str, call: Call, *, allowed: bool) -> None:
        if self._calls is None:
            return
        line = json.dumps({"function": function, "action": call.action, "allowed": allowed, **_rest(call)})
        with self._calls.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def to_json(roles: Roles) -> str:
    """Return the roles as text, for another process."""
    return json.dumps({name: [asdict(each) for each in statements] for name, statements in roles.items()})


def from_json(text: str) -> dict[str, list[Statement]]:
    """Return the roles that `to_json` wrote."""
    return {name: [_statement(each) for each in statements] for name, statements in json.loads(text).items()}


def _statement(source: Mapping[str, object]) -> Statement:
    lists = {name: tuple(value) if isinstance(value, list) else value for name, value in source.items()}
    return Statement(**lists)  # type: ignore[arg-type]  # to_json wrote them


def _rest(call: Call) -> dict[str, str | None]:
    return {"resource": call.resource, "leading_key": call.leading_key}
