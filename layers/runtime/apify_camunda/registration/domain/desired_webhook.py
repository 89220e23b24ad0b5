"""Decides which webhook an element needs: token, resource, event types; names and recognises ours.

FEEL never sees a secret: an expression yields text with references, and they are resolved in its value.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apify_camunda.apify.model import PAYLOAD_TEMPLATE, ResourceKind, WebhookSpec
from apify_camunda.camunda.elements import InboundElement
from apify_camunda.errors import InvalidInput
from apify_camunda.expressions.evaluation import evaluate_to_json
from apify_camunda.expressions.secret_references import MISSING_SECRET, names_in, resolve_text, sole_reference
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.webhooks.event_types import wanted_event_types
from apify_camunda.webhooks.routes import context_route, path_of, registration_route, url_of
from apify_camunda.webhooks.signature import signature, signature_headers

CONTEXT = "inbound.context"
TOKEN = "authentication.token"  # noqa: S105 - a property's name, not a token
_STRING_OR_REFERENCE = re.compile(r'"(?:\\.|[^"\\])*"|\{\{\s*secrets\.\S+?\s*\}\}')
_ID_DIGITS = 16
_MOST_TOKENS = 20
_LONGEST_CONTEXT_BYTES = 512
"""A key in DynamoDB has at most 1,024."""


@dataclass(frozen=True, slots=True)
class DesiredWebhook:
    """The webhook that an element needs.

    Attributes:
        reference: The Actor or task, as an id, `username~name` or `~name`.
    """

    token: str = field(repr=False)
    kind: ResourceKind
    reference: str
    event_types: tuple[str, ...]


def desired_webhook(element: InboundElement, secrets: Mapping[str, str]) -> DesiredWebhook:
    """Return the webhook that the element needs, with its expressions evaluated and its secrets resolved.

    Raises:
        InvalidInput: A field is missing or cannot be worked out; the message names the field, not its value.
    """
    kind = _required(element, "resourceType", secrets).lower()
    if kind not in {each.value for each in ResourceKind}:
        raise InvalidInput("'resourceType' must be 'actor' or 'task'.")
    token = _required(element, TOKEN, secrets)
    if not _is_plain(token):
        raise InvalidInput(f"'{TOKEN}' must be an API token: printable ASCII characters.")
    reference = _required(element, "resourceId", secrets)
    if not _is_plain(reference):
        raise InvalidInput("'resourceId' must be an id or `username/name`: printable ASCII characters.")
    return DesiredWebhook(
        token=token,
        kind=ResourceKind(kind),
        reference=reference.replace("/", "~"),
        event_types=wanted_event_types(element),
    )


def hand_route(element: InboundElement, secrets: Mapping[str, str]) -> str | None:
    """Return the element's own path, at which a person may point a webhook, or None where it has none.

    Raises:
        InvalidInput: Its name cannot be worked out, or is no name that a path can have.
    """
    context = element.property_or_none(CONTEXT)
    name = resolve_field(CONTEXT, context, secrets).strip().strip("/") if context is not None else ""
    if len(name.encode(errors="surrogatepass")) > _LONGEST_CONTEXT_BYTES or not name.isprintable():
        raise InvalidInput(f"'{CONTEXT}' must be at most {_LONGEST_CONTEXT_BYTES} bytes of printable text.")
    return context_route(name) if name else None


def resolve_field(name: str, text: str, secrets: Mapping[str, str]) -> str:
    """Return a property's value: `{{secrets.X}}`, `secrets.X`, `=secrets.X`, or any FEEL after `=`.

    Raises:
        InvalidInput: A secret is missing, the expression fails, or its value is no text.
    """
    if not text.lstrip().startswith("="):
        return resolve_text(text, secrets)
    expression = text.strip().removeprefix("=").strip()
    if sole_reference(expression) is not None:
        return resolve_text(expression, secrets)
    for missing in sorted(names_in(expression) - secrets.keys()):
        raise InvalidInput(f"Secret with name '{missing}' is not available", code=MISSING_SECRET)
    quoted = _STRING_OR_REFERENCE.sub(_quoted, expression)
    value = evaluate_to_json(f"'{name}'", quoted, {"secrets": _references(secrets)}).json
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise InvalidInput(f"The expression of '{name}' gives no text.")
    return resolve_text(value, secrets)


def differing_url(element: InboundElement, public_url: str, secrets: Mapping[str, str]) -> str | None:
    """Return the element's own webhook URL, as it is modelled, where it names another place than ours.

    It is reported, so no secret is put into it.
    """
    text = element.property_or_none("connectorWebhookUrl")
    if text is None:
        return None
    try:
        url = resolve_field("connectorWebhookUrl", text, secrets)
    except InvalidInput as error:
        return error.message
    return text if url.strip().rstrip("/") != public_url.rstrip("/") else None


def registration_id(
    deployment_id: str, user: ApifyUserId, kind: ResourceKind, resource_id: str
) -> RegistrationId:
    """Return the id of the one webhook for a user's resource, which begins with the deployment's."""
    digest = hashlib.sha256(f"{user}/{kind.value}/{resource_id}".encode()).hexdigest()
    return RegistrationId(f"{deployment_id}-{digest[:_ID_DIGITS]}")


def request_url(public_url: str, registration: RegistrationId) -> str:
    """Return where a registration's webhook posts to."""
    return url_of(registration_route(registration), public_url)


