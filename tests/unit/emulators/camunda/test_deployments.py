"""Versions of processes, and what cannot be deployed."""

import pytest
from emulators.camunda.engine import Engine
from emulators.camunda.rejection import Rejection, RejectionKind

from tests.builders_process import Bpmn, MessageRef
from tests.unit.emulators.camunda.cluster import Cluster, still_engine

PLAIN = Bpmn().start().end()


def versions(cluster: Cluster, *processes: Bpmn) -> dict[str, int]:
    """Deploy processes and return their versions."""
    return {d.process_id: d.version for d in cluster.deploy(*processes).definitions}


def refusal(engine: Engine, content: bytes, name: str = "x.bpmn") -> str:
    """Return why a file is refused."""
    with pytest.raises(Rejection) as refused:
        engine.deploy([(name, content)])
    assert refused.value.kind is RejectionKind.INVALID_ARGUMENT
    return refused.value.message


def test_an_unchanged_process_keeps_its_version(cluster: Cluster) -> None:
    """The same file again is the same version with the same key."""
    first = cluster.deploy(PLAIN).definitions
    assert cluster.deploy(PLAIN).definitions == first
    assert versions(cluster, Bpmn().start().end("other")) == {"process": 2}


def test_one_change_makes_all_new(cluster: Cluster) -> None:
    """Where one file of a deployment has changed, every file of it becomes a new version."""
    a, b = Bpmn("a").start().end(), Bpmn("b").start().end()
    assert versions(cluster, a, b) == {"a": 1, "b": 1}
    assert versions(cluster, a, Bpmn("b").start().end("other")) == {"a": 2, "b": 2}


def test_a_definition_has_what_its_file_says(cluster: Cluster) -> None:
    """A definition carries name, version tag, resource name and the file itself."""
    process = Bpmn("order", name="Order", version_tag="v7").start().end()
    (definition,) = cluster.deploy(process).definitions
    assert (definition.name, definition.version_tag, definition.resource_name) == (
        "Order",
        "v7",
        "order.bpmn",
    )
    assert definition.xml == process.xml()
    assert not definition.has_start_form


def test_a_version_can_be_chosen(cluster: Cluster) -> None:
    """An instance is started of the latest version, of a given one, or by its key."""
    first = cluster.deploy(PLAIN).definitions[0]
    cluster.deploy(Bpmn().start().end("other"))
    create = cluster.engine.create_instance
    assert create(process_id="process").version == 2
    assert create(process_id="process", version=1).version == 1
    assert create(definition_key=first.key).version == 1


@pytest.mark.parametrize(
    ("asked", "kind", "reason"),
    [
        ({"process_id": "nope"}, RejectionKind.NOT_FOUND, "with process ID 'nope', but none found"),
        (
            {"process_id": "process", "version": 9},
            RejectionKind.NOT_FOUND,
            "with process ID 'process' and version '9', but none found",
        ),
        ({"definition_key": 99}, RejectionKind.NOT_FOUND, "with key '99', but none found"),
        ({"process_id": "by-message"}, RejectionKind.INVALID_STATE, "process with none start event, but"),
    ],
)
def test_what_cannot_be_started_is_refused(
    cluster: Cluster, asked: dict[str, object], kind: RejectionKind, reason: str
) -> None:
    """Starting what is not there is NOT_FOUND; what has no none start event, INVALID_STATE."""
    cluster.deploy(PLAIN, Bpmn("by-message").start(message=MessageRef("m")).end())
    with pytest.raises(Rejection) as refused:
        cluster.engine.create_instance(**asked)  # type: ignore[arg-type]  # a table of keyword arguments
    assert refused.value.kind is kind
    assert reason in refused.value.message


