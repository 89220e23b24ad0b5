"""A stand-in for a Camunda 8 cluster: one small engine in memory, behind gRPC and a REST v2 subset.

It is for a developer's machine and for tests, and holds nothing on disk. What it knows, it does as the
engine of 8.8.21 does; `pytest -m engine` asks both the same. It knows:

* events: none, message, timer, error and terminate; attached, in event sub-processes, after event-based
  gateways
* tasks that are jobs (service, send, business rule, script and user tasks), FEEL scripts, receive tasks,
  call activities, embedded sub-processes, multi-instance; exclusive, inclusive (splitting) and parallel
  gateways
* messages with time to live, ids and one running instance a key; jobs with locks, back-off and incidents;
  versions, tenants, tags; a clock that can be stopped and moved

A model that asks for more (signals, escalation, compensation, links, decisions, listeners, ad-hoc
sub-processes) is refused when it is deployed. Two things differ from a cluster on purpose: what was done is
visible to searches at once, and messages and locks end at their time, where a cluster looks once a minute
and once a second.
"""
