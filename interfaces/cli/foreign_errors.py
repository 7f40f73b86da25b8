"""What libraries and the system raise becomes a situation with a name, a sentence and a remedy.

Each part translates its own foreign errors where they arise. This is the last border: what went away between two
statements, a disk that filled up while we printed. Libraries are recognised by name, so that none is imported for it.
"""

from __future__ import annotations

import errno
import sys

from domain.errors import InvalidInput, RegistryError, Unavailable


class DatabaseWentAway(Unavailable):
    """PostgreSQL went away in the middle ({problem})."""

    remedy = (
        "What was acknowledged is safe. Look at `icms status`, start it with `icms up`, then repeat the command: with "
        "the same --key it takes effect once."
    )


class DatabaseOfAnotherShape(Unavailable):
    """The database is not as this version of the software needs it ({problem})."""

    remedy = "Nothing was changed. `icms up` brings it to this version."


class KafkaWentAway(Unavailable):
    """Kafka did not answer as it should ({problem})."""

    remedy = "Every event is safe in the event store. Look at `icms status`, start it with `icms up`, then try again."


class SystemRefused(Unavailable):
    """The system does not allow it: {problem}."""

    remedy = "What was acknowledged is safe. {hint}"


_SHAPE = ("UndefinedTable", "UndefinedColumn", "UndefinedFunction", "InvalidSchemaName", "InsufficientPrivilege")
_HINTS = {
    errno.ENOSPC: "Free some space, then try again.",
    errno.EDQUOT: "Free some space, then try again.",
    errno.EACCES: "Use the account that owns these files, or your own state with ICMS_STATE_DIR.",
    errno.EPERM: "Use the account that owns these files, or your own state with ICMS_STATE_DIR.",
    errno.EROFS: "Put the state where it can be written with ICMS_STATE_DIR.",
    errno.ENAMETOOLONG: "Use a shorter path.",
    errno.ENOTDIR: "Correct the path, for the state folder in ICMS_STATE_DIR.",
    errno.EMFILE: "Raise the limit of open files, then try again.",
}


def translated(error: BaseException) -> RegistryError | None:
    """Return the situation that a foreign error stands for, or None where it is none we know: a defect."""
    library = type(error).__module__.partition(".")[0]
    if library in {"psycopg", "psycopg_pool"}:
        return _of_database(error)
    if library == "kafka":
        return KafkaWentAway(problem=type(error).__name__)
    if isinstance(error, UnicodeError):
        return InvalidInput(field="text", problem="it is not UTF-8, or this terminal cannot show it (LC_ALL=C.UTF-8)")
    if isinstance(error, OSError) and error.errno is not None:
        where = f" ({error.filename})" if error.filename else ""
        hint = _HINTS.get(error.errno, "Look at the file or address named, then try again.")
        return SystemRefused(problem=f"{error.strerror or type(error).__name__}{where}", hint=hint)
    return None


def _of_database(error: BaseException) -> RegistryError | None:
    name = type(error).__name__
    if name in _SHAPE:
        return DatabaseOfAnotherShape(problem=name)
    psycopg = sys.modules["psycopg"]
    if isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return DatabaseWentAway(problem=name)
    return None
