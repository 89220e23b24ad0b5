"""Our poller against Camunda's connector runtime: one engine, one HTTP server, jobs that fetch the same list.

Both find all jobs waiting when they start. What is told: jobs a second between the first and the last fetch,
CPU time a job, the largest resident memory, and the time from the start to the first fetch, each as a ratio.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from apify_camunda_cli.local_world import project_root
from local_aws import LocalAws
from pyzeebe.proto import gateway_pb2 as pb
from pyzeebe.proto.gateway_pb2_grpc import GatewayStub
from real_engines import CamundaDistribution, Coordinates, Unavailable, fetch_jars, find_jdk
from real_engines.java_process import JavaProcess, compiled

JOBS = int(os.environ.get("BENCH_JOBS", "2000"))
RUNTIME = "8.8.7"
HERE = Path(__file__).parent
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = float(os.environ.get("BENCH_PATIENCE_S", "240"))

PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="bench">
  <bpmn:process id="{process_id}" isExecutable="true">
    <bpmn:startEvent id="Start"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="a" sourceRef="Start" targetRef="Work" />
    <bpmn:serviceTask id="Work">
      <bpmn:extensionElements>
        <zeebe:taskDefinition type="{job_type}" retries="3" />
        <zeebe:ioMapping>{inputs}</zeebe:ioMapping>
        <zeebe:taskHeaders><zeebe:header key="resultExpression" value="={expression}" /></zeebe:taskHeaders>
      </bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:sequenceFlow id="b" sourceRef="Work" targetRef="End" />
    <bpmn:endEvent id="End"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
  </bpmn:process>
</bpmn:definitions>
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one runtime needed."""

    jobs_per_s: float
    cpu_ms_per_job: float
    memory_mb: float
    first_effect_s: float


def main() -> None:
    """Measure both and print the ratios."""
    try:
        engine = CamundaDistribution()
        jars = _peer_jars()
    except Unavailable as missing:
        print(f"skipped: {missing}")
        return
    with engine, _items_server() as items_url:
        peer = _measure("http-json", engine, items_url, lambda: _peer(engine, jars))
        ours = _measure("apify", engine, items_url, lambda: _ours(engine, items_url))
    _tell(ours, peer)


def _tell(ours: Measured, peer: Measured) -> None:
    print(f"{JOBS} jobs on {CamundaDistribution.name}; the peer is Camunda's connector runtime {RUNTIME}")
    print(f"{'':28}{'ours':>10}{'peer':>10}{'ratio':>8}")
    rows = (
        ("jobs a second", ours.jobs_per_s, peer.jobs_per_s),
        ("CPU time a job (ms)", ours.cpu_ms_per_job, peer.cpu_ms_per_job),
        ("resident memory (MB)", ours.memory_mb, peer.memory_mb),
        ("start to first effect (s)", ours.first_effect_s, peer.first_effect_s),
    )
    for name, mine, theirs in rows:
        print(f"{name:28}{mine:10.2f}{theirs:10.2f}{mine / theirs:8.2f}")


def _measure(
    name: str,
    engine: CamundaDistribution,
    items_url: str,
    start: Callable[[], AbstractContextManager[Callable[[], int]]],
) -> Measured:
    """Put the jobs there, start the runtime, and wait until every job has fetched its list."""
    _load(name, engine, items_url)
    _get(f"{items_url}/reset")
    began = time.time()
    with start() as pid:
        counted = _get(f"{items_url}/count")
        end = time.monotonic() + PATIENCE_S
        while counted["count"] < JOBS:
            if time.monotonic() > end:
                raise RuntimeError(f"{name}: only {counted['count']} of {JOBS} jobs after {PATIENCE_S} s")
            time.sleep(0.2)
            counted = _get(f"{items_url}/count")
        time.sleep(1.0)
        process = pid()
        cpu_s, memory_mb = _cpu_s(process), _peak_memory_mb(process)
    return Measured(
        jobs_per_s=(JOBS - 1) / (counted["last"] - counted["first"]),
        cpu_ms_per_job=cpu_s * 1000 / JOBS,
        memory_mb=memory_mb,
        first_effect_s=counted["first"] - began,
    )


