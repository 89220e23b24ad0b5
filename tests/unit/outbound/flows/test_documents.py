"""Results that are stored as documents, and documents that are given as inputs."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from apify_camunda.apify.model import RecordContent
from apify_camunda.camunda.model import CompleteJob, FailJob, NewDocument
from apify_camunda.errors import EngineUnavailable, ErrorCode, PermanentError
from apify_camunda.expressions.result_mapping import MAX_VARIABLES_BYTES
from apify_camunda.json_types import Json, JsonObject
from apify_camunda.outbound.flows.resolve_secrets import SecretScope

from tests import builders_outbound as a
from tests.fakes.documents import reference
from tests.outbound_deployment import Deployment

PNG = b"\x89PNG" + bytes(range(256))
LARGE: list[Json] = [{"text": "x" * MAX_VARIABLES_BYTES}]
WHOLE = {"resultVariable": "result"}
PICKED = {"resultExpression": "={n: count(items), document: document}"}
NO_STORE = PermanentError("The Camunda cluster has no document store.", code=ErrorCode.DOCUMENT_STORE_MISSING)


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


def result(deployment: Deployment) -> Any:
    return deployment.completed["result"]


def stored(deployment: Deployment) -> NewDocument:
    [document] = deployment.documents.kept.values()
    return document


def written(deployment: Deployment) -> RecordContent:
    return deployment.world.records["acme~settings", "logo"]


def and_items(**inputs: Any) -> JsonObject:
    given = {"actorId": "acme/crawler", **inputs}
    return a.variables("runActorAndGetItems", "runActorAndGetItemsInput", **given)


class TestAlways:
    def test_a_binary_record_comes_as_a_document(self, deployment: Deployment) -> None:
        """No Base64: the variable holds the reference, the store the bytes with their type and name."""
        deployment.world.records["acme~settings", "greeting"] = RecordContent("image/png", PNG)
        deployment.work(a.job(a.get_record(storeAsDocument="always"), headers=WHOLE))
        document = stored(deployment)
        assert (document.content, document.content_type) == (PNG, "image/png")
        assert (document.file_name, document.process_id) == ("greeting", "crawl")
        assert result(deployment) == {
            "contentType": "image/png",
            "jsonValue": None,
            "textValue": None,
            "base64Value": None,
            "document": reference(document),
        }

    def test_items_come_as_one_document_of_json(self, deployment: Deployment) -> None:
        """The items are null; the document holds them as JSON."""
        deployment.work(a.job(a.get_items(storeAsDocument="always"), headers=WHOLE))
        document = stored(deployment)
        assert document.content == b'[{"sku":"A-1","price":5},{"sku":"B-2","price":7}]'
        assert (document.content_type, document.file_name) == ("application/json", "acme~products.json")
        assert result(deployment) == {"items": None, "document": reference(document)}

    def test_a_run_comes_with_its_items_as_a_document(self, deployment: Deployment) -> None:
        """The run itself stays a variable."""
        deployment.jobs.add(a.job(and_items(storeAsDocument="always"), headers=WHOLE))
        deployment.invoke()
        deployment.end_and_wake()
        found = result(deployment)
        assert found["run"]["status"] == "SUCCEEDED"
        assert (found["items"], found["document"]) == (None, reference(stored(deployment)))

    def test_an_expression_picks_the_document(self, deployment: Deployment) -> None:
        """A result expression sees the reference as `document`, and no items any more."""
        deployment.work(
            a.job(a.get_record(storeAsDocument="always"), headers={"resultExpression": "={d: data.document}"})
        )
        assert deployment.completed == {"d": reference(stored(deployment))}


class TestWhenTooLarge:
    def test_what_fits_is_a_variable_as_before(self, deployment: Deployment) -> None:
        """`document` is null then."""
        deployment.work(a.job(a.get_record(storeAsDocument="whenTooLarge"), headers=WHOLE))
        assert result(deployment)["jsonValue"] == {"text": "Hello"}
        assert result(deployment)["document"] is None
        assert not deployment.documents.kept

    def test_what_does_not_fit_is_a_document(self, deployment: Deployment) -> None:
        """Items over the limit of the variables do not fail the job any more."""
        deployment.world.datasets["acme~products"] = [*LARGE]
        deployment.work(a.job(a.get_items(storeAsDocument="whenTooLarge"), headers=WHOLE))
        assert result(deployment) == {"items": None, "document": reference(stored(deployment))}
        assert len(stored(deployment).content) > MAX_VARIABLES_BYTES

    def test_what_an_expression_makes_small_is_not_a_document(self, deployment: Deployment) -> None:
        """The variables decide, not the items: a large dataset of which little is picked stays as it was."""
        deployment.world.datasets["acme~products"] = [*LARGE]
        deployment.work(a.job(a.get_items(storeAsDocument="whenTooLarge"), headers=PICKED))
        assert deployment.completed == {"n": 1, "document": None}

    def test_a_large_binary_record_is_a_document(self, deployment: Deployment) -> None:
        """Its Base64 alone would not fit."""
        large = PNG * (MAX_VARIABLES_BYTES // len(PNG))
        deployment.world.records["acme~settings", "greeting"] = RecordContent("image/png", large)
        deployment.work(a.job(a.get_record(storeAsDocument="whenTooLarge"), headers=WHOLE))
        assert stored(deployment).content == large
        assert result(deployment)["base64Value"] is None

    def test_without_a_store_the_error_is_as_before_and_says_why(self, deployment: Deployment) -> None:
        """RESULT_TOO_LARGE stays the code; the message names the store that is missing."""
        deployment.documents.trouble = NO_STORE
        deployment.world.datasets["acme~products"] = [*LARGE]
        deployment.work(a.job(a.get_items(storeAsDocument="whenTooLarge"), headers=WHOLE))
        assert deployment.error["code"] == "RESULT_TOO_LARGE"
        assert "has no document store" in str(deployment.error["message"])

    @pytest.mark.parametrize("inputs", [{}, {"storeAsDocument": "never"}, {"storeAsDocument": ""}])
    def test_who_does_not_ask_gets_no_document(self, deployment: Deployment, inputs: JsonObject) -> None:
        """Without the input all is as it was: too large is an incident, and the result has no new entry."""
        deployment.work(a.job(a.get_items(**inputs), headers=WHOLE))
        assert set(result(deployment)) == {"items"}
        assert not deployment.documents.kept


class TestTroubles:
    def test_without_a_store_always_fails_with_its_code(self, deployment: Deployment) -> None:
        """The modeller asked for a document and can have none."""
        deployment.documents.trouble = NO_STORE
        deployment.work(a.job(a.get_record(storeAsDocument="always")))
        assert (deployment.error["code"], deployment.failed.retries) == ("DOCUMENT_STORE_MISSING", 0)

    def test_an_error_expression_sees_the_code(self, deployment: Deployment) -> None:
        """As with every other error."""
        deployment.documents.trouble = NO_STORE
        expression = '=if error.code = "DOCUMENT_STORE_MISSING" then ignoreError({a: 1}) else null'
        deployment.work(
            a.job(a.get_record(storeAsDocument="always"), headers={"errorExpression": expression})
        )
        assert deployment.completed == {"a": 1}

    def test_a_store_that_does_not_answer_is_asked_later(self, deployment: Deployment) -> None:
        """The job is handed back with its retries untouched."""
        deployment.documents.trouble = EngineUnavailable("Camunda is away.")
        deployment.jobs.add(a.job(a.get_record(storeAsDocument="always"), headers=WHOLE))
        deployment.invoke()
        assert not deployment.jobs.reported
        deployment.documents.trouble = None
        deployment.clock.advance(timedelta(minutes=6))
        deployment.invoke()
        assert isinstance(deployment.outcome, CompleteJob)

    @pytest.mark.parametrize("trouble", [NO_STORE, EngineUnavailable("Camunda is away.")])
    def test_no_trouble_of_a_document_costs_a_second_run(self, deployment: Deployment, trouble: Any) -> None:
        """The run that has ended keeps its job: the result is stored once the store is there."""
        deployment.jobs.add(a.job(and_items(storeAsDocument="always"), headers=WHOLE))
        deployment.invoke()
        deployment.documents.trouble = trouble
        deployment.end_and_wake()
        deployment.documents.trouble = None
        deployment.clock.advance(timedelta(minutes=6))
        if trouble is NO_STORE:
            [(_, failure)] = deployment.jobs.reported
            assert isinstance(failure, FailJob)
            deployment.jobs.reported.clear()
            deployment.jobs.add(a.job(and_items(storeAsDocument="always"), headers=WHOLE, retries=1))
        deployment.invoke()
        assert len(deployment.world.runs) == 1
        assert result(deployment)["document"] == reference(stored(deployment))

    @pytest.mark.parametrize(
        ("inputs", "place"),
        [({"storeAsDocument": "sometimes"}, "storeAsDocument"), ({"documentTtl": "30 days"}, "documentTtl")],
    )
    def test_inputs_that_cannot_be_meant_are_refused(
        self, deployment: Deployment, inputs: JsonObject, place: str
    ) -> None:
        """The message names the input and what it may be."""
        for operation in (a.get_items(**inputs), a.get_record(**inputs), and_items(**inputs)):
            deployment.jobs.reported.clear()
            deployment.work(a.job(operation))
            assert deployment.error["code"] == "INVALID_INPUT"
            assert place in str(deployment.error["message"])
        assert not deployment.world.runs


class TestIdentity:
    def test_a_repeated_job_leaves_one_document(self, deployment: Deployment) -> None:
        """Its id is made of the job and the content; another job has another document."""
        for _ in range(2):
            deployment.jobs.reported.clear()
            deployment.work(a.job(a.get_record(storeAsDocument="always")))
        assert len(deployment.documents.puts) == 2
        assert len(deployment.documents.kept) == 1
        deployment.jobs.reported.clear()
        deployment.work(a.job(a.get_record(storeAsDocument="always"), key=a.JOB + 1))
        assert len(deployment.documents.kept) == 2

    def test_another_content_is_another_document(self, deployment: Deployment) -> None:
        """What an earlier try may have given to the process is not changed behind it."""
        deployment.work(a.job(a.get_record(storeAsDocument="always")))
        deployment.world.records["acme~settings", "greeting"] = RecordContent("text/plain", b"new")
        deployment.jobs.reported.clear()
        deployment.work(a.job(a.get_record(storeAsDocument="always")))
        assert len(deployment.documents.kept) == 2

    def test_a_ttl_says_when_the_document_ends(self, deployment: Deployment) -> None:
        """Without one the cluster decides."""
        deployment.work(a.job(a.get_record(storeAsDocument="always", documentTtl="P30D")))
        expires_at = stored(deployment).expires_at
        assert expires_at is not None
        assert timedelta(days=29) < expires_at - deployment.clock.now() <= timedelta(days=30)

    def test_secrets_are_masked_in_what_is_text(self, deployment: Deployment) -> None:
        """A document is a way out of here like a variable."""
        body = b'{"seen": "token-of-acme"}'
        for content_type in ("application/json", "text/html"):
            deployment.world.records["acme~settings", "greeting"] = RecordContent(content_type, body)
            deployment.jobs.reported.clear()
            deployment.work(a.job(a.get_record(storeAsDocument="always")))
        deployment.world.datasets["acme~products"] = [{"seen": "token-of-acme"}]
        deployment.jobs.reported.clear()
        deployment.work(a.job(a.get_items(storeAsDocument="always")))
        assert len(deployment.documents.kept) == 2  # the first two have the same bytes
        assert all(b"***" in each.content for each in deployment.documents.kept.values())


class TestGivenDocuments:
    @pytest.fixture
    def deployment(self) -> Deployment:
        """Return a deployment that need not see a definition for the nulls of a reference."""
        return Deployment(secret_scope=SecretScope.ANY)

    def given(self, deployment: Deployment, content: bytes = PNG) -> Any:
        """Return the reference of a document that another element has stored."""
        document = NewDocument("uploaded", content, "image/png", "logo.png", "crawl", 1)
        deployment.documents.kept["uploaded"] = document
        return reference(document)

    def set_record(self, **inputs: Any) -> JsonObject:
        place = {"storeId": "acme/settings", "recordKey": "logo"}
        return a.variables("setKeyValueStoreRecord", "setKeyValueStoreRecordInput", **place, **inputs)

    @pytest.mark.parametrize("listed", [False, True], ids=["alone", "in a list, as forms give it"])
    def test_a_record_is_set_to_a_documents_content(self, deployment: Deployment, listed: bool) -> None:  # noqa: FBT001 - a column
        """The bytes are written with the document's own content type."""
        value = self.given(deployment)
        deployment.work(a.job(self.set_record(value=[value] if listed else value), headers=WHOLE))
        assert result(deployment)["data"]["sizeBytes"] == len(PNG)
        assert written(deployment) == RecordContent("image/png", PNG)

    def test_a_content_type_of_ones_own_goes_first(self, deployment: Deployment) -> None:
        """As with every other value."""
        inputs = self.set_record(value=self.given(deployment), contentType="image/x-logo", isBase64=True)
        deployment.work(a.job(inputs, headers=WHOLE))
        assert written(deployment) == RecordContent("image/x-logo", PNG)

    def test_a_document_that_is_gone_is_an_incident(self, deployment: Deployment) -> None:
        """With its code; nothing is written at Apify."""
        value = self.given(deployment) | {"contentHash": "0"}
        deployment.work(a.job(self.set_record(value=value)))
        assert deployment.error["code"] == "DOCUMENT_NOT_FOUND"
        assert ("acme~settings", "logo") not in deployment.world.records

    def test_a_document_that_is_too_large_is_not_read(self, deployment: Deployment) -> None:
        """The reference says its size."""
        value = self.given(deployment)
        value["metadata"]["size"] = 1024**3
        deployment.work(a.job(self.set_record(value=value)))
        assert deployment.error["code"] == "PAYLOAD_TOO_LARGE"
        assert "1,073,741,824 bytes" in str(deployment.error["message"])

    @pytest.mark.parametrize(
        "value",
        [{"camunda.document.type": "external", "url": "https://x.example"}, [{}, {}], {"documentId": "a"}],
    )
    def test_what_is_not_a_document_is_json(self, deployment: Deployment, value: Any) -> None:
        """Other objects are written as they are."""
        deployment.work(a.job(self.set_record(value=value), headers=WHOLE))
        assert written(deployment).content_type == "application/json"

    def test_base64_of_a_record_and_its_document_are_the_same_bytes(self, deployment: Deployment) -> None:
        """Both ways out of Apify carry the same content."""
        deployment.world.records["acme~settings", "greeting"] = RecordContent("image/png", PNG)
        deployment.work(a.job(a.get_record(), headers=WHOLE))
        assert base64.b64decode(result(deployment)["base64Value"]) == PNG
