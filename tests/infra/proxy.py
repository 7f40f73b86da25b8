"""A TCP proxy before PostgreSQL that loses requests, or replies to what was committed, when it is told to.

It counts the groups that are sent to the append function; for each it asks `fault` what shall go wrong.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Fault(Enum):
    """What goes wrong with a message; in both cases the connection is cut."""

    NONE = "none"
    REQUEST_LOST = "request lost"
    REPLY_LOST = "reply lost"


class Proxy:
    """Listens on a port of its own and forwards to one server."""

    def __init__(self, host: str, port: int, fault: Callable[[int], Fault]) -> None:
        self._target = (host, port)
        self.fault = fault
        self._lock = threading.Lock()
        self.messages = 0
        self.lost: list[Fault] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Cut everything."""
        # Closing alone would let the accept that waits take one more connection.
        _cut(self._listener)
        with self._lock:
            for each in list(self._open):
                _cut(each)

    def vanish(self) -> Fault:
        """Take no connection any more, and lose the request that is being judged."""
        _cut(self._listener)
        return Fault.REQUEST_LOST

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._open |= {client, server}
            swallow = threading.Event()
            threading.Thread(target=self._requests, args=(client, server, swallow), daemon=True).start()
            threading.Thread(target=self._replies, args=(client, server, swallow), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 20):
                match self._judge(data):
                    case Fault.REQUEST_LOST:
                        break
                    case Fault.REPLY_LOST:
                        swallow.set()
                server.sendall(data)
        self._end(client, server)

    def _replies(self, client: socket.socket, server: socket.socket, swallow: threading.Event) -> None:
        with contextlib.suppress(OSError):
            # A reply that is swallowed has come: what it acknowledges is committed.
            while (data := server.recv(1 << 20)) and not swallow.is_set():
                client.sendall(data)
        self._end(client, server)

    def _judge(self, data: bytes) -> Fault:
        if not (data.startswith(b"B") and b"icms_append" in data[:32]):
            return Fault.NONE
        with self._lock:
            self.messages += 1
            fault = self.fault(self.messages)
            if fault is not Fault.NONE:
                self.lost.append(fault)
        return fault

    def _end(self, *sockets: socket.socket) -> None:
        with self._lock:
            self._open -= set(sockets)
        for each in sockets:
            _cut(each)


def _cut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


@contextmanager
def proxied(dsn: str, fault: Callable[[int], Fault]) -> Iterator[tuple[str, Proxy]]:
    """Yield the DSN that leads through a proxy, and the proxy."""
    parts = conninfo_to_dict(dsn)
    proxy = Proxy(str(parts["host"]), int(parts["port"] or 5432), fault)
    try:
        yield make_conninfo(dsn, host="127.0.0.1", port=proxy.port), proxy
    finally:
        proxy.close()