def test_deleting_the_latest_brings_the_one_before_back(cluster: Cluster) -> None:
    """When the latest version is deleted, the one before starts instances; no version comes twice."""
    older = Bpmn().start(message=MessageRef("m")).task(job_type="older").end()
    newer = Bpmn().start(message=MessageRef("m")).task(job_type="newer").end()
    cluster.deploy(older)
    (latest,) = cluster.deploy(newer).definitions
    cluster.engine.delete_resource(latest.key)
    cluster.publish("m")
    assert len(cluster.jobs("older")) == 1
    assert [d.state for d in cluster.engine.definitions()] == ["ACTIVE", "DELETED"]
    assert versions(cluster, newer) == {"process": 3}
    with pytest.raises(Rejection, match="NOT_FOUND"):
        cluster.engine.delete_resource(latest.key)


def test_a_definition_in_use_is_not_deleted(cluster: Cluster) -> None:
    """A definition whose instances run is refused on clusters that do not drain."""
    cluster.run(Bpmn().start().task().end())
    with pytest.raises(Rejection, match="there are still running instances") as refused:
        cluster.engine.delete_resource(cluster.engine.definitions()[0].key)
    assert refused.value.kind is RejectionKind.INVALID_STATE


def test_a_definition_in_use_drains() -> None:
    """Where clusters drain, a deleted definition ends with its last instance, and starts none."""
    cluster = Cluster(still_engine(drains=True))
    cluster.run(Bpmn().start().task().end())
    (definition,) = cluster.engine.definitions()
    cluster.engine.delete_resource(definition.key)
    assert cluster.engine.definitions()[0].state == "DRAINING"
    with pytest.raises(Rejection, match="NOT_FOUND"):
        cluster.start()
    cluster.complete()
    assert cluster.engine.definitions()[0].state == "DELETED"


def test_tenants_have_their_own_versions() -> None:
    """The same process in two tenants is two processes."""
    engine = Engine(multi_tenancy=True)
    for tenant in ("red", "blue"):
        engine.deploy([PLAIN.resource()], tenant)
    assert [(d.tenant_id, d.version) for d in engine.definitions()] == [("red", 1), ("blue", 1)]


