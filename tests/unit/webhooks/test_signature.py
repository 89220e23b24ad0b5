"""Who is believed to be a webhook of ours."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.webhooks.signature import is_ours, signature, signature_headers

from tests.fakes.secret_source import KEYS

PATH = "/apify/acme-1"


def test_signature_is_key_id_and_hmac_of_the_path() -> None:
    """Anybody who holds the key can make the header with common tools."""
    digest = hmac.new(b"the-present-signing-key", PATH.encode(), hashlib.sha256).hexdigest()

    assert signature_headers(PATH, KEYS) == {"x-apify-camunda-signature": f"k2.{digest}"}


def test_every_accepted_key_is_believed() -> None:
    """What was signed by the present or the previous key is ours; by a removed one it is not."""
    previous = signature(PATH, SigningKeys("k1", KEYS.accepted))

    assert is_ours(PATH, signature(PATH, KEYS), KEYS)
    assert is_ours(PATH, previous, KEYS)
    assert not is_ours(PATH, previous, SigningKeys("k2", {"k2": KEYS.accepted["k2"]}))


def test_key_id_may_hold_dots() -> None:
    """The last dot divides key id and digest."""
    keys = SigningKeys("2026.11", {"2026.11": b"0123456789abcdef"})

    assert is_ours(PATH, signature(PATH, keys), keys)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        ".",
        "k2",
        "k2.",
        "k3." + "0" * 64,
        signature("/apify/other", KEYS),
        signature(PATH, KEYS).upper(),
        "k2.é",
        "k2.\ud800",
        "\ud800",
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    """No header, an unknown key, another path's signature or another spelling opens nothing."""
    assert not is_ours(PATH, header, KEYS)


def test_path_of_an_unsigned_request_may_be_anything() -> None:
    """A path with half a surrogate pair is refused like any other wrong path, without an error."""
    assert not is_ours("/apify/\ud800", signature(PATH, KEYS), KEYS)


def test_keys_are_not_shown() -> None:
    """Keys that are printed by mistake tell no secret."""
    assert "signing-key" not in repr(KEYS)