def _load(name: str, engine: CamundaDistribution, items_url: str) -> None:
    """Deploy the process of one runtime and start its instances."""
    inputs = {
        "apify": {
            "authentication.token": "token-of-acme",
            "operation.type": "getDatasetItems",
            "apifyRequestInput.getDatasetItemsInput.datasetId": "measured",
        },
        "http-json": {
            "authentication.type": "noAuth",
            "method": "GET",
            "url": f"{items_url}/v2/datasets/measured/items",
            "connectionTimeoutInSeconds": "20",
            "readTimeoutInSeconds": "20",
        },
    }[name]
    expression = {"apify": "{ items: response.items }", "http-json": "{ items: response.body }"}[name]
    job_type = {"apify": "io.camunda:apify-outbound:1", "http-json": "io.camunda:http-json:1"}[name]
    mapped = "".join(
        f'<zeebe:input source="{source}" target="{target}" />' for target, source in inputs.items()
    )
    content = PROCESS.format(process_id=name, job_type=job_type, inputs=mapped, expression=expression)
    with grpc.insecure_channel(engine.grpc_address) as channel:
        stub: Any = GatewayStub(channel)
        stub.DeployResource(
            pb.DeployResourceRequest(resources=[pb.Resource(name=f"{name}.bpmn", content=content.encode())])
        )
        request = pb.CreateProcessInstanceRequest(bpmnProcessId=name, version=-1, variables="{}")
        with ThreadPoolExecutor(8) as pool:
            for _ in pool.map(lambda _: _patiently(stub, request), range(JOBS)):
                pass


def _patiently(stub: Any, request: Any) -> None:
    """Create an instance, waiting while the engine pushes back."""
    while True:
        try:
            stub.CreateProcessInstance(request, timeout=20)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:  # type: ignore[attr-defined]  # a Call, too
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def _ours(engine: CamundaDistribution, items_url: str) -> Iterator[Callable[[], int]]:
    """Run poll_jobs in the local Lambda service; yield what tells its worker's process."""
    parameters = {
        "CamundaTransport": "grpc",
        "CamundaGrpcAddress": f"http://{engine.grpc_address}",
        "CamundaRestUrl": engine.rest_address,
        "ApifyBaseUrl": items_url,
        "SecretScope": "any",
        "PollMode": "continuous",
    }
    with LocalAws(project_root() / "template.yaml", parameters, runs_schedules=False) as aws:
        aws.send_event(aws.function_name("PollJobs"), b"{}")
        yield lambda: _worker_of("poll_jobs")


@contextmanager
def _peer(engine: CamundaDistribution, jars: Path) -> Iterator[Callable[[], int]]:
    """Run Camunda's connector runtime with its HTTP connector; yield what tells its process."""
    jdk = find_jdk()
    classes = compiled(jdk, HERE / "java" / "ConnectorsPeer.java", f"{jars}/*")
    settings = {
        "CAMUNDA_CLIENT_MODE": "self-managed",
        "CAMUNDA_CLIENT_GRPCADDRESS": f"http://{engine.grpc_address}",
        "CAMUNDA_CLIENT_RESTADDRESS": engine.rest_address,
        "CAMUNDA_CLIENT_PREFERRESTOVERGRPC": "false",
        "CAMUNDA_CLIENT_AUTH_METHOD": "none",
        "CAMUNDA_CLIENT_WORKER_DEFAULTS_STREAMENABLED": "true",
        "CAMUNDA_CONNECTOR_POLLING_ENABLED": "false",
        "CAMUNDA_CONNECTOR_WEBHOOK_ENABLED": "false",
        "SERVER_PORT": "0",
        "SERVER_ADDRESS": "127.0.0.1",
    }
    with tempfile.TemporaryDirectory(prefix="connector-runtime-") as folder:
        command = [str(jdk.home / "bin" / "java"), "-cp", f"{classes}:{jars}/*", "ConnectorsPeer"]
        process = JavaProcess(command, environment=settings, folder=Path(folder))
        try:
            yield lambda: process.pid
        finally:
            process.stop(at_once=True)


def _peer_jars() -> Path:
    """Return the jars of the runtime and its HTTP connector."""
    group = "io.camunda.connector"
    return fetch_jars(
        Coordinates(group, "spring-boot-starter-camunda-connectors", RUNTIME),
        Coordinates(group, "connector-core", RUNTIME),
        Coordinates(group, "connector-http-json", RUNTIME),
        pinned=(Coordinates("com.fasterxml.jackson", "jackson-bom", "2.21.0"),),
    )


@contextmanager
def _items_server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "items_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def _worker_of(function: str) -> int:
    """Return the process in which a function of ours runs."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_worker = b"awslambdaric" in (entry / "cmdline").read_bytes()
            if is_worker and (entry / "cwd").resolve().name == function:
                return int(entry.name)
    raise RuntimeError(f"{function} does not run")


def _cpu_s(pid: int) -> float:
    """Return the CPU time that a process and its ended children took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / CLOCK_TICKS


def _peak_memory_mb(pid: int) -> float:
    """Return the largest resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} tells no memory")


if __name__ == "__main__":
    main()
