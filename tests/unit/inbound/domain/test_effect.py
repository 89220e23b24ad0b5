"""The life of an effect: which transitions are allowed, and what the effect holds after them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apify_camunda.identifiers import EffectKey
from apify_camunda.inbound.domain.effect import (
    LIFE,
    Condition,
    EffectState,
    MessageEffect,
    StartEffect,
    Transition,
    condition_of,
)

from tests import builders
from tests.fakes.clock import NOON

KEY = EffectKey("effect1")


def message(time_to_live: timedelta = timedelta(hours=1)) -> MessageEffect:
    return MessageEffect(
        key=KEY,
        element=builders.catch(),
        name="done",
        correlation_key="7",
        message_id="event1",
        time_to_live=time_to_live,
    )


def start() -> StartEffect:
    return StartEffect(key=KEY, element=builders.plain_start())


@pytest.mark.parametrize("state", EffectState)
def test_each_transition_has_one_condition(state: EffectState) -> None:
    """A state has at most one rule for a transition; without a rule the transition is not allowed."""
    for transition in Transition:
        rules = [rule for rule in LIFE if (rule.transition, rule.start) == (transition, state)]
        assert len(rules) <= 1
        assert condition_of(transition, state) is (rules[0].condition if rules else None)


def test_only_confirmation_changes_a_settled_effect() -> None:
    """DONE is final. A rejected effect can only be confirmed, because what happened has happened."""
    settled = [rule for rule in LIFE if rule.start.is_settled]

    assert {(rule.transition, rule.start, rule.end) for rule in settled} == {
        (Transition.CONFIRM, EffectState.REJECTED, EffectState.DONE)
    }


def test_a_sent_command_is_not_claimed_again() -> None:
    """An attempted effect is reopened only by a caller that has seen the attempt, never claimed directly."""
    assert condition_of(Transition.CLAIM, EffectState.ATTEMPTED) is None
    assert condition_of(Transition.HAND_BACK, EffectState.ATTEMPTED) is None
    assert condition_of(Transition.REOPEN, EffectState.ATTEMPTED) is Condition.SEEN_ATTEMPT


def test_an_attempt_needs_the_own_claim() -> None:
    """Only the receiver that holds the claim sends the command, and only from a claimed effect."""
    attempts = [rule for rule in LIFE if rule.transition is Transition.ATTEMPT]

    assert [(rule.start, rule.condition) for rule in attempts] == [(EffectState.CLAIMED, Condition.OWN_CLAIM)]


@pytest.mark.parametrize(
    ("effect", "drops"),
    [
        pytest.param(message(), True, id="message with a time to live"),
        pytest.param(message(timedelta()), False, id="message without one"),
        pytest.param(start(), False, id="start"),
    ],
)
def test_which_repetitions_the_engine_drops(effect: MessageEffect | StartEffect, *, drops: bool) -> None:
    """The engine ignores a repeated message during its time to live, and nothing else."""
    assert effect.engine_drops_repeats is drops


def test_confirmation_clears_the_reason() -> None:
    """A rejected effect that is confirmed after all has its reference, and no reason any more."""
    confirmed = start().claimed().attempted(NOON).rejected("no answer").confirmed(2001)

    assert (confirmed.state, confirmed.reference) == (EffectState.DONE, 2001)
    assert (confirmed.reason, confirmed.code) == (None, None)
    assert confirmed.attempted_at == NOON


def test_a_reopened_effect_forgets_its_attempt() -> None:
    """After a search has shown that the command had no effect, no attempt is remembered."""
    assert start().attempted(NOON).opened() == start()
