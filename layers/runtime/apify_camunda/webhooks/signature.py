"""Decides whether a request was sent by a webhook of ours, and what our webhooks carry to prove it.

It must not read a store: the answer to a stranger costs nothing but arithmetic.
"""

from __future__ import annotations

import hashlib
import hmac

from apify_camunda.platform.signing_keys import SigningKeys

SIGNATURE_HEADER = "x-apify-camunda-signature"


def signature(path: str, keys: SigningKeys) -> str:
    """Return the value of our signature header for requests to `path` (without stage and query)."""
    return f"{keys.current_id}.{_digest(path, keys.accepted[keys.current_id])}"


def signature_headers(path: str, keys: SigningKeys) -> dict[str, str]:
    """Return the headers that a webhook to `path` carries."""
    return {SIGNATURE_HEADER: signature(path, keys)}


def key_id_of(header: str | None) -> str | None:
    """Return the id of the key that a signature names, or None where there is none."""
    key_id, separator, _ = (header or "").rpartition(".")
    return key_id if separator else None


def is_ours(path: str, header: str | None, keys: SigningKeys) -> bool:
    """Say whether `header` is the signature of `path` by a key that is still accepted."""
    key_id, separator, digest = (header or "").rpartition(".")
    key = keys.accepted.get(key_id)
    if not separator or key is None:
        return False
    return hmac.compare_digest(_bytes(_digest(path, key)), _bytes(digest))


def _digest(path: str, key: bytes) -> str:
    return hmac.new(key, _bytes(path), hashlib.sha256).hexdigest()


def _bytes(text: str) -> bytes:
    """Return what a stranger has sent as bytes, halves of surrogate pairs and all."""
    return text.encode(errors="surrogatepass")
