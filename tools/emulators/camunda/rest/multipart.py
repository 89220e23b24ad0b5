"""Read the resources out of a multipart/form-data body; it knows nothing about what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from emulators.camunda.rest.problems import Problem


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form: a field (`filename` is None) or a file."""

    name: str
    filename: str | None
    content: bytes
    content_type: str = ""


def parts(content_type: str, body: bytes) -> Sequence[Part]:
    """Return the form's parts in their order.

    Raises:
        Problem: 415, the body is not multipart/form-data; 400, it cannot be read as that.

    """
    if not content_type.lower().startswith("multipart/form-data"):
        raise Problem(415, "Unsupported Media Type", f"Content-Type '{content_type}' is not supported.")
    header = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(header + body)
    if not message.is_multipart():
        raise Problem(400, "Bad Request", "The multipart body has no boundary or no part.")
    found: list[Part] = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found.append(Part(name, part.get_filename(), content, part.get_content_type()))
    return found
