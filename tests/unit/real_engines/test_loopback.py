"""Ports for programs that listen some seconds later."""

from __future__ import annotations

import socket

from real_engines.loopback import HOST, free_ports


def test_free_ports_are_free_and_stay_so() -> None:
    """They differ, can be listened on, and are none that a connection may get by chance."""
    ports = free_ports(5)

    assert len(set(ports)) == 5
    for port in ports:
        with socket.create_server((HOST, port)), socket.create_server((HOST, 0)) as any_port:
            assert port < any_port.getsockname()[1]
