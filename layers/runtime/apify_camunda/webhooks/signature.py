"""Decides whether a request was sent by a webhook of ours, and what our webhooks carry to prove it.

It must not read a store: an unsigned request costs only arithmetic.
"""

from __future__ import annotations

import hmac
import re

from apify_camunda.platform.signing_keys import SigningKeys

SIGNATURE_HEADER = "x-apify-camunda-signature"
_FORM = re.compile(r"(?P<key_id>[!-~]{1,128})\.[0-9a-f]{64}")
"""The form of our signatures; a text of another form need not be compared with any key."""


def signature(path: str, keys: SigningKeys) -> str:
    """Return the value of our signature header for requests to `path` (without stage and query)."""
    return f"{keys.current_id}.{_digest(path, keys.accepted[keys.current_id])}"


def signature_headers(path: str, keys: SigningKeys) -> dict[str, str]:
    """Return the headers that a webhook to `path` carries."""
    return {SIGNATURE_HEADER: signature(path, keys)}


def key_id_of(header: str | None) -> str | None:
    """Return the id of the key that a signature names, or None where the header is no signature of ours."""
    found = _FORM.fullmatch(header or "")
    return found["key_id"] if found else None


def is_ours(path: str, header: str | None, keys: SigningKeys) -> bool:
    """Say whether `header` is the signature of `path` by a key that is still accepted."""
    key_id, separator, digest = (header or "").rpartition(".")
    key = keys.accepted.get(key_id)
    if not separator or key is None:
        return False
    return hmac.compare_digest(_bytes(_digest(path, key)), _bytes(digest))


def _digest(path: str, key: bytes) -> str:
    return hmac.digest(key, _bytes(path), "sha256").hex()


def _bytes(text: str) -> bytes:
    """Return an unchecked text as bytes, with halves of surrogate pairs."""
    return text.encode(errors="surrogatepass")
