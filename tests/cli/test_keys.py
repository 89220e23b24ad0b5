"""How the signing key is rotated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.errors import ConfigurationError
from apify_camunda.platform.secrets import signing_keys_of
from apify_camunda.platform.signing_keys import KEY_GRACE
from apify_camunda_cli.deployment.key_rotation import GraceLasts, Rotated, rotate

from tests.cli.stack import SIGNING_NAME, SIGNING_SECRET, Stack, deployed
from tests.fakes.clock import NOON

NEW = "n" * 32


@pytest.fixture
def stack() -> Iterator[Stack]:
    with deployed() as stack:
        yield stack


def stored(stack: Stack) -> dict[str, Any]:
    answer = stack.secrets.get_secret_value(SecretId=SIGNING_NAME)
    value: dict[str, Any] = json.loads(answer["SecretString"])
    return value


class TestRotate:
    def test_old_key_is_accepted_for_its_grace(self) -> None:
        """
        The new key signs at once; the old one is accepted for 48 hours, and not longer.
        """
        rotation = rotate(SIGNING_SECRET, new_secret=NEW, now=NOON)

        assert isinstance(rotation, Rotated)
        during = signing_keys_of(rotation.value, now=NOON + KEY_GRACE - timedelta(seconds=1))
        after = signing_keys_of(rotation.value, now=NOON + KEY_GRACE)
        assert (during.current_id, set(during.accepted)) == ("k3", {"k2", "k3"})
        assert set(after.accepted) == {"k3"}
        assert during.accepted["k2"] == str(SIGNING_SECRET["secret"]).encode()

    def test_grace_is_longer_than_apify_repeats(self) -> None:
        """
        Apify repeats a delivery for about 34 hours, with the signature that its webhook had.
        """
        assert timedelta(hours=34) < KEY_GRACE

    def test_second_rotation_waits_for_the_end_of_the_grace(self) -> None:
        """
        While the previous key is accepted the rotation is refused, and afterwards it is done.
        """
        first = rotate(SIGNING_SECRET, new_secret=NEW, now=NOON)
        assert isinstance(first, Rotated)

        during = rotate(first.value, new_secret=NEW, now=NOON + KEY_GRACE - timedelta(seconds=1))
        after = rotate(first.value, new_secret=NEW, now=NOON + KEY_GRACE)

        assert during == GraceLasts("k2", NOON + KEY_GRACE)
        assert isinstance(after, Rotated)
        assert (after.old_id, after.new_id) == ("k3", "k4")

    @pytest.mark.parametrize(("current", "following"), [("k9", "k10"), ("key", "key2"), ("2026-1", "2026-2")])
    def test_ids_of_keys_differ(self, current: str, following: str) -> None:
        """
        The new key has another id than the one that it replaces.
        """
        rotation = rotate({**SIGNING_SECRET, "id": current}, new_secret=NEW, now=NOON)
        assert isinstance(rotation, Rotated)
        assert rotation.new_id == following

    def test_malformed_secret_is_refused(self) -> None:
        """
        A secret of another form is not overwritten.
        """
        with pytest.raises(ConfigurationError):
            rotate({"key": "value"}, new_secret=NEW, now=NOON)


class TestCommand:
    def test_secret_is_replaced(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        The stored secret has a new random key, and the old one as the previous; neither is printed.
        """
        assert stack.operate("keys", "rotate") == 0

        value = stored(stack)
        told = capsys.readouterr()
        assert (value["id"], value["previous"]["id"]) == ("k3", "k2")
        assert value["previous"]["acceptedUntil"] == (NOON + KEY_GRACE).isoformat()
        assert len(value["secret"]) >= 32
        for secret in (value["secret"], value["previous"]["secret"]):
            assert secret not in told.out + told.err
        assert "k2 is accepted until 2026-11-23T12:00+00:00" in told.out

    def test_second_rotation_changes_nothing(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        A rotation during the grace of the last one is refused with its end, exit code 1.
        """
        stack.operate("keys", "rotate")
        before = stored(stack)
        capsys.readouterr()

        assert stack.operate("keys", "rotate") == 1

        assert "accepted until 2026-11-23T12:00+00:00" in capsys.readouterr().err
        assert stored(stack) == before

    def test_keys_are_listed_by_their_ids(self, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
        """
        `keys list` shows which key signs and which ones are accepted.
        """
        stack.operate("keys", "rotate")
        capsys.readouterr()

        assert stack.operate("keys", "list", "--json") == 0
        assert json.loads(capsys.readouterr().out) == {"current": "k3", "accepted": ["k2", "k3"]}
