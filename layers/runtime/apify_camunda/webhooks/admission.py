"""The door: lets in what a webhook of ours sent, answers everybody else, and reads no store but the keys."""

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


async def admit(request: HttpRequest, secrets: SecretSource) -> ReceivedEvent | HttpReply:
    """Return what was sent, or the answer: 401 to a stranger, 400 or 413 for what cannot be worked on.

    Without the keys nobody can be told from a stranger: the answer is 503, and Apify comes again.
    """
    signature = request.headers.get(SIGNATURE_HEADER)
    try:
        keys = await secrets.signing_keys(naming=key_id_of(signature))
    except (ConfigurationError, StoreUnavailable) as error:
        log.exception("signing keys were not to be had", extra=LogFacts(error=error.message))
        return HttpReply(503)
    if not is_ours(request.path, signature, keys):
        log.warning("request was not signed by us", extra=LogFacts(path=request.path))
        return HttpReply(401)
    parsed = parse_delivery(request)
    match parsed:
        case UnusableRequest(status=status, reason=reason):
            return HttpReply(status, {"error": reason})
        case ReceivedEvent():
            return parsed
        case _:
            assert_never(parsed)
