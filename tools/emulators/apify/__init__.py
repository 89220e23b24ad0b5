"""Apify on this machine, for development and tests: a state machine, an HTTP api, webhooks that are called.

with ApifyEmulator(load_world(path), time_scale=10) as apify:
    client = httpx.Client(base_url=apify.url, headers={"Authorization": "Bearer token-of-acme"})
"""

from emulators.apify.clock import Clock, DrivenClock, ScaledClock
from emulators.apify.emulator import ApifyEmulator
from emulators.apify.faults import AnswerWith, DelayAnswer, DeliverTwice, DropAnswer, DropRequest, Faults
from emulators.apify.timeline import TraceEvent
from emulators.apify.world import World, WorldError
from emulators.apify.world_file import default_world, load_world, parse_world

__all__ = [
    "AnswerWith",
    "ApifyEmulator",
    "Clock",
    "DelayAnswer",
    "DeliverTwice",
    "DrivenClock",
    "DropAnswer",
    "DropRequest",
    "Faults",
    "ScaledClock",
    "TraceEvent",
    "World",
    "WorldError",
    "default_world",
    "load_world",
    "parse_world",
]
