"""Which elements take part in an event: conditions and event types."""

from __future__ import annotations

from typing import Any

import pytest
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.inbound.domain.correlation import effects_of
from apify_camunda.inbound.domain.effect import Effect

from tests import builders
from tests.builders import EVENT, body, catch, properties, received, run

RECEIVED = received(body(resource=run(number=7, ratio=1.5, flag=True, stats={"a": 1}, tags=["x"])))


def effects(
    *elements: InboundElement, route: str = builders.ROUTE, event_type: str = "ACTOR.RUN.SUCCEEDED"
) -> tuple[Effect, ...]:
    content = RECEIVED.body | {"eventType": event_type}
    return effects_of(EVENT, received(content, route=route), elements)


class TestActivation:
    @pytest.mark.parametrize(
        ("condition", "takes_part"),
        [
            (None, True),
            ("  ", True),
            ("=true", True),
            ('=connectorData.status = "SUCCEEDED"', True),
            ("=false", False),
            ("=null", False),
            ('="true"', False),
            ("=1", False),
            ("=nothing.at.all", False),
        ],
    )
    def test_only_true_activates(self, condition: str | None, takes_part: Any) -> None:
        """A condition must be exactly true; a blank one is."""
        assert bool(effects(catch_with(activationCondition=condition))) is takes_part

    def test_old_name_of_the_condition_works(self) -> None:
        """The name that older templates gave the condition is understood."""
        old = catch_with(**{"inbound.activationCondition": "=false"})

        assert effects(old) == ()

    @pytest.mark.parametrize(
        ("asked", "route", "event_type", "takes_part"),
        [
            (None, builders.ROUTE, "ACTOR.RUN.FAILED", True),
            (None, builders.ROUTE, "ACTOR.RUN.CREATED", False),
            (None, "inbound/x", "ACTOR.BUILD.SUCCEEDED", True),
            ("CREATED", builders.ROUTE, "ACTOR.RUN.CREATED", True),
            ("CREATED", builders.ROUTE, "ACTOR.RUN.SUCCEEDED", False),
            ("actor.run.timed_out, FAILED", builders.ROUTE, "ACTOR.RUN.TIMED_OUT", True),
            ("TIMED-OUT", "inbound/x", "ACTOR.RUN.TIMED_OUT", True),
            ("TIMEDOUT", builders.ROUTE, "ACTOR.RUN.TIMED_OUT", True),
            ("timed out", builders.ROUTE, "ACTOR.RUN.TIMED_OUT", True),
            ("ACTOR.RUN.TIMEDOUT", builders.ROUTE, "ACTOR.RUN.TIMED_OUT", True),
            ("TIMED-OUT", "inbound/x", "ACTOR.RUN.FAILED", False),
            ('=["FAILED", "ABORTED"]', builders.ROUTE, "ACTOR.RUN.ABORTED", True),
        ],
    )
    def test_event_types(self, asked: str | None, route: str, event_type: str, takes_part: Any) -> None:
        """An element takes part in what it asked for: by default every end; by hand, all that is sent."""
        found = effects(catch_with(eventTypes=asked), route=route, event_type=event_type)

        assert bool(found) is takes_part


def catch_with(element_id: str = "Event_1", **changes: str | None) -> InboundElement:
    """Return a catch event with other properties."""
    keyed_by_run = {"correlationKeyExpression": "=connectorData.runId"}
    return catch(element_id=element_id, properties=properties(**keyed_by_run | changes))
