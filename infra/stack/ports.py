"""A server keeps the port it had; it gets another one only when that one is taken and nobody depends on it."""

from __future__ import annotations

import socket
from collections.abc import Collection

import psutil

from infra.stack.refusals import PortTaken

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Say whether a server could listen at the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(avoid: Collection[int] = ()) -> int:
    """Return a port that was free a moment ago and is none of those to avoid."""
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
        if port not in avoid:
            return port


def keep_or_choose(port: int | None, avoid: Collection[int] = ()) -> int:
    """Return the port given if it is free, else another one."""
    return port if port is not None and is_free(port) else free_port(avoid)


def require_free(port: int, who: str) -> None:
    """Refuse if the port is taken.

    Raises: PortTaken, with the holder's name where we may know it
    """
    if not is_free(port):
        raise PortTaken(port=port, who=who, holder=_holder(port))


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
            if listens and connection.pid:
                return f" ({psutil.Process(connection.pid).name()}, number {connection.pid})"
    except (psutil.AccessDenied, psutil.NoSuchProcess):
        return ""
    return ""