INVALID: dict[str, tuple[Bpmn, str]] = {
    "no start": (Bpmn().end(), "Must have at least one start event"),
    "two none starts": (
        Bpmn().start().end().start("s2").end("e2"),
        "Multiple none start events are not allowed",
    ),
    "one message starts twice": (
        Bpmn().start(message=MessageRef("m")).end().start("s2", message=MessageRef("m")).end("e2"),
        "cannot be referred by more than one start event",
    ),
    "no key to wait with": (
        Bpmn().start().catch("c", message=MessageRef("m")).end(),
        "Must have exactly one zeebe:subscription extension element",
    ),
    "message without a name": (
        Bpmn().start(message=MessageRef("")).end(),
        "Name must be present and not empty",
    ),
    "job without a type": (Bpmn().start().task(job_type="").end(), "Expected expression but not found."),
    "expression does not parse": (
        Bpmn().start().task(inputs={"x": "=1 +"}).end(),
        "failed to parse expression '1 +'",
    ),
    "gateway without conditions": (
        Bpmn().start().exclusive("x").end("a").at("x").end("b"),
        "Must have a condition or be default flow",
    ),
    "interrupting cycle": (
        Bpmn().start().task("t").end().boundary("b", "t", timer=("timeCycle", "R3/PT1S")).end("e2"),
        "Interrupting timer event with time cycle is not allowed.",
    ),
    "two events of one message at one task": (
        Bpmn()
        .start()
        .task("t")
        .end()
        .boundary("b", "t", message=MessageRef("m", "=k"))
        .end("e2")
        .boundary("b2", "t", message=MessageRef("m", "=k"))
        .end("e3"),
        "Multiple message event definitions with the same name 'm' are not allowed.",
    ),
    "race of one": (
        Bpmn().start().event_based("g").catch("c", timer=("timeDuration", "PT1S")).end(),
        "Event-based gateway must have at least 2 outgoing sequence flows.",
    ),
    "gateway that joins what may come": (
        Bpmn().start().inclusive("g").when("=true").task("a").inclusive("j").end().at("g").to("j"),
        "The stand-in does not support inclusive gateways that join flows",
    ),
    "sub-process without a start": (
        Bpmn().start().sub_process("s", Bpmn().end("e")).end("e2"),
        "Must have exactly one none start event",
    ),
    "event sub-process without an event": (
        Bpmn().start().end().sub_process("s", Bpmn().start("s1").end("e1"), event=True),
        "Must have exactly one start event of type message, timer, error",
    ),
    "flow into nothing": (Bpmn().start().to("nowhere"), "There is no ID/IDREF binding for IDREF 'nowhere'."),
    "unparsable timer": (
        Bpmn().start(timer=("timeCycle", "every day")).end(),
        "Invalid cycle format 'every day'",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_model_is_refused(cluster: Cluster, case: str) -> None:
    """A model that cannot be carried out is an invalid argument, and says where and why."""
    process, reason = INVALID[case]
    message = refusal(cluster.engine, process.xml())
    assert "Expected to deploy new resources, but encountered the following errors:\n'x.bpmn':" in message
    assert reason in message
    assert cluster.engine.definitions() == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not xml", "Fatal Error: URI=null Line=1: Content is not allowed in prolog."),
        (b"<a/>", "cvc-elt.1.a: Cannot find the declaration of element 'a'."),
        (PLAIN.xml().replace(b'isExecutable="true"', b""), "Must contain at least one executable process"),
        (
            b'<!DOCTYPE a [<!ENTITY b "c">]>' + PLAIN.xml().partition(b"?>")[2],
            "DOCTYPE is disallowed",
        ),
        (
            PLAIN.xml().replace(b"<bpmn:endEvent", b'<bpmn:adHocSubProcess id="a"/><bpmn:endEvent'),
            "Must have at least one activity.",
        ),
        (
            PLAIN.xml().replace(b"<bpmn:endEvent", b'<bpmn:serviceTask id="a"/><bpmn:endEvent'),
            "Must have exactly one 'zeebe:taskDefinition' extension element",
        ),
        (
            PLAIN.xml().replace(b"</bpmn:endEvent>", b"<bpmn:messageEventDefinition/></bpmn:endEvent>"),
            "Must have exactly one 'zeebe:taskDefinition' extension element",
        ),
        (
            Bpmn()
            .start()
            .task()
            .end()
            .xml()
            .replace(
                b"<zeebe:taskDef",
                b"<zeebe:taskListeners><zeebe:taskListener/></zeebe:taskListeners><zeebe:taskDef",
            ),
            "The stand-in does not support task listeners",
        ),
        (
            PLAIN.xml().replace(
                b"</bpmn:process>",
                b'</bpmn:process><bpmn:process id="b" isExecutable="true"><bpmn:startEvent id="end"/>'
                b"</bpmn:process>",
            ),
            "cvc-id.2: There are multiple occurrences of ID value 'end'.",
        ),
    ],
    ids=[
        "no XML",
        "no BPMN",
        "not executable",
        "entities",
        "unknown element",
        "service task without a job",
        "throwing message event without a job",
        "listeners",
        "one id in two processes",
    ],
)
def test_an_unreadable_file_is_refused(content: bytes, reason: str) -> None:
    """What is no executable BPMN is an invalid argument."""
    assert reason in refusal(Engine(), content)


def test_other_files_are_refused() -> None:
    """A file that is not BPMN by its name is of an unknown type."""
    assert "'x.txt': unknown resource type" in refusal(Engine(), b"hi", "x.txt")


def test_a_deployment_is_whole_or_not_at_all(cluster: Cluster) -> None:
    """One wrong file keeps the others out, too."""
    with pytest.raises(Rejection, match="INVALID_ARGUMENT"):
        cluster.deploy(Bpmn("good").start().end(), Bpmn("bad").end())
    assert cluster.engine.definitions() == ()


def test_a_process_comes_once_in_a_deployment(cluster: Cluster) -> None:
    """Two files with one process id are refused."""
    with pytest.raises(Rejection, match="Duplicated process id in resources"):
        cluster.deploy(PLAIN, PLAIN)


def test_an_empty_deployment_is_refused() -> None:
    """A deployment has at least one file."""
    with pytest.raises(Rejection, match="Expected to deploy at least one resource, but none given"):
        Engine().deploy([])
