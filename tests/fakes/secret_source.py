"""Secrets and signing keys in memory."""

from __future__ import annotations

from collections.abc import Mapping

from apify_camunda.platform.signing_keys import SigningKeys

from tests.fakes.untraced import untraced

KEYS = SigningKeys(
    current_id="k2", accepted={"k2": b"the-present-signing-key", "k1": b"the-previous-signing-key"}
)


class FakeSecretSource:
    def __init__(self, secrets: Mapping[str, str] | None = None, keys: SigningKeys = KEYS) -> None:
        self.held = dict(secrets or {})
        self.keys = keys
        self.cached: Mapping[str, str] | None = None
        self.failure: Exception | None = None

    async def secrets(self, *, refresh: bool = False) -> Mapping[str, str]:
        self._fail()
        return dict(self.held if refresh or self.cached is None else self.cached)

    async def signing_keys(self, *, naming: str | None = None) -> SigningKeys:
        self._fail()
        return self.keys

    def _fail(self) -> None:
        if self.failure is not None:
            raise untraced(self.failure)
