"""The JSON in which effects are stored; it reads what every release since 0.1.0 has written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, assert_never

from apify_camunda.camunda.elements import InboundElement
from apify_camunda.inbound.domain.effect import Effect, EffectState, FaultyEffect, MessageEffect, StartEffect


def effect_to_json(effect: Effect) -> dict[str, Any]:
    """Return the stored form of an effect."""
    stored: dict[str, Any] = {
        "key": effect.key,
        "kind": effect.kind,
        "element": effect.element.to_json(),
        "state": effect.state.value,
        "attempted_at": effect.attempted_at.isoformat() if effect.attempted_at else None,
        "reason": effect.reason,
        "code": effect.code,
        "reference": effect.reference,
    }
    match effect:
        case MessageEffect():
            return stored | {
                "message_name": effect.name,
                "correlation_key": effect.correlation_key,
                "message_id": effect.message_id,
                "time_to_live_s": effect.time_to_live.total_seconds(),
                "contributors": [element.to_json() for element in effect.contributors],
                "shared_with": list(effect.shared_with),
            }
        case StartEffect() | FaultyEffect():
            return stored
        case _:
            assert_never(effect)


def effect_from_json(stored: dict[str, Any]) -> Effect:
    """Return the effect that was stored.

    Release 0.1.0 had no kind `faulty`: it stored a rejected message without a name, or a rejected start.
    """
    common: dict[str, Any] = {
        "key": stored["key"],
        "element": InboundElement.model_validate(stored["element"]),
        "state": EffectState(stored["state"]),
        "attempted_at": moment(stored.get("attempted_at")),
        "reason": stored.get("reason"),
        "code": stored.get("code"),
        "reference": stored.get("reference"),
    }
    kind = stored["kind"]
    if kind == "message" and stored.get("message_name") is not None:
        return MessageEffect(
            **common,
            name=stored["message_name"],
            correlation_key=stored["correlation_key"] or "",
            message_id=stored["message_id"] or "",
            time_to_live=timedelta(seconds=stored["time_to_live_s"] or 0),
            contributors=tuple(
                InboundElement.model_validate(element) for element in stored.get("contributors", ())
            ),
            shared_with=tuple(stored.get("shared_with", ())),
        )
    was_faulty = "code" not in stored and common["state"] is EffectState.REJECTED
    if kind == "start" and not was_faulty:
        return StartEffect(**common)
    return FaultyEffect(**common)


def moment(text: str | None) -> datetime | None:
    """Return the time that was stored as ISO 8601, or None."""
    return datetime.fromisoformat(text) if text else None
