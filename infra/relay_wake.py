"""After a commit the relay is told that there is something to publish; it would find out by itself within a second.

The message travels on a connection of its own: inside the writing transaction it would serialise all commits. It may
be lost, repeated or late, and nothing depends on it but the time until an event is seen.
"""

from __future__ import annotations

import threading

import psycopg

CHANNEL = "registry_appended"
_PAUSE = 0.003


class RelayWake:
    """Send wake-ups from a thread, many calls as one message; `wake` never waits and never fails."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._asked = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="relay-wake", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Tell the relay, soon."""
        self._asked.set()

    def close(self) -> None:
        """End the thread; what was asked before is still sent if the database answers."""
        self._closing = True
        self._asked.set()
        self._thread.join(5)

    def _run(self) -> None:
        connection: psycopg.Connection | None = None
        while not self._closing:
            self._asked.wait()
            self._asked.clear()
            try:
                if connection is None or connection.closed:
                    connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)
                connection.execute(f"NOTIFY {CHANNEL}")
            except psycopg.Error:
                # The relay polls: what is lost here costs a second. A database that is away is not asked in a hot loop.
                threading.Event().wait(0.5)
            # One message is enough for everything that commits within the pause.
            threading.Event().wait(_PAUSE)
        if connection is not None:
            connection.close()
