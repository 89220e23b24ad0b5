"""Finds users by token, and Actors, tasks and builds by id or name; refuses what the caller may not see.

An Actor that is not in the world may be invented when it is first asked for.
"""

from __future__ import annotations

from dataclasses import replace

from emulators.apify import rejections
from emulators.apify.identity import derived_id
from emulators.apify.invented_actors import invented_actor
from emulators.apify.rejections import Rejection
from emulators.apify.state import Caller
from emulators.apify.timeline import Timeline
from emulators.apify.world import Actor, Build, Task, User, World


def is_reference_to(reference: str, caller: Caller, *, id: str, owner: str, name: str | None) -> bool:  # noqa: A002 - Apify's word
    """Return whether an id, `username~name` or the caller's own `~name` means this resource."""
    if name is None or "~" not in reference:
        return reference == id
    username, _, wanted = reference.partition("~")
    return wanted == name and (username or caller.user.username) == owner


class Directory:
    """Users, Actors, tasks and builds."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        """Hold what the world names; an invented Actor is noted on the timeline."""
        self._world = world
        self._timeline = timeline
        self._seed = world.seed
        self._actors = {actor.id: actor for actor in world.actors}
        self._tasks = {task.id: task for task in world.tasks}
        self._users = {user.username: user for user in world.users}
        self._callers = {
            token.token: Caller(user, token.access) for user in world.users for token in user.tokens
        }

    def adopt(self, world: World) -> None:
        """Add the users, Actors and tasks of another world; one of a known name keeps its id."""
        for user in world.users:
            if user.username not in self._users:
                self._users[user.username] = user
                self._callers |= {each.token: Caller(user, each.access) for each in user.tokens}
        ids: dict[str, str] = {}
        known = {(each.owner, each.name): each.id for each in self._actors.values()}
        for actor in world.actors:
            ids[actor.id] = known.get((actor.owner, actor.name), actor.id)
            self._actors[ids[actor.id]] = replace(actor, id=ids[actor.id])
        known = {(each.owner, each.name): each.id for each in self._tasks.values()}
        for task in world.tasks:
            task_id = known.get((task.owner, task.name), task.id)
            actor_id = ids.get(task.actor_id, task.actor_id)
            self._tasks[task_id] = replace(task, id=task_id, actor_id=actor_id)

    @property
    def users(self) -> list[User]:
        return list(self._users.values())

    @property
    def actors(self) -> list[Actor]:
        return list(self._actors.values())

    @property
    def tasks(self) -> list[Task]:
        return list(self._tasks.values())

    def caller(self, token: str | None) -> Caller:
        """Return the user of the token and what it may do.

        Raises:
            Rejection: There is no token, or it is unknown.
        """
        if not token:
            raise rejections.token_not_provided()
        if token not in self._callers:
            raise rejections.unknown_token()
        return self._callers[token]

    def user(self, username: str) -> User | None:
        return self._users.get(username)

    def owner_id(self, actor: Actor) -> str:
        """Return the user id of the Actor's owner, who need not be a user of this world."""
        owner = self._users.get(actor.owner)
        return owner.id if owner else derived_id(self._seed, "user", actor.owner)

    def actor(self, reference: str, caller: Caller) -> Actor:
        """Return the Actor if it is the caller's own or public.

        Raises:
            Rejection: There is nothing that the caller may see.
        """
        for actor in self._actors.values():
            visible = actor.public or actor.owner == caller.user.username
            if visible and is_reference_to(
                reference, caller, id=actor.id, owner=actor.owner, name=actor.name
            ):
                return actor
        return self._invent(reference)

    def _invent(self, reference: str) -> Actor:
        users = frozenset(self._users)
        actor = invented_actor(reference, users, self._seed) if self._world.invents_actors else None
        if actor is None or actor.id in self._actors:
            raise rejections.not_found("Actor")
        self._actors[actor.id] = actor
        why = "it is not in the world; its runs take 1 s and return their input"
        self._timeline.note("actor.invented", actor=f"{actor.owner}/{actor.name}", why=why)
        return actor

    def actor_by_id(self, actor_id: str) -> Actor:
        """Return the Actor of an id that is known to exist."""
        return self._actors[actor_id]

    def task(self, reference: str, caller: Caller) -> Task:
        """Return the caller's task.

        Raises:
            Rejection: The caller has none of this id or name.
        """
        for task in self._tasks.values():
            if task.owner == caller.user.username and is_reference_to(
                reference, caller, id=task.id, owner=task.owner, name=task.name
            ):
                return task
        raise rejections.not_found("Actor task")

    def build(self, build_id: str) -> tuple[Actor, Build]:
        """Return the build of an id, and its Actor.

        Raises:
            Rejection: It does not exist.
        """
        for actor in self._actors.values():
            for build in actor.builds:
                if build.id == build_id:
                    return actor, build
        raise rejections.not_found("Build")

    def build_for(self, actor: Actor, tag_or_number: str) -> Build:
        """Return the Actor's build that a tag or a build number means.

        Raises:
            Rejection: It has none.
        """
        for build in actor.builds:
            if tag_or_number in build.tags or tag_or_number == build.number:
                return build
        if tag_or_number[:1].isdigit():
            raise Rejection(404, "build-not-found", f'Build with number "{tag_or_number}" was not found.')
        message = f'Build with tag "{tag_or_number}" was not found. Has the Actor been built already?'
        raise Rejection(404, "unknown-build-tag", message)
