"""Checks Apify as each token sees it, and that Apify reaches the public URL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
from apify_camunda.apify.error_mapping import Asked
from apify_camunda.apify.http import ApifyHttp, Request
from apify_camunda.errors import ApifyRejected, ErrorCode
from apify_camunda.webhooks.signature import signature_headers

from apify_camunda_cli.deployment.container import Container
from apify_camunda_cli.deployment.doctor.finding import Finding, failed, ok, skipped, warning

_MOST_WEBHOOKS = 100
_FEW_LEFT = 10
_TIMEOUT = timedelta(seconds=30)
_BETWEEN = timedelta(seconds=1)
_TEST_PATH = "/inbound/apify-camunda-doctor"
_OVER = frozenset({"SUCCEEDED", "FAILED", "ABORTED"})
_WEBHOOK = Asked(ErrorCode.WEBHOOK_NOT_FOUND)


async def tokens(container: Container) -> AsyncIterator[Finding]:
    """Ask Apify for the user and the webhooks of each token among the secrets."""
    found = _tokens(await container.secrets.secrets())
    if not found:
        yield warning(
            "Apify token",
            "no secret looks like an Apify token",
            "Name it APIFY_TOKEN, or store a token that begins with apify_api_.",
        )
    for name, token in found.items():
        apify = container.apify.with_token(token)
        try:
            user = await apify.user_id()
        except ApifyRejected as error:
            yield failed(
                "Apify token",
                f"Apify does not accept the token {name} ({error.code})",
                "Create a token in the Apify Console (Settings, API & Integrations); store it in the secret.",
            )
            continue
        yield ok("Apify token", f"{name} is a token of user {user}")
        try:
            yield _room(name, [each.is_ad_hoc async for each in apify.webhooks()].count(False))
        except ApifyRejected as error:
            yield warning(
                "Apify webhooks",
                f"{name} may not list the user's webhooks ({error.code})",
                "Give the token the permission to manage webhooks, or grant it on its Actors and tasks.",
            )


def _tokens(secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in sorted(secrets.items())
        if value.startswith("apify_api_") or ("APIFY" in name.upper() and "TOKEN" in name.upper())
    }


def _room(name: str, count: int) -> Finding:
    said = f"the user of {name} has {count} of {_MOST_WEBHOOKS} webhooks"
    remedy = "Delete webhooks that are not needed in the Apify Console; each Actor or task needs one."
    if count >= _MOST_WEBHOOKS:
        return failed("Apify webhooks", said, remedy)
    return (
        warning("Apify webhooks", said, remedy)
        if count > _MOST_WEBHOOKS - _FEW_LEFT
        else ok("Apify webhooks", said)
    )


async def public_url(container: Container) -> AsyncIterator[Finding]:
    """Deliver a signed test event to the public URL from this machine."""
    url = container.deployment.setting("PUBLIC_URL").rstrip("/")
    headers = signature_headers(_TEST_PATH, await container.secrets.signing_keys())
    event = {"eventType": "TEST", "eventData": {}, "resource": {}}
    try:
        answer = await container.http.post(f"{url}{_TEST_PATH}", json=event, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        remedy = "Check PublicUrl, its DNS name and certificate; a private API cannot be called by Apify."
        yield failed("public URL", f"{url} cannot be reached from here ({type(error).__name__})", remedy)
        return
    if answer.status_code == 200 or _is_unknown_path(answer):
        yield ok("public URL", f"{url} accepts a signed test event")
    elif answer.status_code == 401:
        yield failed(
            "public URL",
            f"{url} refuses the signature of a test event",
            "The functions read another signing secret, or the key was replaced less than five minutes ago.",
        )
    else:
        yield failed(
            "public URL",
            f"{url} answered {answer.status_code} to a test event",
            "See the log of ReceiveWebhook, and that PublicUrl leads to this stack's API.",
        )


def _is_unknown_path(answer: httpx.Response) -> bool:
    """Say whether our function accepted the signature and has no element for the path."""
    try:
        return answer.status_code == 404 and "error" in answer.json()
    except (ValueError, TypeError):
        return False


async def dispatch(container: Container) -> AsyncIterator[Finding]:
    """Let Apify itself deliver a test event to one of our webhooks."""
    check = "Apify's dispatch"
    registrations = [each for each in await container.registry.registrations() if each.webhook_id]
    if not registrations:
        yield skipped(check, "no webhook is registered yet that Apify could test")
        return
    webhook = str(registrations[0].webhook_id)
    for name, token in _tokens(await container.secrets.secrets()).items():
        http = container.apify_http(token)
        try:
            answer = await http.send(Request("POST", ("webhooks", webhook, "test"), _WEBHOOK))
        except ApifyRejected:
            continue  # another user's
        outcome = await _outcome(container, http, answer.json()["data"])
        yield _dispatched(check, name, webhook, outcome)
        return
    yield skipped(check, f"no token may test webhook {webhook}")


async def _outcome(container: Container, http: ApifyHttp, dispatched: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the dispatch once it has ended, or as it is when the time limit is over."""
    give_up_at = container.clock.now() + _TIMEOUT
    while dispatched.get("status") not in _OVER and container.clock.now() < give_up_at:
        await container.clock.sleep(_BETWEEN)
        answer = await http.send(Request("GET", ("webhook-dispatches", str(dispatched["id"])), _WEBHOOK))
        dispatched = answer.json()["data"]
    return dispatched


def _dispatched(check: str, token: str, webhook: str, outcome: Mapping[str, Any]) -> Finding:
    if outcome.get("status") == "SUCCEEDED":
        return ok(check, f"Apify delivered a test event of webhook {webhook} ({token})")
    calls = outcome.get("calls") or ()
    answers = [str(call.get("responseStatus") or call.get("errorMessage")) for call in calls]
    said = f"{outcome.get('status')} ({', '.join(answers) or 'no answer'})"
    return failed(
        check,
        f"Apify could not deliver a test event of webhook {webhook}: {said}",
        "Apify must reach PublicUrl from the internet; see the webhook's dispatches in the Apify Console.",
    )
