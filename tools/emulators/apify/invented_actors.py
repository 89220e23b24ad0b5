"""Actors that a world does not name: what the emulator takes them to be."""

from __future__ import annotations

import re

from emulators.apify.identity import derived_id
from emulators.apify.world import Actor, Behaviour, Build, ItemsTemplate, RecordTemplate

_REFERENCE = re.compile(r"(?P<owner>[A-Za-z0-9][A-Za-z0-9._-]{2,29})~(?P<name>[a-z0-9]+(-+[a-z0-9]+)*)")
_LONGEST_NAME = 63


def invented_actor(reference: str, users: frozenset[str], seed: str) -> Actor | None:
    """Return a public Actor for a reference such as `apify~hello-world`; None where none can be invented.

    Actors of the world's own users are not invented, so a wrong letter in their names is noticed. Neither
    are Actors that are named by an id. A run takes a second and returns its input.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None or found["owner"] in users or len(found["name"]) > _LONGEST_NAME:
        return None
    owner, name = found["owner"], found["name"]
    seen = {"actor": f"{owner}/{name}", "input": "{{input}}"}
    run = Behaviour(
        status_message="The emulator invented this Actor: it returns its input",
        items=ItemsTemplate(template=seen),
        records={"OUTPUT": RecordTemplate(content_type="application/json; charset=utf-8", value=seen)},
    )
    build = Build(id=derived_id(seed, "build", owner, name, "0.0.1"), number="0.0.1", tags=("latest",))
    return Actor(
        id=derived_id(seed, "actor", owner, name),
        owner=owner,
        name=name,
        title=name,
        public=True,
        builds=(build,),
        runs=(run,),
    )
