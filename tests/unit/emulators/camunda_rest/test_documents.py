"""Documents: files that variables refer to."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.unit.emulators.camunda_rest.processes import RunningRest

CONTENT = b"\x89PNG\r\n\x1a\n bytes \x00\xff"


def upload(cluster: RunningRest, metadata: dict[str, Any] | None = None, **query: str) -> httpx.Response:
    """Upload the content as a file."""
    files: dict[str, Any] = {"file": ("shot.png", CONTENT, "image/png")}
    if metadata is not None:
        files["metadata"] = (None, json.dumps(metadata), "application/json")
    return cluster.client.post("/v2/documents", files=files, params=query)


def test_an_upload_is_answered_with_its_reference(cluster: RunningRest) -> None:
    """The reference is what a variable holds: store, id, hash and metadata."""
    answer = upload(cluster, {"processInstanceKey": "1", "customProperties": {"run": "r1"}})
    assert answer.status_code == 201
    reference = answer.json()
    assert reference["camunda.document.type"] == "camunda"
    assert reference["contentHash"] == hashlib.sha256(CONTENT).hexdigest()
    assert reference["metadata"] == {
        "contentType": "image/png",
        "fileName": "shot.png",
        "expiresAt": None,
        "size": len(CONTENT),
        "processDefinitionId": None,
        "processInstanceKey": "1",
        "customProperties": {"run": "r1"},
    }


def test_a_document_is_read_with_its_hash(cluster: RunningRest) -> None:
    """The content comes back byte for byte under its content type."""
    reference = upload(cluster).json()
    path = f"/v2/documents/{reference['documentId']}"
    asked = {"contentHash": reference["contentHash"], "storeId": reference["storeId"]}
    answer = cluster.client.get(path, params=asked)
    assert (answer.content, answer.headers["content-type"]) == (CONTENT, "image/png")
    assert cluster.client.get(path).status_code == 400
    assert cluster.client.get(path, params={"contentHash": "0"}).status_code == 400


def test_an_id_is_taken_once(cluster: RunningRest) -> None:
    """The uploader may choose the id; a second document with it is 409."""
    assert upload(cluster, documentId="mine").json()["documentId"] == "mine"
    assert upload(cluster, documentId="mine").status_code == 409


def test_a_deleted_document_is_gone(cluster: RunningRest) -> None:
    """Deleting answers 204, and after it the id is unknown."""
    upload(cluster, documentId="mine")
    assert cluster.client.delete("/v2/documents/mine").status_code == 204
    assert cluster.client.delete("/v2/documents/mine").status_code == 404
    assert cluster.client.get("/v2/documents/mine", params={"contentHash": "0"}).status_code == 404


def test_a_document_expires(cluster: RunningRest) -> None:
    """After its time a document is unknown."""
    expires = (cluster.engine.clock.now() + timedelta(hours=1)).isoformat()
    asked = {"contentHash": upload(cluster, {"expiresAt": expires}, documentId="mine").json()["contentHash"]}
    assert cluster.client.get("/v2/documents/mine", params=asked).status_code == 200
    cluster.engine.advance_clock(timedelta(hours=2))
    assert cluster.client.get("/v2/documents/mine", params=asked).status_code == 404


@pytest.mark.parametrize(
    ("metadata", "query"),
    [({"nonsense": 1}, {}), ({"expiresAt": "soon"}, {}), ({}, {"storeId": "elsewhere"})],
    ids=["unknown metadata", "no date", "unknown store"],
)
def test_an_upload_that_cannot_be_kept_is_refused(
    cluster: RunningRest, metadata: dict[str, Any], query: dict[str, str]
) -> None:
    """Unknown properties, dates that are none and unknown stores are 400."""
    assert upload(cluster, metadata, **query).status_code == 400


def test_a_reset_deletes_documents(cluster: RunningRest) -> None:
    """A purged cluster has none."""
    upload(cluster, documentId="mine")
    cluster.client.post("/actuator/cluster/purge")
    assert upload(cluster, documentId="mine").status_code == 201
