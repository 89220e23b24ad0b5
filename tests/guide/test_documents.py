"""The documents keep their promises: expressions, commands, links, pictures and tables are true."""

from __future__ import annotations

import json
import re
import shlex
from itertools import takewhile
from pathlib import Path

import click
import pytest
from apify_camunda.errors import ErrorCode
from apify_camunda.feel import Evaluated, evaluate
from apify_camunda.feel.connector_functions import CONNECTOR_FUNCTIONS
from apify_camunda.feel.json_values import to_json
from apify_camunda_cli.__main__ import main
from apify_camunda_cli.commands import apify_camunda
from element_templates.build import templates
from element_templates.models import operations
from element_templates.texts.operations import OPERATION_TEXTS
from guide.tables import drift

from tests.e2e.command import EXAMPLES
from tests.guide.documents import (
    DOCS,
    GUIDE,
    ROOT,
    Claim,
    Command,
    anchors,
    claims,
    commands,
    links,
    sessions,
)

CLAIMS = list(claims())
SESSIONS = list(sessions())
COMMANDS = sorted({each.line: each for each in commands()}.values(), key=lambda each: each.line)
LINKS = sorted({(path, link) for path, link in links()})


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.page}: {claim.expression}")
def test_expression_has_the_value_beside_it(claim: Claim) -> None:
    """
    Each expression of the guide gives the value that the guide says.
    """
    result = evaluate(claim.expression, claim.context, functions=CONNECTOR_FUNCTIONS)

    assert isinstance(result, Evaluated)
    assert _same(to_json(result.value), claim.value)


def _same(text: str, value: object) -> bool:
    return bool(json.loads(text) == value)


def test_each_page_has_three_expressions() -> None:
    """
    A page of an operation or of an element shows at least three expressions with their values.
    """
    for folder in ("operations", "elements"):
        for path in (GUIDE / folder).glob("*.md"):
            if path.name != "index.md":
                page = str(path.relative_to(ROOT))
                assert len([claim for claim in CLAIMS if claim.page == page]) >= 3, page


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: f"{session.page}: {session.line[:60]}")
def test_command_prints_what_is_shown(
    session: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """
    A command that is shown with its output prints exactly this; `...` matches anything.
    """
    monkeypatch.chdir(ROOT)
    program, *arguments = shlex.split(session.line)
    assert program == "apify-camunda"
    main(arguments)
    printed = capfd.readouterr()

    wanted = re.escape(session.output or "").replace(re.escape("..."), ".*")
    assert re.fullmatch(wanted, printed.out + printed.err, re.DOTALL), printed


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.line[:80])
def test_command_exists_with_its_options(command: Command) -> None:
    """
    Each command of the documents is one that the program knows, with the options that are shown.
    """
    line = command.line.rstrip(" .,;:")
    group: click.Command = apify_camunda
    words = list(takewhile(lambda word: word not in ("|", ">", "&&", "#", ";"), shlex.split(line)[1:]))
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        found = group.get_command(click.Context(group), words.pop(0))
        assert found is not None, (command.page, line)
        group = found
    known = {option for parameter in group.params for option in parameter.opts} | {"--help", "--version"}
    used = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert used <= known, (command.page, line)


@pytest.mark.parametrize(("path", "link"), LINKS, ids=lambda value: str(value).removeprefix(str(ROOT)))
def test_link_leads_somewhere(path: Path, link: str) -> None:
    """
    Each link to a place of the project leads to a file that exists, and to a heading that it has.
    """
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path

    assert target.exists(), f"{path}: {link}"
    if anchor:
        assert anchor in anchors(target), f"{path}: {link}"


def test_tables_are_as_the_models_say() -> None:
    """
    Tables of fields and codes follow from the models: `make guide`.
    """
    assert drift() == []


def test_each_operation_and_element_has_its_page() -> None:
    """
    The help button of each template, and each operation, has a page of the guide.
    """
    pages = {template.page for template in templates()} | {
        OPERATION_TEXTS[each.type].page for each in operations()
    }
    for page in pages:
        place = DOCS / page.rstrip("/")
        assert (place / "index.md").exists() or place.with_suffix(".md").exists(), page


def test_every_error_code_is_explained() -> None:
    """
    The page of errors has a row for each code.
    """
    text = (GUIDE / "errors.md").read_text("utf-8")

    assert [code for code in ErrorCode if f"| `{code}` |" not in text] == []


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.bpmn")), ids=lambda path: path.stem)
def test_each_example_has_its_picture(path: Path) -> None:
    """
    The picture of an example shows each of its elements: `make pictures` draws them again.
    """
    picture = (GUIDE / "pictures" / f"{path.stem}.svg").read_text("utf-8")
    shown = set(re.findall(r'data-element-id="([^"]+)"', picture))
    drawn = set(re.findall(r'<bpmndi:BPMN(?:Shape|Edge) [^>]*bpmnElement="([^"]+)"', path.read_text("utf-8")))

    assert drawn <= shown


def test_each_page_of_the_guide_is_in_the_sites_navigation() -> None:
    """
    The site leads to each page of the guide: tools/guide/mkdocs.yml lists all of them.
    """
    navigation = (ROOT / "tools" / "guide" / "mkdocs.yml").read_text("utf-8")
    listed = set(re.findall(r"([\w/.-]+\.md)$", navigation, re.MULTILINE))

    assert {str(path.relative_to(DOCS)) for path in GUIDE.rglob("*.md")} <= listed
    assert all((DOCS / page).exists() for page in listed)
