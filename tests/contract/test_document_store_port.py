"""What every DocumentStore does: the fake, and our adapter over the stand-in and Camunda 8.6.0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.camunda.model import DocumentReference, NewDocument
from apify_camunda.errors import EngineUnavailable, ErrorCode, PermanentError
from apify_camunda.json_types import JsonObject
from apify_camunda.outbound.domain.documents import document_reference
from emulators.camunda.rest import Cut, Problem

from tests.contract.camunda_clusters import Cluster, opened_cluster
from tests.contract.camunda_kinds import WITH_DOCUMENTS, WITHOUT_DOCUMENTS
from tests.contract.camunda_targets import START, Target, target
from tests.contract.camunda_worlds import World
from tests.contract.engine_targets import unique_name

BYTES = bytes(range(256)) + b"\r\n--boundary\r\n"


@pytest.fixture(scope="module", params=WITH_DOCUMENTS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    yield from opened_cluster(request)


@pytest.fixture
def world(cluster: Cluster, request: pytest.FixtureRequest) -> World:
    return cluster.world(unique_name(request))


def a_document(document_id: str, **said: Any) -> NewDocument:
    plain = NewDocument(
        id=document_id,
        content=BYTES,
        content_type="image/png",
        file_name="screenshot.png",
        process_id="orders",
        process_instance_key=2251799813685249,
    )
    return replace(plain, **said)


def put(world: World | Target, document: NewDocument) -> JsonObject:
    return world.ports.run(world.ports.documents.put(document))


def reference_of(stored: JsonObject) -> DocumentReference:
    found = document_reference(stored)
    assert found is not None
    return found


class TestEverywhere:
    def test_what_is_stored_is_read_again(self, world: World) -> None:
        """Every byte survives the way, and the reference names what Camunda's connectors read."""
        stored: Any = put(world, a_document(world.name))
        assert stored["camunda.document.type"] == "camunda"
        assert stored["documentId"] == world.name
        told = stored["metadata"]
        assert (told["contentType"], told["fileName"]) == ("image/png", "screenshot.png")
        assert (told["size"], told["processDefinitionId"]) == (len(BYTES), "orders")
        assert told["processInstanceKey"] == "2251799813685249"
        content = world.ports.run(world.ports.documents.content(reference_of(stored)))
        assert content == BYTES

    def test_a_document_that_is_stored_again_is_one(self, world: World) -> None:
        """A repeated job stores the same document under the same id; its reference is the same."""
        first, again = (put(world, a_document(world.name)) for _ in range(2))
        assert first == again

    def test_a_document_may_say_when_it_is_not_needed_any_more(self, world: World) -> None:
        """The cluster deletes it some time after that."""
        stored: Any = put(world, a_document(world.name, expires_at=START + timedelta(days=30)))
        assert stored["metadata"]["expiresAt"] == "2026-01-31T00:00:00+00:00"

    def test_a_document_that_is_not_there_has_its_code(self, world: World) -> None:
        """A reference to a document that was deleted is an error for the modeller."""
        stored = reference_of(put(world, a_document(world.name)))
        for other in (replace(stored, document_id="no-such"), replace(stored, content_hash="0" * 64)):
            with pytest.raises(PermanentError) as refused:
                world.ports.run(world.ports.documents.content(other))
            assert refused.value.code == ErrorCode.DOCUMENT_NOT_FOUND


@pytest.mark.parametrize("cluster", WITHOUT_DOCUMENTS, indirect=True)
def test_a_store_that_gives_nothing_back_counts_as_none(world: World) -> None:
    """Camunda 8.6.0 takes a document, but tells no hash, and does not find it again."""
    with pytest.raises(PermanentError, match="Set Store as document to Never") as refused:
        put(world, a_document(world.name))
    assert refused.value.code == ErrorCode.DOCUMENT_STORE_MISSING


class TestRefusals:
    @pytest.mark.parametrize(
        ("problem", "code", "text"),
        [
            (
                Problem(403, "FORBIDDEN", "no"),
                ErrorCode.DOCUMENT_REFUSED,
                "permissions CREATE, READ and DELETE",
            ),
            (Problem(413, "Payload Too Large", "10MB"), ErrorCode.DOCUMENT_REFUSED, "10MB"),
            (Problem(400, "INVALID_ARGUMENT", "no store"), ErrorCode.DOCUMENT_REFUSED, "no store"),
            (
                Problem(405, "Method Not Allowed", ""),
                ErrorCode.DOCUMENT_STORE_MISSING,
                "Set Store as document to Never",
            ),
        ],
        ids=lambda value: value.status if isinstance(value, Problem) else None,
    )
    def test_permanent_refusals_are_for_the_modeller(
        self, problem: Problem, code: ErrorCode, text: str
    ) -> None:
        """A permission that is missing, a size, a store that is not set up: each says what to do."""
        with target("rest 8.8") as cluster:
            for _ in range(2):
                cluster.api.faults.add("createDocument", problem)
            with pytest.raises(PermanentError, match=text) as refused:
                put(cluster, a_document("a"))
            assert refused.value.code == code

    def test_a_token_that_has_ended_is_renewed_once(self) -> None:
        """A 401 is answered by one more try."""
        with target("rest 8.8") as cluster:
            cluster.api.faults.add("createDocument", Problem(401, "UNAUTHORIZED", ""))
            assert put(cluster, a_document("a"))["documentId"] == "a"

    def test_a_lost_answer_leaves_one_document(self) -> None:
        """What may have been stored is stored again in its place."""
        with target("rest 8.8") as cluster:
            cluster.api.faults.add("createDocument", Cut.AFTER_EFFECT)
            with pytest.raises(EngineUnavailable):
                put(cluster, a_document("a"))
            assert put(cluster, a_document("a"))["documentId"] == "a"

    def test_an_answer_of_another_service_is_not_a_reference(self) -> None:
        """A page of a proxy before Camunda does not get into process variables."""
        with target("rest 8.8") as cluster:
            cluster.api.faults.add("createDocument", Problem(503, "Service Unavailable", ""))
            with pytest.raises(EngineUnavailable):
                put(cluster, a_document("a"))
