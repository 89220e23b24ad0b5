"""Authenticates requests: returns what a webhook of ours sent, or the answer; it reads only the keys."""

from __future__ import annotations

import logging
from typing import assert_never

from apify_camunda.errors import ConfigurationError, StoreUnavailable
from apify_camunda.platform.http_messages import HttpReply, HttpRequest
from apify_camunda.platform.log_facts import LogFacts
from apify_camunda.platform.ports import SecretSource
from apify_camunda.webhooks.events import ReceivedEvent
from apify_camunda.webhooks.parsing import UnusableRequest, parse_delivery
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, is_ours, key_id_of

log = logging.getLogger(__name__)

_LONGEST_PATH = 64
"""The most bytes of the log line of a refused request."""


async def admit(request: HttpRequest, secrets: SecretSource) -> ReceivedEvent | HttpReply:
    """Return the event, or the answer: 401 to an unsigned request, 400 or 413 to a wrong one.

    A request without a well-formed signature is refused before the keys are read. While the keys cannot be
    read, no signature can be checked: the answer is 503, and Apify sends the request again.
    """
    signature = request.headers.get(SIGNATURE_HEADER)
    key_id = key_id_of(signature)
    if key_id is None:
        return _refused(request)
    try:
        keys = await secrets.signing_keys(naming=key_id)
    except (ConfigurationError, StoreUnavailable) as error:
        log.exception("signing keys were unavailable", extra=LogFacts(error=error.message))
        return HttpReply(503)
    if not is_ours(request.path, signature, keys):
        return _refused(request)
    parsed = parse_delivery(request)
    match parsed:
        case UnusableRequest(status=status, reason=reason):
            return HttpReply(status, {"error": reason})
        case ReceivedEvent():
            return parsed
        case _:
            assert_never(parsed)


def _refused(request: HttpRequest) -> HttpReply:
    shown = request.path.encode("ascii", "replace").decode()[:_LONGEST_PATH]
    log.warning("request was not signed by us", extra=LogFacts(path=shown))
    return HttpReply(401)
