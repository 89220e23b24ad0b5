"""How Java's validator words the faults of a file, as far as several places need the same words."""

from xml.parsers import expat

from emulators.camunda.content_model import Place
from emulators.camunda.schema import NAMESPACES


def not_xml(error: expat.ExpatError, content: bytes) -> str:
    """Return why a file is not XML, in Java's words for what happens most."""
    match expat.ErrorString(error.code):
        case "no element found" if not content.strip():
            return "Premature end of file."
        case "no element found" | "unclosed token":
            return "XML document structures must start and end within the same entity."
        case "syntax error":
            return "Content is not allowed in prolog."
        case other:
            return f"{other}."


def no_content(tag: str) -> str:
    """Return the fault of an element that must be empty and is not."""
    what = f"Element '{tag}' must have no character or element information item [children]"
    return f"cvc-complex-type.2.1: {what}, because the type's content type is empty."


def shown(place: Place, home: str) -> str:
    """Return a child that is expected; `home` is the namespace to which a wildcard is "other"."""
    if place.wildcard:
        return "WC[##any]" if place.wildcard == "any" else f'WC[##other:"{home}"]'
    prefix, _, local = place.name.rpartition(":")
    return f'"{NAMESPACES[f"{prefix}:" if prefix else ""]}":{local}'
