"""A worker's log is one JSON object a line, and shows neither payloads nor passwords, whatever fails.

The last line of a crashed process is kept for people to see. Of an exception it therefore shows type and stack alone:
local variables hold secrets and event bytes, and the words of a library or of PostgreSQL may quote them. Only our own
errors speak, because theirs never do.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Literal

import structlog

from domain.errors import RegistryError

Level = Literal["debug", "info", "warning", "error"]
ExceptionFacts = tuple[type[BaseException], BaseException, TracebackType | None]
_DEEPEST = 10
"""Exceptions of one chain that are shown."""


def log_to_stderr(level: Level) -> None:
    """Log to stderr with time and level, also what nobody caught."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(described),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    sys.excepthook = _uncaught
    threading.excepthook = lambda thread: _uncaught(
        thread.exc_type, thread.exc_value or thread.exc_type(), thread.exc_traceback
    )


def described(exc_info: ExceptionFacts) -> list[dict[str, Any]]:
    """Return what may be shown of an exception and of those that led to it, the last one first."""
    return [
        {
            "type": f"{type(error).__module__}.{type(error).__qualname__}",
            **({"message": str(error)} if isinstance(error, RegistryError) else {}),
            "stack": [f"{file}:{line} {name}" for file, line, name, _ in traceback.extract_tb(error.__traceback__)],
        }
        for error, _ in zip(_chain(exc_info[1]), range(_DEEPEST), strict=False)
    ]


def _chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _chain(each)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _chain(before)


def _uncaught(kind: type[BaseException], error: BaseException, stack: TracebackType | None) -> None:
    structlog.get_logger().critical("process_failed", exc_info=(kind, error, stack))
