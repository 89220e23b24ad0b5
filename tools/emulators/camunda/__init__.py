"""A stand-in for a Camunda 8 cluster: one small engine in memory, behind gRPC and a REST v2 subset.

It is for a developer's machine and for tests, and keeps nothing on disk. It does what the engine of 8.8.21
does; `pytest -m engine` runs the same tests on both. It supports:

* events: none, message, timer, error and terminate; attached, in event sub-processes, after event-based
  gateways
* tasks that are jobs, user tasks, FEEL scripts, receive tasks, call activities, embedded and ad-hoc
  sub-processes, multi-instance; exclusive, inclusive (splitting) and parallel gateways
* messages with time to live, ids and one running instance a key; jobs with locks, back-off and incidents;
  versions, tenants, tags, business ids, documents; a clock that can be stopped and moved; a reset

`schema_check` refuses files that are not valid BPMN, `unsupported` lists what is refused because the stand-in
does not support it. `docs/adr/ADR-0008-scope-of-the-emulators.md` has scope and limits. Two things differ
from a cluster on purpose: searches see a change at once, and messages and locks end exactly at their time.
"""
