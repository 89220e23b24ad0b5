"""Where variables go."""

import json
from datetime import timedelta
from typing import Any

import pytest
from emulators.camunda.documents import check_tags, check_variables, read_variables
from emulators.camunda.rejection import Rejection

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import Cluster


def test_a_jobs_variables_reach_the_process(cluster: Cluster) -> None:
    """Without output mappings, what a job returns goes to the process instance."""
    key = cluster.run(Bpmn().start().task().end(), a=1)
    cluster.complete(a=2, b=3)
    assert cluster.variables(key) == {"a": 2, "b": 3}


def test_an_input_shadows(cluster: Cluster) -> None:
    """What an input mapping created takes what the job returns under its name, and goes with its element."""
    key = cluster.run(Bpmn().start().task(inputs={"x": "=1"}).end(), x=0, y=0)
    cluster.complete(x=9, y=9)
    assert cluster.variables(key) == {"x": 0, "y": 9}


def test_output_mappings_let_nothing_else_out(cluster: Cluster) -> None:
    """With output mappings, only their targets reach the scope around."""
    key = cluster.run(Bpmn().start().task(outputs={"out": "=result.a"}).end())
    cluster.complete(result={"a": 5}, secret=1)
    assert cluster.variables(key) == {"out": 5}


def test_an_output_into_a_context_keeps_its_other_entries(cluster: Cluster) -> None:
    """A dotted output target changes one entry of a context that is there."""
    key = cluster.run(Bpmn().start().task(outputs={"out.b": "=r"}).end(), out={"z": 1})
    cluster.complete(r=5)
    assert cluster.variables(key) == {"out": {"z": 1, "b": 5}}


@pytest.mark.parametrize(
    ("inputs", "seen"),
    [
        ({"a": "=1", "b": "=a + 1"}, {"a": 1, "b": 2}),
        ({"n.x": "=1", "n.y": "=x + 1"}, {"n": {"x": 1, "y": 2}}),
        ({"n.x": "=1", "n.y": "=n.x + 1"}, {"n": {"x": 1, "y": None}}),
        ({"text": "plain", "digits": "5", "nothing": ""}, {"text": "plain", "digits": "5", "nothing": None}),
        ({"gone": "=missing"}, {"gone": None}),
    ],
    ids=["one after another", "within a context", "not through its name", "plain text", "missing is null"],
)
def test_inputs_are_evaluated_in_turn(cluster: Cluster, inputs: dict[str, str], seen: dict[str, Any]) -> None:
    """Input mappings see those before them, as entries of a FEEL context do."""
    cluster.run(Bpmn().start().task(inputs=inputs).end())
    assert cluster.job().variables == seen


def test_local_variables_stay(cluster: Cluster) -> None:
    """A variable set locally on a job's element is seen at its next activation and by no other element."""
    key = cluster.run(Bpmn().start().task().end())
    job = cluster.job(lock_s=10).job
    cluster.engine.set_variables(job.element_instance_key, {"runId": "r1"}, local=True)
    cluster.pass_time(11)
    assert cluster.job().variables == {"runId": "r1"}
    assert cluster.variables(key) == {}


def test_set_variables_goes_upwards(cluster: Cluster) -> None:
    """A variable that is not set locally lands in the nearest scope that has it, else in the process."""
    inside = Bpmn().start("s").task("t", inputs={"mine": "=1"}).end("e")
    key = cluster.run(Bpmn().start().sub_process("sub", inside).end())
    element = cluster.job().job.element_instance_key
    cluster.engine.set_variables(element, {"mine": 2, "other": 3})
    assert cluster.variables(key) == {"other": 3}
    assert cluster.engine.visible_variables(element) == {"mine": 2, "other": 3}


def test_a_job_brings_only_what_was_asked_for(cluster: Cluster) -> None:
    """With fetch variables, an activated job carries those that there are."""
    cluster.run(Bpmn().start().task().end(), a=1, b=2)
    (job,) = cluster.engine.activate_jobs(
        job_type="work", worker="w", timeout=timedelta(1), max_jobs=1, fetch_variables=["b", "c"]
    )
    assert job.variables == {"b": 2}