def is_of_deployment(url: str, *, public_url: str, deployment_id: str) -> bool:
    """Say whether a webhook with this URL was made by this very deployment."""
    ours = rf"{re.escape(public_url.rstrip('/'))}/apify/{re.escape(deployment_id)}-[0-9a-f]{{{_ID_DIGITS}}}"
    return re.fullmatch(ours, url) is not None


def webhook_spec(registration: Registration, *, public_url: str, keys: SigningKeys) -> WebhookSpec:
    """Return the webhook as it has to be at Apify.

    A webhook that has to be created again has another idempotency key than the one that is gone: Apify would
    answer with that one.
    """
    url = request_url(public_url, registration.id)
    made_for = (
        url,
        registration.webhook_id or "",
        signature_mark(registration.id, keys),
        str(registration.failures),
        *registration.event_types,
    )
    return WebhookSpec(
        kind=registration.kind,
        resource_id=registration.resource_id,
        event_types=registration.event_types,
        request_url=url,
        headers=signature_headers(path_of(registration_route(registration.id)), keys),
        description=f"Camunda 8 connectors, deployment {registration.id.rpartition('-')[0]}",
        idempotency_key=hashlib.sha256(" ".join(made_for).encode()).hexdigest(),
    )


def signature_mark(registration: RegistrationId, keys: SigningKeys) -> str:
    """Return what names the signature and templates that a webhook carries; it is no signature itself.

    It is stored in the row: after a change of the key, or of the templates in a release, the webhook is
    updated.
    """
    carried = f"{signature(path_of(registration_route(registration)), keys)} {PAYLOAD_TEMPLATE}"
    return hashlib.sha256(carried.encode()).hexdigest()[:_ID_DIGITS]


def all_event_types(elements: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the union of event types, sorted."""
    return tuple(sorted({name for names in elements for name in names}))


def token_expressions(elements: Iterable[InboundElement]) -> tuple[str, ...]:
    """Return the tokens of elements as they are modelled, sorted, as many as a row holds."""
    return tuple(sorted({element.properties[TOKEN] for element in elements})[:_MOST_TOKENS])


def _required(element: InboundElement, name: str, secrets: Mapping[str, str]) -> str:
    text = element.property_or_none(name)
    value = resolve_field(name, text, secrets).strip() if text is not None else ""
    if not value:
        raise InvalidInput(f"'{name}' is empty.")
    return value


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _quoted(match: re.Match[str]) -> str:
    """Turn a reference outside of a string literal into a string, which is resolved afterwards."""
    found = match.group()
    return found if found.startswith('"') else f'"{found}"'


def _references(secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return a context in which `secrets.X` yields the reference to X, not its value."""
    context: dict[str, Any] = {}
    for name in sorted(secrets):
        place = context
        *path, last = name.split(".")
        for part in path:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place.setdefault(last, f"{{{{secrets.{name}}}}}")
    return context
