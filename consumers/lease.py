"""At most one relay believes that it may publish, and one that was asleep finds out before it sends anything.

The lease ends when its time is over or, at once, when the holder's database session is gone. Two relays that both
believe it (one woke up between asking and sending) can only repeat records.
"""

from __future__ import annotations

import os
import socket
import time

import psycopg

from consumers.halting import LeaseLost

LEASE_SECONDS = 5.0
_RENEW_AFTER = 1.0


class Lease:
    """The right to publish to one events topic (and the public topic beside it)."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]], topic: str) -> None:
        """Use this autocommit connection: its session is what the lease hangs on."""
        self._connection = connection
        self._topic = topic
        self._holder = f"{socket.gethostname()}/{os.getpid()}"
        self._epoch: int | None = None
        self._renewed = 0.0

    def acquire(self) -> bool:
        """Take the lease if it is free, with a higher epoch than anybody had; say whether it was."""
        row = self._connection.execute(
            """
            INSERT INTO registry.relay_lease AS lease
                   (topic, holder, epoch, expires_at, backend_pid, backend_start)
            SELECT %(topic)s, %(holder)s, 1, clock_timestamp() + make_interval(secs => %(seconds)s),
                   pid, backend_start
              FROM pg_stat_activity
             WHERE pid = pg_backend_pid()
            ON CONFLICT (topic) DO UPDATE
               SET holder = excluded.holder,
                   epoch = lease.epoch + 1,
                   expires_at = excluded.expires_at,
                   backend_pid = excluded.backend_pid,
                   backend_start = excluded.backend_start
             WHERE lease.expires_at < clock_timestamp()
                OR NOT EXISTS (
                       SELECT FROM pg_stat_activity AS session
                        WHERE session.pid = lease.backend_pid
                          AND session.backend_start = lease.backend_start
                   )
            RETURNING epoch
            """,
            {"topic": self._topic, "holder": self._holder, "seconds": LEASE_SECONDS},
        ).fetchone()
        if row is None:
            return False
        self._epoch, self._renewed = int(str(row[0])), time.monotonic()
        return True

    def keep(self) -> None:
        """Renew the lease if it is time to.

        Raises: LeaseLost if somebody else has it
        """
        if time.monotonic() - self._renewed > _RENEW_AFTER:
            self.renew()

    def renew(self, position: int | None = None, public_position: int | None = None) -> None:
        """Renew the lease now, and note for people how far the topics are.

        Raises: LeaseLost if somebody else has it
        """
        began = time.monotonic()
        renewed = self._connection.execute(
            """
            UPDATE registry.relay_lease
               SET expires_at = clock_timestamp() + make_interval(secs => %(seconds)s),
                   position = coalesce(%(position)s, position),
                   public_position = coalesce(%(public_position)s, public_position),
                   updated_at = clock_timestamp()
             WHERE topic = %(topic)s
               AND epoch = %(epoch)s
            """,
            {
                "seconds": LEASE_SECONDS,
                "topic": self._topic,
                "epoch": self._epoch,
                "position": position,
                "public_position": public_position,
            },
        )
        if renewed.rowcount != 1:
            self._epoch = None
            raise LeaseLost
        self._renewed = began

    def report(self, error: str | None) -> None:
        """Note for people why nothing is published, or that there is nothing to say."""
        self._connection.execute(
            """
            UPDATE registry.relay_lease
               SET error = %(error)s, updated_at = clock_timestamp()
             WHERE topic = %(topic)s
               AND epoch = %(epoch)s
            """,
            {"error": error, "topic": self._topic, "epoch": self._epoch},
        )

    def release(self) -> None:
        """Give the lease back, so that a successor need not wait."""
        self._connection.execute(
            """
            UPDATE registry.relay_lease
               SET expires_at = clock_timestamp()
             WHERE topic = %(topic)s
               AND epoch = %(epoch)s
            """,
            {"topic": self._topic, "epoch": self._epoch},
        )
        self._epoch = None
