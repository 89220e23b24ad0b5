"""Which secrets each input may use."""

from __future__ import annotations

import pytest
from apify_camunda.errors import InvalidInput
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.input_secrets import (
    InputSecrets,
    may_be_whole,
    names_of,
    resolve_inputs,
    secrets_of_elements,
)

OURS = "io.camunda:apify-outbound:1"
SECRETS = {"TOKEN": "token-of-acme", "KEY": "key-of-acme"}


def task(element_id: str, *inputs: tuple[str, str], job_type: str = OURS) -> str:
    mappings = "".join(f"<zeebe:input source='{source}' target='{target}'/>" for target, source in inputs)
    return (
        f'<bpmn:serviceTask id="{element_id}"><bpmn:extensionElements>'
        f'<zeebe:taskDefinition type="{job_type}"/><zeebe:ioMapping>{mappings}</zeebe:ioMapping>'
        f'<zeebe:taskHeaders><zeebe:header key="resultExpression" value="=secrets.H"/></zeebe:taskHeaders>'
        "</bpmn:extensionElements></bpmn:serviceTask>"
    )


def document(content: str) -> str:
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"><bpmn:process id="p">'
        f"{content}</bpmn:process></bpmn:definitions>"
    )


class TestSecretsOfElements:
    def test_names_are_noted_for_each_input(self) -> None:
        """A name belongs to the input whose source mentions it; headers use none."""
        xml = document(
            task(
                "A",
                ("authentication.token", "{{secrets.TOKEN}}"),
                ("x.y", '={a: "secrets.KEY"}'),
                ("z", "=1"),
            )
        )
        assert secrets_of_elements(xml, job_type=OURS) == {
            "A": InputSecrets(
                {("authentication", "token"): frozenset({"TOKEN"}), ("x", "y"): frozenset({"KEY"})}
            )
        }

    def test_elements_of_other_types_have_none(self) -> None:
        """Secrets in the inputs of other connectors are ignored."""
        xml = document(task("A", ("token", "{{secrets.TOKEN}}"), job_type="io.camunda:http-json:1"))
        assert secrets_of_elements(xml, job_type=OURS) == {}

    def test_elements_of_sub_processes_are_seen(self) -> None:
        """However deep an element is, it may use its secrets."""
        inner = task("A", ("token", "{{secrets.TOKEN}}"))
        for depth in range(3):
            inner = f'<bpmn:subProcess id="s{depth}">{inner}</bpmn:subProcess>'
        assert list(secrets_of_elements(document(inner), job_type=OURS)) == ["A"]

    def test_two_inputs_to_one_place_share_their_names(self) -> None:
        """Where two inputs write one path, the names of both count."""
        xml = document(task("A", ("t", "{{secrets.TOKEN}}"), ("t", "{{secrets.KEY}}")))
        assert names_of(secrets_of_elements(xml, job_type=OURS)["A"]) == {"TOKEN", "KEY"}

    def test_text_that_is_not_xml_is_refused(self) -> None:
        """An unreadable document is invalid input."""
        with pytest.raises(InvalidInput):
            secrets_of_elements("<a>", job_type=OURS)


class TestResolveInputs:
    def test_secret_is_put_in_where_its_input_names_it(self) -> None:
        """Below the path of the input, at any depth, references are replaced."""
        granted = InputSecrets({("in", "body"): frozenset({"KEY"})})
        variables: JsonObject = {"in": {"body": {"headers": [{"auth": "Bearer {{secrets.KEY}}"}]}}}
        assert resolve_inputs(variables, SECRETS, granted) == {
            "in": {"body": {"headers": [{"auth": "Bearer key-of-acme"}]}}
        }

    def test_data_in_another_input_gets_no_secret(self) -> None:
        """What a customer wrote into one input names nothing, though another input may use the secret."""
        granted = InputSecrets({("authentication", "token"): frozenset({"TOKEN"})})
        stolen = "https://elsewhere.example/?t={{secrets.TOKEN}}"
        variables: JsonObject = {
            "authentication": {"token": "{{secrets.TOKEN}}"},
            "in": {"url": stolen, "tokens": [stolen]},
        }
        assert resolve_inputs(variables, SECRETS, granted) == {
            "authentication": {"token": "token-of-acme"},
            "in": {"url": stolen, "tokens": [stolen]},
        }

    def test_a_name_of_the_whole_is_a_name_of_its_parts(self) -> None:
        """An input that fills an object may use its names in every field of it."""
        granted = InputSecrets({("authentication",): frozenset({"TOKEN"})})
        variables: JsonObject = {"authentication": {"token": "{{secrets.TOKEN}}"}}
        assert resolve_inputs(variables, SECRETS, granted) == {"authentication": {"token": "token-of-acme"}}

    def test_a_missing_secret_is_reported_where_it_may_be_used(self) -> None:
        """A secret that does not exist is an error where its input names it, and text elsewhere."""
        granted = InputSecrets({("a",): frozenset({"GONE"})})
        assert resolve_inputs({"b": "{{secrets.GONE}}"}, SECRETS, granted) == {"b": "{{secrets.GONE}}"}
        with pytest.raises(InvalidInput, match="'GONE'"):
            resolve_inputs({"a": "{{secrets.GONE}}"}, SECRETS, granted)


class TestWholeSources:
    """Apify's document writes `=secrets.APIFY_TOKEN`, which Camunda evaluates to null."""

    @pytest.mark.parametrize("source", ["=secrets.TOKEN", "= secrets.TOKEN", " =secrets.TOKEN "])
    def test_source_that_is_a_secret_alone_is_noted(self, source: str) -> None:
        """Blanks around it do not matter."""
        xml = document(task("A", ("authentication.token", source)))
        assert secrets_of_elements(xml, job_type=OURS)["A"].whole == {("authentication", "token"): "TOKEN"}

    @pytest.mark.parametrize("source", ["secrets.TOKEN", '=secrets.TOKEN + "x"', "=my.secrets.TOKEN", "=x"])
    def test_any_other_source_is_not(self, source: str) -> None:
        """An expression that does more is Camunda's to evaluate."""
        xml = document(task("A", ("authentication.token", source.replace('"', "&quot;"))))
        assert secrets_of_elements(xml, job_type=OURS)["A"].whole == {}

    @pytest.mark.parametrize("variables", [{}, {"authentication": {}}, {"authentication": {"token": None}}])
    def test_null_becomes_the_secret(self, variables: JsonObject) -> None:
        """Where Camunda left null, or nothing, the secret is put in."""
        granted = InputSecrets(whole={("authentication", "token"): "TOKEN"})
        assert resolve_inputs(variables, SECRETS, granted) == {"authentication": {"token": "token-of-acme"}}

    def test_value_stays(self) -> None:
        """A process variable `secrets` that gives a value is the modeller's."""
        granted = InputSecrets(whole={("authentication", "token"): "TOKEN"})
        given: JsonObject = {"authentication": {"token": "own"}}
        assert resolve_inputs(given, SECRETS, granted) == given

    def test_missing_secret_is_reported(self) -> None:
        """A secret that does not exist is named."""
        granted = InputSecrets(whole={("authentication", "token"): "GONE"})
        with pytest.raises(InvalidInput, match="'GONE'"):
            resolve_inputs({"authentication": {"token": None}}, SECRETS, granted)

    def test_only_null_asks_for_the_document(self) -> None:
        """Without a null input no definition has to be read."""
        assert may_be_whole({"authentication": {"token": None}})
        assert not may_be_whole({"authentication": {"token": "x"}, "operation": {"type": "getRun"}})
