"""What another process answers, or that it ended before it had."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any


class Unanswered(Exception):
    """The other process ended before its answer, or within it."""


def received(answers: Connection) -> Any:
    """Return the next answer, waiting for it.

    Raises: Unanswered
    """
    try:
        return answers.recv()
    except (EOFError, OSError) as error:
        # OSError: a large answer is sent piece by piece, and a killed process leaves it in the middle.
        raise Unanswered from error
