"""Reading a form's parts."""

import httpx
import pytest
from emulators.camunda.rest.multipart import Part, parts
from emulators.camunda.rest.problems import Problem


def test_files_arrive_byte_for_byte() -> None:
    """A resource's bytes, line ends and all, are what was sent: an unchanged process keeps its version."""
    content = bytes(range(256)) + b"\r\n\n\r--not-a-boundary\r\n<bpmn>\xc3\xa4</bpmn>"
    request = httpx.Request(
        "POST",
        "http://cluster.example/v2/deployments",
        files=[
            ("resources", ("a b.bpmn", content, "application/octet-stream")),
            ("resources", ("b.bpmn", b"")),
        ],
        data={"tenantId": "tenant-ä"},
    )
    found = parts(request.headers["content-type"], request.read())
    assert sorted(found, key=lambda part: part.filename or "") == [
        Part("tenantId", None, "tenant-ä".encode(), "text/plain"),
        Part("resources", "a b.bpmn", content, "application/octet-stream"),
        Part("resources", "b.bpmn", b"", "application/octet-stream"),
    ]


@pytest.mark.parametrize(
    ("content_type", "status"),
    [("application/json", 415), ("multipart/form-data", 400), ("multipart/form-data; boundary=x", 400)],
)
def test_another_body_is_refused(content_type: str, status: int) -> None:
    """A body that is no form, or has no parts, is refused."""
    with pytest.raises(Problem) as raised:
        parts(content_type, b"{}")
    assert raised.value.status == status
