"""Which webhook an element needs, and which webhooks are ours."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from apify_camunda.apify.model import ResourceKind
from apify_camunda.errors import InvalidInput
from apify_camunda.identifiers import ApifyUserId, RegistrationId
from apify_camunda.platform.signing_keys import SigningKeys
from apify_camunda.registration.domain.desired_webhook import (
    desired_webhook,
    differing_url,
    hand_route,
    is_of_deployment,
    registration_id,
    request_url,
    resolve_field,
    signature_mark,
    webhook_spec,
)
from apify_camunda.registration.domain.registration import Registration
from apify_camunda.webhooks.signature import SIGNATURE_HEADER, is_ours
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import builders
from tests.fakes.secret_source import KEYS

SECRETS = {"TOKEN": "token-of-acme", "deep.er": "d", "q": 'a"b', "feel": "=1+1"}
PUBLIC_URL = "https://hooks.example/base"
ROW = Registration(
    id=RegistrationId("acme-0123456789abcdef"),
    apify_user_id=ApifyUserId("user1"),
    kind=ResourceKind.TASK,
    resource_id="task1",
    event_types=("ACTOR.RUN.FAILED",),
    token_expressions=("secrets.TOKEN",),
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("{{secrets.TOKEN}}", "token-of-acme"),
        ("Bearer secrets.TOKEN", "Bearer token-of-acme"),
        ("=secrets.TOKEN", "token-of-acme"),
        (" = secrets.TOKEN ", "token-of-acme"),
        ("={{secrets.TOKEN}}", "token-of-acme"),
        ('="{{secrets.TOKEN}}"', "token-of-acme"),
        ('="a-" + {{ secrets.TOKEN }}', "a-token-of-acme"),
        ('="a-" + secrets.TOKEN', "a-token-of-acme"),
        ('=if true then secrets.deep.er else "x"', "d"),
        ('="x" + secrets.q', 'xa"b'),
        ("secrets.feel", "=1+1"),
        ("=secrets.feel", "=1+1"),
        ("=40 + 2", "42"),
        ('="say \\"hi\\""', 'say "hi"'),
    ],
)
def test_field_is_resolved(text: str, value: str) -> None:
    """Text, references and FEEL in any mixture give the field's value; a secret's text is never evaluated."""
    assert resolve_field("field", text, SECRETS) == value


@pytest.mark.parametrize(
    "text",
    [
        "{{secrets.NOPE}}",
        "=secrets.NOPE",
        '="a" + secrets.NOPE',
        "=null",
        "=[1]",
        "=true",
        "=1 +",
        "=nothing",
    ],
)
def test_unresolvable_field_is_an_error_without_values(text: str) -> None:
    """A missing secret, a failing expression or a value that is no text is refused."""
    with pytest.raises(InvalidInput) as caught:
        resolve_field("field", text, SECRETS)

    assert "token-of-acme" not in caught.value.message


@pytest.mark.parametrize(
    ("changes", "kind", "reference"),
    [
        ({}, ResourceKind.ACTOR, "actor1"),
        ({"resourceType": "Task", "resourceId": "acme/crawl"}, ResourceKind.TASK, "acme~crawl"),
        ({"resourceId": " acme~crawler "}, ResourceKind.ACTOR, "acme~crawler"),
        ({"resourceId": '="acme" + "/crawler"'}, ResourceKind.ACTOR, "acme~crawler"),
    ],
)
def test_resource(changes: dict[str, Any], kind: ResourceKind, reference: str) -> None:
    """Type and name of the resource are read leniently."""
    each = builders.catch(properties=builders.properties(authentication_token="t", **changes))

    wish = desired_webhook(each, SECRETS)

    assert (wish.kind, wish.reference) == (kind, reference)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resourceType", "build"),
        ("resourceType", None),
        ("resourceId", None),
        ("resourceId", '=""'),
        ("authentication.token", " "),
        ("authentication.token", None),
        ("eventTypes", "NEVER"),
        ("eventTypes", "=[]"),
        ("eventTypes", "=[1]"),
    ],
)
def test_missing_field_is_named(name: str, value: str | None) -> None:
    """What is missing or wrong is refused by its name."""
    given = builders.properties(authentication_token="t") | ({name: value} if value is not None else {})
    if value is None:
        del given[name]

    with pytest.raises(InvalidInput, match=name.replace(".", r"\.")):
        desired_webhook(builders.catch(properties=given), SECRETS)


def test_token_is_not_shown() -> None:
    """A wish that is printed tells no token."""
    each = builders.catch(properties=builders.properties(authentication_token="secrets.TOKEN"))

    assert "token-of-acme" not in repr(desired_webhook(each, SECRETS))


def test_registration_is_one_for_each_resource_of_a_user() -> None:
    """User, kind and resource name a registration; the deployment's id begins it."""
    parts = [
        ("u", ResourceKind.ACTOR, "r"),
        ("v", ResourceKind.ACTOR, "r"),
        ("u", ResourceKind.TASK, "r"),
        ("u", ResourceKind.ACTOR, "s"),
    ]
    ids = {registration_id("acme", ApifyUserId(user), kind, resource) for user, kind, resource in parts}

    assert len(ids) == 4
    assert all(each.startswith("acme-") for each in ids)
    for each in ids:
        assert is_of_deployment(request_url(PUBLIC_URL, each), public_url=PUBLIC_URL, deployment_id="acme")


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example/base/apify/acme-0123456789abcde",
        "https://hooks.example/base/apify/acme-eu-0123456789abcdef",
        "https://hooks.example/base/apify/acme-0123456789abcdef/x",
        "https://hooks.example/base/apify/acme-0123456789abcdef?a=b",
        "https://hooks.example/apify/acme-0123456789abcdef",
        "https://hooksXexample/base/apify/acme-0123456789abcdef",
        "https://hooks.example/base/inbound/acme-0123456789abcdef",
        "https://hooks.example/base/apify/other-0123456789abcdef",
    ],
)
def test_similar_urls_are_not_ours(url: str) -> None:
    """Another base, deployment or shape is somebody else's."""
    assert not is_of_deployment(url, public_url=PUBLIC_URL, deployment_id="acme")


