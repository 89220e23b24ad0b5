"""The form of a text: of one field, and of one operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from element_templates.properties import Choice


@dataclass(frozen=True, slots=True)
class FieldText:
    """What a field says.

    Attributes:
        tooltip: An example and its result; HTML.
        value: The default that the template fills in, where it is not the model's own.
        required: The operation cannot be carried out without it.
        choices: Makes the field a dropdown.
        is_option: Shown in the closed group *Run options* or *Options*.
    """

    label: str
    description: str
    tooltip: str
    placeholder: str | None = None
    value: str | bool | None = None
    required: bool = False
    choices: tuple[Choice, ...] = ()
    is_option: bool = False


@dataclass(frozen=True, slots=True)
class OperationText:
    """What an operation says.

    Attributes:
        menu: Where Modeler's menu (8.10) shows it.
        result_variable: The default of *Result variable*.
        result_expression: The default of *Result expression*.
        page: The page of the guide.
        fields: By the name of the input, in the order of the panel.
    """

    label: str
    menu: str
    description: str
    keywords: tuple[str, ...]
    result_expression: str
    fields: Mapping[str, FieldText]
    result_variable: str | None = None
    page: str = field(default="")
