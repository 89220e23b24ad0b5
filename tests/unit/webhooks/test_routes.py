"""One encoding of contexts: for the route, the path, the URL and the signature."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from apify_camunda.identifiers import AttemptId, RegistrationId
from apify_camunda.webhooks.routes import (
    attempt_of,
    attempt_route,
    context_route,
    is_attempt,
    is_context,
    is_registration,
    path_of,
    registration_of,
    registration_route,
    route_of_path,
    shown_route,
    url_of,
)
from hypothesis import given
from hypothesis import strategies as st

URL_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ("order-finished", "/inbound/order-finished"),
        ("00000000-afce-56d0", "/inbound/00000000-afce-56d0"),
        ("my hook/ä?x=1#y", "/inbound/my~20hook~2F~C3~A4~3Fx~3D1~23y"),
        ("100%", "/inbound/100~25"),
        ("a~b", "/inbound/a~7Eb"),
    ],
)
def test_context_has_one_path(context: str, path: str) -> None:
    """A context of plain characters is its own name; everything else is encoded byte by byte."""
    assert path_of(context_route(context)) == path
    assert route_of_path(path) == context_route(context)
    assert f"/{shown_route(context_route(context))}" == path


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: text.strip("/"))
)
def test_every_context_comes_back(text: str) -> None:
    """The path of any context leads back to it, and no gateway changes the path."""
    context = text.strip("/")
    path = path_of(context_route(context))

    assert set(path) <= URL_SAFE
    assert path.count("/") == 2
    assert route_of_path(path) == context_route(context)


@pytest.mark.parametrize("context", ["my hook", "ä", "plain"])
def test_typed_url_is_understood(context: str) -> None:
    """A person who typed the context into the URL, as a browser encodes it, reaches the same route."""
    assert route_of_path(f"/inbound/{quote(context)}/") == context_route(context)


def test_kinds_of_routes_are_distinguished() -> None:
    """Each route says what it is of."""
    registration, attempt = RegistrationId("prod-0123456789abcdef"), AttemptId("2251-1")

    assert registration_of(registration_route(registration)) == registration
    assert registration_of(context_route("x")) is None
    assert attempt_of(attempt_route(attempt)) == attempt
    assert [is_registration("apify/x"), is_context("inbound/x"), is_attempt("runs/x")] == [True] * 3
    assert not any((is_registration("inbound/x"), is_context("runs/x"), is_attempt("apify/x")))


def test_url() -> None:
    """A route is reached under the public address, with or without a slash at its end."""
    assert url_of("apify/x", "https://hooks.example/") == url_of("apify/x", "https://hooks.example")