def test_spec_is_signed_for_its_path() -> None:
    """A webhook posts to the registration's path under our base; the path alone is signed."""
    spec = webhook_spec(ROW, public_url=PUBLIC_URL + "/", keys=KEYS)

    assert spec.request_url == "https://hooks.example/base/apify/acme-0123456789abcdef"
    assert is_ours("/apify/acme-0123456789abcdef", spec.headers[SIGNATURE_HEADER], KEYS)
    assert (spec.kind, spec.resource_id, spec.event_types) == (ROW.kind, ROW.resource_id, ROW.event_types)


@pytest.mark.parametrize(
    "change", [{"webhook_id": "w1"}, {"failures": 1}, {"event_types": ("ACTOR.RUN.ABORTED",)}]
)
def test_recreated_webhook_has_another_key(change: dict[str, Any]) -> None:
    """A repeated request finds the same webhook; a replacement does not find the old one."""
    spec = webhook_spec(ROW, public_url=PUBLIC_URL, keys=KEYS)

    assert webhook_spec(ROW, public_url=PUBLIC_URL, keys=KEYS).idempotency_key == spec.idempotency_key
    changed = webhook_spec(ROW.model_copy(update=change), public_url=PUBLIC_URL, keys=KEYS)
    assert changed.idempotency_key != spec.idempotency_key


@pytest.mark.parametrize(
    ("url", "differs"),
    [
        (None, False),
        (PUBLIC_URL, False),
        (PUBLIC_URL + "/", False),
        (f'="{PUBLIC_URL}"', False),
        ("https://x", True),
        ("=1 +", True),
    ],
)
def test_url_of_the_element(url: str | None, differs: Any) -> None:
    """A URL that differs from ours is reported, in every notation."""
    each = builders.catch(properties=builders.properties(connectorWebhookUrl=url))

    assert (differing_url(each, PUBLIC_URL, {}) is not None) is differs


def test_url_is_shown_as_it_is_modelled() -> None:
    """A URL that differs is reported without the secrets that it refers to."""
    text = "https://{{secrets.TOKEN}}@internal.example"
    each = builders.catch(properties=builders.properties(connectorWebhookUrl=text))

    assert differing_url(each, PUBLIC_URL, SECRETS) == text


