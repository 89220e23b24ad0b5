"""The field of the Apify API token, which all templates have."""

from __future__ import annotations

from typing import Final

from element_templates.properties import Binding, Property
from element_templates.template import Group

TOKEN_GROUP: Final = Group("authentication", "Authentication")


def token_field(binding_type: str) -> Property:
    """Return the field; it is prefilled, so its group is closed at first."""
    return Property(
        "authentication.token",
        "String",
        Binding(binding_type, "authentication.token"),
        group=TOKEN_GROUP.id,
        label="Apify API token",
        description="A reference to the secret that holds your API token. "
        '<a href="https://console.apify.com/settings/integrations" target="_blank">Apify Console</a> shows '
        "the token under Settings, Integrations.",
        tooltip="Example: <code>{{secrets.APIFY_TOKEN}}</code> is replaced by the value of the secret "
        "<code>APIFY_TOKEN</code> when the element is carried out. A token in plain text would be readable "
        "for everyone who can open the diagram.",
        placeholder="{{secrets.APIFY_TOKEN}}",
        value="{{secrets.APIFY_TOKEN}}",
        feel="optional",
        not_empty=True,
    )
