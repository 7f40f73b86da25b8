"""Everything that can be interrupted has a name, and a process can be told to die exactly there.

In service nothing is armed and a point costs one comparison. A worker reads `ICMS_TEST_CRASH_AT` once, at its start:
`relay.after_send`, or `relay.after_send:3` for the third time it comes by.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from domain.errors import InvalidInput

VARIABLE = "ICMS_TEST_CRASH_AT"

CRASH_POINTS: Mapping[str, str] = {
    "keys.before_commit": "a subject's key was made, nothing of it is kept",
    "keys.after_commit": "key and link are kept, nothing was sealed with the key",
    "store.before_send": "a group of commands was taken from the queue, nothing of it was sent",
    "store.after_send": "a group was sent, PostgreSQL has not answered",
    "store.after_commit": "PostgreSQL has committed a group, nobody was told",
    "relay.after_lease": "the lease is ours, nothing was looked at yet",
    "relay.after_topic_noted": "where our records begin is noted, nothing was sent yet",
    "relay.before_send": "a page was read, none of it was sent",
    "relay.mid_send": "half of a page was handed to the client",
    "relay.after_send": "a whole page was handed to the client, nothing of it is known to be acknowledged",
    "relay.mid_settle": "some records of a page are acknowledged",
    "relay.after_settle": "the events topic has the page, the public topic has not",
    "relay.mid_public": "the events topic has the page, the public records were handed to the client",
    "relay.after_public": "both topics have the page, our note for people is not written",
    "projector.after_read": "records were read, nothing was checked",
    "projector.after_check": "records were checked and decoded, nothing was applied",
    "projector.after_cursor": "the cursor was moved in a transaction that is still open",
    "projector.before_commit": "cursor and rows were changed in a transaction that is still open",
    "projector.after_commit": "one read model has the batch, the next has not",
    "clock.before_cursor": "obligations follow a stretch of the log, the clock's cursor does not stand behind it",
    "clock.between_steps": "something that fell due is recorded, what fell due after it is not",
    "rebuild.after_create": "an empty build stands beside the live one",
    "rebuild.after_batch": "the build has a part of the log",
    "rebuild.before_switch": "the build is complete and compared, the old one is still live",
    "rebuild.after_switch": "the new build is live, the one before the old is not yet dropped",
}
"""Each point, and what is true when a process dies there."""

_armed: str | None = None
_passes_left = 0


def arm(environ: Mapping[str, str]) -> None:
    """Read which point this process is to die at, if any.

    Raises: InvalidInput if there is no such point
    """
    global _armed, _passes_left
    name, _, times = environ.get(VARIABLE, "").partition(":")
    if name and name not in CRASH_POINTS:
        raise InvalidInput(field=VARIABLE, problem=f"there is no crash point {name}")
    _armed, _passes_left = name or None, int(times or 1)


def crash_point(name: str) -> None:
    """Die here without a word if this point is armed and its time has come."""
    if name != _armed:
        return
    _pass()


def _pass() -> None:
    global _passes_left
    _passes_left -= 1
    if _passes_left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
        signal.pause()