def test_a_messages_variables_follow_the_events_mappings(cluster: Cluster) -> None:
    """A catch event's output mappings decide what of its message reaches the process."""
    catch = Bpmn().start().catch("c", message=MessageRef("m", "=k"), outputs={"o": "=p"}).end()
    key = cluster.run(catch, k="K")
    cluster.publish("m", "K", p=1, q=2)
    assert cluster.variables(key) == {"k": "K", "o": 1}


def test_an_attached_event_does_not_see_its_hosts_inputs(cluster: Cluster) -> None:
    """A boundary event's mappings are evaluated outside its host."""
    model = Bpmn().start().task("h", inputs={"mine": "=5"}).end()
    model.boundary("b", "h", message=MessageRef("m", "=k"), outputs={"o": "=mine"}).end("e2")
    key = cluster.run(model, k="K")
    cluster.publish("m", "K")
    assert cluster.variables(key) == {"k": "K", "o": None}


def test_a_script_sets_its_result(cluster: Cluster) -> None:
    """A script task's FEEL result goes to its result variable."""
    key = cluster.run(Bpmn().start().script("s", "={a: x + 1}", "res").end(), x=1)
    assert cluster.variables(key) == {"x": 1, "res": {"a": 2}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "Expected document to be a root level object, but was 'ARRAY'"),
        ('"a"', "Expected document to be a root level object, but was 'STRING'"),
        ("null", "Expected document to be a root level object, but was 'NULL'"),
        ("nope", "Invalid JSON value: nope"),
        ('{"a": NaN}', "Invalid JSON value"),
    ],
)
def test_variables_must_be_an_object(text: str, reason: str) -> None:
    """Variables that are no JSON object with finite numbers are an invalid argument."""
    with pytest.raises(Rejection, match="INVALID_ARGUMENT") as refused:
        read_variables(text)
    assert reason in refused.value.message


def test_no_variables_are_an_empty_object() -> None:
    """An empty text is no variables at all."""
    assert read_variables("") == {}


def test_infinite_numbers_are_refused_wherever_they_are() -> None:
    """A number that JSON cannot say is refused deep inside, too."""
    with pytest.raises(Rejection, match="finite"):
        check_variables({"a": [{"b": float("inf")}]})


@pytest.mark.parametrize("tag", ["", "1st", "a b", "a" * 101, "a/b"])
def test_a_malformed_tag_is_refused(tag: str) -> None:
    """A tag begins with a letter and has letters, digits and _-:. up to 100 characters."""
    with pytest.raises(Rejection, match="INVALID_ARGUMENT"):
        check_tags([tag])


def test_ten_tags_are_enough() -> None:
    """An instance has at most ten tags."""
    assert len(check_tags([f"t{n}" for n in range(10)])) == 10
    with pytest.raises(Rejection, match="INVALID_ARGUMENT"):
        check_tags([f"t{n}" for n in range(11)])


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_numbers_of_more_than_64_bits_are_refused(number: int) -> None:
    """The engine keeps no larger numbers at any depth."""
    with pytest.raises(Rejection, match="BigInteger larger than"):
        read_variables(f'{{"a": [{{"b": {number}}}]}}')


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63)])
def test_the_largest_numbers_are_kept(number: int) -> None:
    """Whole numbers of 64 bits stay as they are."""
    assert read_variables(f'{{"a": {number}}}') == {"a": number}


def test_half_a_character_becomes_a_question_mark() -> None:
    """So the engine keeps it; a whole one that is written as two halves stays."""
    text = r'{"cut": "x\ud83d", "whole": "\ud83d\ude00"}'
    assert read_variables(text) == {"cut": "x?", "whole": "\U0001f600"}


def test_deep_variables_are_kept() -> None:
    """Six hundred objects in one another are no matter."""
    depth = 600
    text = '{"a":' * depth + "1" + "}" * depth
    assert json.dumps(read_variables(text), separators=(",", ":")) == text