@pytest.mark.parametrize("unsendable", ["apify_api_\u2026", "two\nlines", "\u00fc", "\ud83d", "\x00"])
@pytest.mark.parametrize("name", ["authentication.token", "resourceId"])
def test_what_no_request_can_carry_is_refused(name: str, unsendable: str) -> None:
    """Text that fits into no header and no path is refused by its field's name, without the text."""
    given = builders.properties(authentication_token="t") | {name: "{{secrets.ODD}}"}

    with pytest.raises(InvalidInput, match=name.replace(".", r"\.")) as caught:
        desired_webhook(builders.catch(properties=given), {"ODD": f"a{unsendable}b"})

    assert unsendable not in caught.value.message


def test_wrong_kind_is_reported_without_its_value() -> None:
    """A type of resource that is none may be a secret that got into the wrong field."""
    given = builders.properties(resourceType="{{secrets.TOKEN}}")

    with pytest.raises(InvalidInput, match="'resourceType'") as caught:
        desired_webhook(builders.catch(properties=given), SECRETS)

    assert "token-of-acme" not in caught.value.message


class TestHandRoute:
    @pytest.mark.parametrize(
        ("context", "route"),
        [
            (None, None),
            (" ", None),
            ("/", None),
            ("a b", "inbound/a b"),
            ("/a/b/", "inbound/a/b"),
            ("{{secrets.TOKEN}}", "inbound/token-of-acme"),
            ('="x" + "y"', "inbound/xy"),
            ("\u00fc" * 256, "inbound/" + "\u00fc" * 256),
        ],
    )
    def test_path_is_the_elements_own(self, context: str | None, route: str | None) -> None:
        """The webhook id names a path, however it is written; without one there is none."""
        each = builders.catch(properties=builders.properties(inbound_context=context))

        assert hand_route(each, SECRETS) == route

    @pytest.mark.parametrize(
        "context", ["c" * 513, "\u00fc" * 257, "{{secrets.HALF}}", "a\nb", "{{secrets.NO}}"]
    )
    def test_wrong_path_is_refused(self, context: str) -> None:
        """A name that is too long for a row of ours, or that cannot be typed, is refused."""
        each = builders.catch(properties=builders.properties(inbound_context=context))

        with pytest.raises(InvalidInput):
            hand_route(each, {"HALF": "\ud83d"})


class TestSignatureMark:
    def test_each_key_and_path_has_its_own(self) -> None:
        """A new key is another mark, also under the same id; so is another registration."""
        same_id = SigningKeys(KEYS.current_id, {KEYS.current_id: b"another-key-of-the-same-name"})
        marks = {
            signature_mark(ROW.id, KEYS),
            signature_mark(ROW.id, same_id),
            signature_mark(RegistrationId("acme-1"), KEYS),
        }

        assert len(marks) == 3
        assert signature_mark(ROW.id, KEYS) == signature_mark(ROW.id, KEYS)

    def test_it_is_not_a_signature(self) -> None:
        """A reader of the row cannot sign with what it holds."""
        carried = webhook_spec(ROW, public_url=PUBLIC_URL, keys=KEYS).headers[SIGNATURE_HEADER]

        assert signature_mark(ROW.id, KEYS) not in carried


TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="{}secrt.TOKENQ =\"+1[]'()", max_size=30).map("=".__add__),
    st.sampled_from(["{{secrets.ODD}}", "=secrets.ODD", "secrets.ODD", "=secrets", "actor", "TASK", "=null"]),
)
NAMES = (
    "authentication.token",
    "resourceType",
    "resourceId",
    "inbound.context",
    "eventTypes",
    "connectorWebhookUrl",
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(values=st.dictionaries(st.sampled_from(NAMES), TEXTS), odd=st.text(max_size=20))
def test_any_text_is_accepted(values: dict[str, str], odd: str) -> None:
    """Any text of a modeller or a secret gives a webhook that can be sent, or is refused as wrong input."""
    each = builders.catch(properties=builders.properties() | values)
    secrets = {"ODD": odd, "APIFY_TOKEN": "t", "a.b": odd, "a": odd}

    with contextlib.suppress(InvalidInput):
        wish = desired_webhook(each, secrets)
        assert f"{wish.token}{wish.reference}".isascii()
    with contextlib.suppress(InvalidInput):
        route = hand_route(each, secrets)
        assert route is None or len(route.encode()) <= 520
    differing_url(each, PUBLIC_URL, secrets)
