"""One table says with which code `icms` ends; scripts rely on it, so a number never changes its meaning."""

from __future__ import annotations

from enum import IntEnum

from application.command import NotAnOfficer
from application.ports import KeyReused, SubjectErased, TimeAhead, TimeBehind, VersionConflict
from domain.errors import InvalidInput, NotFound, NotPermitted, Refused, RegistryError, Unavailable
from infra.settings import Misconfigured


class ExitCode(IntEnum):
    """How a run of `icms` ended."""

    done = 0
    """It was done."""
    defect = 1
    """A defect of this software; the message says where the details are."""
    usage = 2
    """The command line was not understood."""
    invalid_input = 3
    """A field, a file or a row is wrong; the message names it."""
    not_found = 4
    """There is no such thing."""
    refused = 5
    """A rule of the registry does not allow it."""
    not_permitted = 6
    """The acting person may not."""
    conflict = 7
    """Somebody else was faster, or the idempotency key was used for something else."""
    unavailable = 8
    """A part that is needed does not answer."""
    misconfigured = 9
    """The environment is incomplete or contradictory."""
    differs = 10
    """A check found a difference."""
    partly = 11
    """Some rows were refused, all others were done."""
    behind = 12
    """The read model has not reached the position asked for."""
    interrupted = 130
    """Ended with Ctrl-C."""


_BY_ERROR: tuple[tuple[type[RegistryError], ExitCode], ...] = (
    (Misconfigured, ExitCode.misconfigured),
    (InvalidInput, ExitCode.invalid_input),
    (NotFound, ExitCode.not_found),
    (NotPermitted, ExitCode.not_permitted),
    (NotAnOfficer, ExitCode.not_permitted),
    (VersionConflict, ExitCode.conflict),
    (KeyReused, ExitCode.conflict),
    (TimeBehind, ExitCode.unavailable),
    (TimeAhead, ExitCode.unavailable),
    (SubjectErased, ExitCode.refused),
    (Unavailable, ExitCode.unavailable),
    (Refused, ExitCode.refused),
    (RegistryError, ExitCode.refused),
)


def exit_code(error: RegistryError) -> ExitCode:
    """Return the code for an error: the first row of the table whose kind it is."""
    return next(code for kind, code in _BY_ERROR if isinstance(error, kind))
