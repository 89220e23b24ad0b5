"""Checks a BPMN file against the schema of BPMN 2.0; faults are worded as Java's validator words them.

Camunda reports the first fault only, so the check ends there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from emulators.camunda.content_model import Place
from emulators.camunda.schema import ANYTHING, NAMESPACES, PREFIXES, ElementType, Schema, bpmn_schema
from emulators.camunda.schema_words import no_content, not_xml, shown
from emulators.camunda.simple_types import enumeration_fault, value_fault

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XML: Final = "http://www.w3.org/XML/1998/namespace"


class NotBpmn(Exception):
    """A file is not well-formed XML, or not valid BPMN; the message is worded as Camunda words it."""


def check_schema(content: bytes) -> None:
    """Raise for the first fault in a BPMN file.

    Raises:
        NotBpmn: It is not XML, declares a document type, or breaks a rule of the schema.
    """
    parser = expat.ParserCreate()
    check = _Check(parser, bpmn_schema())
    parser.StartElementHandler = check.start
    parser.EndElementHandler = check.end
    parser.CharacterDataHandler = check.text
    parser.StartDoctypeDeclHandler = check.doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotBpmn(f"Fatal Error: URI=null Line={error.lineno}: {not_xml(error, content)}") from error
    check.finish()


@dataclass(slots=True)
class _Open:
    """An element that has begun.

    Attributes:
        tag: Its name as written.
        type: What it may contain; None where it has a simple type.
        value_type: The simple type's name.
        state: Where its content model is.
    """

    tag: str
    namespaces: Mapping[str, str]
    type: ElementType | None
    value_type: str = ""
    state: int = 0
    text: list[str] = field(default_factory=list)


class _Check:
    """What has been seen of a file."""

    def __init__(self, parser: expat.XMLParserType, schema: Schema) -> None:
        self._parser = parser
        self._schema = schema
        self._open: list[_Open] = []
        self._ids: set[str] = set()
        self._references: list[str] = []

    def doctype(self, *_: object) -> None:
        """Refuse a document type: it could declare entities."""
        feature = "http://apache.org/xml/features/disallow-doctype-decl"
        raise self._fatal(f'DOCTYPE is disallowed when the feature "{feature}" set to true.')

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Check an element against its parent, and its attributes."""
        outer = self._open[-1].namespaces if self._open else {"xml": _XML}
        declared = {
            n.removeprefix("xmlns").removeprefix(":"): v for n, v in attributes.items() if _declares(n)
        }
        namespaces = {**outer, **declared}
        namespace, local = self._resolved(tag, namespaces)
        named = {n: v for n, v in attributes.items() if not _declares(n)}
        foreign = {n for n in named if ":" in n}
        for name in foreign:
            self._bound(name, f'attribute "{name}" associated with an element type "{tag}"', namespaces)
        type_name = self._declared_type(namespace, local, tag)
        actual = self._actual_type(type_name, named, namespaces, tag)
        opened = _Open(tag, namespaces, actual, type_name or "")
        if actual is not None:
            opened.state = actual.content.start
            self._attributes(opened, named, namespaces)
        self._open.append(opened)

    def text(self, data: str) -> None:
        """Check text between elements, or keep it as a value."""
        if not self._open:
            return
        element = self._open[-1]
        if element.type is None:
            element.text.append(data)
        elif not element.type.is_mixed and data.strip():
            if element.type.content.places:
                what = f"Element '{element.tag}' cannot have character [children]"
                raise self._fault(
                    f"cvc-complex-type.2.3: {what}, because the type's content type is element-only."
                )
            raise self._fault(no_content(element.tag))

    def end(self, tag: str) -> None:
        """Check that an element has all that it needs."""
        element = self._open.pop()
        if element.type is None:
            self._value(element.value_type, "".join(element.text), element.namespaces)
        elif not element.type.content.may_end(element.state):
            what = f"The content of element '{tag}' is not complete."
            raise self._fault(f"cvc-complex-type.2.4.b: {what} {self._expected(element)}")

    def finish(self) -> None:
        """Check that what is referred to is there."""
        for reference in self._references:
            if reference not in self._ids:
                raise self._fault(f"cvc-id.1: There is no ID/IDREF binding for IDREF '{reference}'.")

    # Names

    def _resolved(self, tag: str, namespaces: Mapping[str, str]) -> tuple[str, str]:
        prefix, _, local = tag.rpartition(":")
        self._bound(tag, f'element "{tag}"', namespaces)
        return namespaces.get(prefix, ""), local

    def _bound(self, name: str, what: str, namespaces: Mapping[str, str]) -> None:
        prefix = name.rpartition(":")[0]
        if prefix and prefix not in namespaces:
            raise self._fatal(f'The prefix "{prefix}" for {what} is not bound.')

    # Elements

    def _declared_type(self, namespace: str, local: str, tag: str) -> str | None:
        """Return the name of an element's type; None where it is unknown and may be."""
        known = PREFIXES.get(namespace)
        name = None if known is None else known + local
        if not self._open:
            declared = None if name is None else self._schema.type_of_element(name)
            if declared is None:
                raise self._fault(f"cvc-elt.1.a: Cannot find the declaration of element '{tag}'.")
            return declared
        parent = self._open[-1]
        place = self._place(parent, namespace, local, tag)
        if place.type_name is not None:
            return place.type_name
        declared = None if name is None else self._schema.type_of_element(name)
        if declared is None and place.is_strict:
            what = f"The matching wildcard is strict, but no declaration can be found for element '{tag}'."
            raise self._fault(f"cvc-complex-type.2.4.c: {what}")
        return declared

    def _place(self, parent: _Open, namespace: str, local: str, tag: str) -> Place:
        """Return what an element is in its parent's content, which goes on behind it."""
        if parent.type is None:
            what = f"Element '{parent.tag}' is a simple type"
            raise self._fault(
                f"cvc-type.3.1.2: {what}, so it must have no element information item [children]."
            )
        content = parent.type.content
        if not content.places:
            raise self._fault(no_content(parent.tag))
        known = PREFIXES.get(namespace)
        heads = () if known is None else self._schema.heads_of(known + local)
        for number in content.next_places(parent.state):
            place = content.places[number]
            is_other = place.wildcard == "other" and namespace not in {"", _home_of(parent)}
            if place.name in heads or place.wildcard == "any" or is_other:
                parent.state = number
                return place
        what = "Invalid content was found starting with element"
        if not content.next_places(parent.state):
            said = f"{what} '{tag}'. No child element is expected at this point."
            raise self._fault(f"cvc-complex-type.2.4.d: {said}")
        element = f'{{"{namespace}":{local}}}' if namespace else local
        raise self._fault(f"cvc-complex-type.2.4.a: {what} '{element}'. {self._expected(parent)}")

    def _expected(self, element: _Open) -> str:
        assert element.type is not None
        content = element.type.content
        places = (content.places[number] for number in content.next_places(element.state))
        home = _home_of(element)
        names = ", ".join(dict.fromkeys(shown(place, home) for place in places))
        return f"One of '{{{names}}}' is expected."

    def _actual_type(
        self, declared: str | None, attributes: dict[str, str], namespaces: Mapping[str, str], tag: str
    ) -> ElementType | None:
        """Return the type that an element has, or says that it has; None for a simple type."""
        if declared is None:
            return ANYTHING
        found = self._schema.type_named(declared)
        said = next((v for n, v in attributes.items() if self._is_xsi(n, namespaces, "type")), None)
        if said is not None:
            found = self._said_type(said, declared, namespaces, tag)
        if found is not None and found.is_abstract:
            raise self._fault(f"cvc-type.2: The type definition cannot be abstract for element {tag}.")
        return found

    def _said_type(
        self, said: str, declared: str, namespaces: Mapping[str, str], tag: str
    ) -> ElementType | None:
        prefix, _, local = said.strip().rpartition(":")
        known = PREFIXES.get(namespaces.get(prefix, ""))
        found = None if known is None else self._schema.type_named(known + local)
        if found is None:
            what = f"Cannot resolve '{said}' to a type definition for element '{tag}'."
            raise self._fault(f"cvc-elt.4.2: {what}")
        if declared not in found.ancestors:
            what = f"Type '{said}' is not validly derived from the type definition, '{declared}'"
            raise self._fault(f"cvc-elt.4.3: {what}, of element '{tag}'.")
        return found

    def _is_xsi(self, name: str, namespaces: Mapping[str, str], local: str) -> bool:
        prefix, _, given = name.partition(":")
        return given == local and namespaces.get(prefix) == _XSI

    # Values

    def _attributes(self, element: _Open, given: dict[str, str], namespaces: Mapping[str, str]) -> None:
        assert element.type is not None
        for name, value in given.items():
            prefix, _, _ = name.rpartition(":")
            if namespaces.get(prefix) == _XSI and prefix:
                continue
            attribute = None if prefix else element.type.attributes.get(name)
            if attribute is not None:
                self._value(attribute.type_name, value, namespaces)
            elif element.type is not ANYTHING and not self._is_foreign(element, prefix, namespaces):
                what = f"Attribute '{name}' is not allowed to appear in element '{element.tag}'."
                raise self._fault(f"cvc-complex-type.3.2.2: {what}")
        for name, attribute in element.type.attributes.items():
            if attribute.is_required and name not in given:
                what = f"Attribute '{name}' must appear on element '{element.tag}'."
                raise self._fault(f"cvc-complex-type.4: {what}")

    def _is_foreign(self, element: _Open, prefix: str, namespaces: Mapping[str, str]) -> bool:
        assert element.type is not None
        is_other = bool(prefix) and namespaces[prefix] != _home_of(element)
        return is_other and element.type.takes_foreign_attributes

    def _value(self, type_name: str, text: str, namespaces: Mapping[str, str]) -> None:
        simple = type_name.removeprefix("xsd:")
        if type_name in self._schema.enumerations:
            fault = enumeration_fault(self._schema.enumerations[type_name], text)
        else:
            fault = value_fault(simple, text)
        if fault is not None:
            raise self._fault(fault)
        value = text.strip()
        match simple:
            case "ID":
                if value in self._ids:
                    raise self._fault(f"cvc-id.2: There are multiple occurrences of ID value '{value}'.")
                self._ids.add(value)
            case "IDREF":
                self._references.append(value)
            case "QName":
                prefix = value.rpartition(":")[0]
                if prefix and prefix not in namespaces:
                    what = f"Cannot resolve '{value}' as a QName: the prefix '{prefix}' is not declared."
                    raise self._fault(f"UndeclaredPrefix: {what}")
            case _:
                return

    def _fault(self, message: str) -> NotBpmn:
        return NotBpmn(f"Error: URI=null Line={self._parser.CurrentLineNumber}: {message}")

    def _fatal(self, message: str) -> NotBpmn:
        return NotBpmn(f"Fatal Error: URI=null Line={self._parser.CurrentLineNumber}: {message}")


def _declares(name: str) -> bool:
    return name == "xmlns" or name.startswith("xmlns:")


def _home_of(element: _Open) -> str:
    """Return the namespace to which a wildcard of an element's type is "other"."""
    assert element.type is not None
    name = element.type.ancestors[0]
    prefix = name[: name.index(":") + 1] if ":" in name else ""
    return NAMESPACES.get(prefix, "")
