"""Signs requests to AWS with Signature Version 4.

Source: "Create a signed AWS API request", AWS Identity and Access Management User Guide. The key that a
signature is made with changes once a day, so it is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    """The credentials of an AWS identity.

    Attributes:
        session_token: Empty for a permanent access key.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)


class Signer:
    """Signs requests to one service in one region.

    Args:
        credentials: Whose requests they are.
        region: For example `eu-central-1`.
        service: For example `dynamodb`.
    """

    def __init__(self, *, credentials: AwsCredentials, region: str, service: str) -> None:
        self._credentials = credentials
        self._scope = f"{region}/{service}/aws4_request"
        self._steps = (region, service, "aws4_request")
        self._day = ""
        self._key_of_day = b""

    def signed(
        self, headers: Mapping[str, str], body: bytes, *, at: datetime, method: str = "POST"
    ) -> dict[str, str]:
        """Return the headers of a request to the path `/` with all that AWS asks for.

        Args:
            headers: With names in lower case; `host` is among them. All of them are signed.
            body: The request's body.
            at: The moment of the request, in UTC.
            method: The request's method.
        """
        timestamp = f"{at.isoformat(timespec='seconds')[:19].replace('-', '').replace(':', '')}Z"
        all_headers = {**headers, "x-amz-date": timestamp}
        if self._credentials.session_token:
            all_headers["x-amz-security-token"] = self._credentials.session_token
        names = sorted(all_headers)
        signed_names = ";".join(names)
        lines = "".join(f"{name}:{' '.join(all_headers[name].split())}\n" for name in names)
        request = f"{method}\n/\n\n{lines}\n{signed_names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{timestamp[:8]}/{self._scope}"
        digest = hashlib.sha256(request.encode()).hexdigest()
        key = self._signing_key(timestamp[:8])
        signature = hmac.digest(key, f"{_ALGORITHM}\n{timestamp}\n{scope}\n{digest}".encode(), "sha256").hex()
        all_headers["authorization"] = (
            f"{_ALGORITHM} Credential={self._credentials.access_key_id}/{scope}, "
            f"SignedHeaders={signed_names}, Signature={signature}"
        )
        return all_headers

    def _signing_key(self, day: str) -> bytes:
        if day != self._day:
            key = f"AWS4{self._credentials.secret_access_key}".encode()
            for step in (day, *self._steps):
                key = hmac.digest(key, step.encode(), "sha256")
            self._day, self._key_of_day = day, key
        return self._key_of_day
