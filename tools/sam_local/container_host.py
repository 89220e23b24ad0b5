"""Finds out by which name or address a container reaches this machine."""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
_DOCKER_DESKTOP = "host.docker.internal"
_BRIDGE = "docker0"
_SIOCGIFADDR = 0x8915


@dataclass(frozen=True, slots=True)
class ContainerHost:
    """How containers reach this machine.

    Attributes:
        name: Name or address, as it is used in a container.
        listens_on: The address on which servers must listen for it, or None where loopback will do.
    """

    name: str
    listens_on: str | None = None


def container_host(given: str | None = None) -> ContainerHost:
    """Return how containers reach this machine.

    Docker Desktop (macOS, Windows, WSL) and Finch give containers the name `host.docker.internal`, which is
    for this machine's loopback interface. Docker on Linux gives no name; there, servers listen on the address
    of the bridge.

    Args:
        given: A name or address that a person knows to be right.
    """
    if given == LOOPBACK:
        return ContainerHost(LOOPBACK)
    if given is not None:
        return ContainerHost(given, given if _is_own_address(given) else None)
    bridge = _address_of(_BRIDGE) if sys.platform == "linux" else None
    return ContainerHost(bridge, bridge) if bridge else ContainerHost(_DOCKER_DESKTOP)


def _is_own_address(address: str) -> bool:
    try:
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _address_of(interface: str) -> str | None:
    """Return the IPv4 address of a network interface of this Linux machine, or None."""
    import fcntl  # noqa: PLC0415  # Windows has none

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", interface.encode()))
        except OSError:
            return None
    return socket.inet_ntoa(answer[20:24])
