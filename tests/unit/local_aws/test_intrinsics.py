"""The language of a template: tags, functions, conditions, parameters."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from local_aws.intrinsics import NO_VALUE, Evaluator, TemplateError, load_document, parameter_values


class Named:
    """Resources whose every name says how it was asked for."""

    def ref(self, logical_id: str) -> str:
        return f"ref of {logical_id}"

    def attribute(self, logical_id: str, name: str) -> str:
        return f"{name} of {logical_id}"


def document(tmp_path: Path, text: str) -> dict[str, Any]:
    path = tmp_path / "template.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return load_document(path)


def evaluated(tmp_path: Path, value: str) -> Any:
    """Return the value of a YAML text in a small template."""
    text = (
        "Conditions:\n"
        "  Holds: !Equals [a, !Ref Letter]\n"
        "  Fails: !Not [!Condition Holds]\n"
        "  Both: !And [!Condition Holds, !Condition Fails]\n"
        "  Either: !Or [!Condition Holds, !Condition Fails]\n"
        "Mappings:\n"
        "  Sizes: {small: {memory: 128}}\n"
        f"Value: {value}\n"
    )
    parsed = document(tmp_path, text)
    evaluator = Evaluator(parsed, {"Letter": "a", "Names": ["x", "y"]}, {"AWS::Region": "here"}, Named())
    return evaluator.evaluate(parsed["Value"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("[1, true, null]", [1, True, None]),
        ("!Ref Letter", "a"),
        ("!Ref AWS::Region", "here"),
        ("!Ref Thing", "ref of Thing"),
        ("{Ref: Thing}", "ref of Thing"),
        ("!GetAtt Thing.Arn", "Arn of Thing"),
        ("!GetAtt [Thing, Sub.Arn]", "Sub.Arn of Thing"),
        ("{'Fn::GetAtt': [Thing, Arn]}", "Arn of Thing"),
        ("!Sub '${Letter}-${Thing.Arn}-${AWS::Region}-${!Literal}'", "a-Arn of Thing-here-${Literal}"),
        ("!Sub ['${a}${Letter}', {a: !Ref Thing}]", "ref of Thinga"),
        ("!If [Holds, 1, 2]", 1),
        ("!If [Fails, 1, 2]", 2),
        ("!If [Both, 1, 2]", 2),
        ("!If [Either, 1, 2]", 1),
        ("!Join ['-', [a, !Ref Letter, 1]]", "a-a-1"),
        ("!Join [',', !Ref Names]", "x,y"),
        ("!Select [1, !Split [',', 'p,q']]", "q"),
        ("!Select ['0', [!Ref Letter]]", "a"),
        ("!FindInMap [Sizes, small, memory]", 128),
        ("{a: !Ref AWS::NoValue, b: 1}", {"b": 1}),
        ("[!If [Fails, 1, !Ref AWS::NoValue], 2]", [2]),
        ("{nested: [{deep: !Ref Letter}]}", {"nested": [{"deep": "a"}]}),
    ],
)
def test_each_function_gives_its_value(tmp_path: Path, text: str, value: Any) -> None:
    """Each intrinsic function, in short and long form, evaluates as CloudFormation does."""
    assert evaluated(tmp_path, text) == value


def test_no_value_is_used_alone(tmp_path: Path) -> None:
    """A value that is wholly AWS::NoValue says so, so that who holds it can leave it out."""
    assert evaluated(tmp_path, "!Ref AWS::NoValue") is NO_VALUE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("!ImportValue other", "Fn::ImportValue is not supported"),
        ("{'Fn::Transform': {Name: x}}", "Fn::Transform is not supported"),
        ("!If [Nobody, 1, 2]", "no condition Nobody"),
        ("!FindInMap [Sizes, huge, memory]", "huge"),
    ],
)
def test_what_is_unknown_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """What cannot be evaluated here is refused by name."""
    with pytest.raises(TemplateError, match=reason):
        evaluated(tmp_path, text)


def test_condition_in_a_circle_is_refused(tmp_path: Path) -> None:
    """A condition that depends on itself is refused, not followed without end."""
    parsed = document(tmp_path, "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n")
    with pytest.raises(TemplateError, match="depends on itself"):
        Evaluator(parsed, {}, {}, Named()).holds("A")


@pytest.mark.parametrize("text", ["a: [", "- a list"])
def test_file_that_is_not_a_template_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is not a YAML mapping is refused with its path."""
    with pytest.raises(TemplateError, match=r"template\.yaml is not"):
        document(tmp_path, text)


PARAMETERS = {
    "Needed": {"Type": "String"},
    "Counted": {"Type": "Number", "Default": 3},
    "Chosen": {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]},
    "Shaped": {"Type": "String", "Default": "x1", "AllowedPattern": "[a-z][0-9]"},
    "Listed": {"Type": "CommaDelimitedList", "Default": "p, q"},
    "Empty": {"Type": "CommaDelimitedList", "Default": ""},
}


def test_parameters_have_their_given_or_default_value() -> None:
    """A given value wins over the default; lists are split."""
    values = parameter_values(PARAMETERS, {"Needed": "yes", "Chosen": "b"})
    assert values == {
        "Needed": "yes",
        "Counted": "3",
        "Chosen": "b",
        "Shaped": "x1",
        "Listed": ["p", "q"],
        "Empty": [],
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "need a value: Needed"),
        ({"Needed": "", "Unknown": ""}, "no parameters Unknown"),
        ({"Needed": "", "Chosen": "c"}, "allowed are a, b"),
        ({"Needed": "", "Shaped": "11"}, "does not match"),
    ],
)
def test_wrong_parameters_are_refused(given: dict[str, str], reason: str) -> None:
    """A missing, unknown or disallowed value is refused."""
    with pytest.raises(TemplateError, match=reason):
        parameter_values(PARAMETERS, given)
