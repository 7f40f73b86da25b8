"""One table says with which code `icms` ends; scripts rely on it, so a number never changes its meaning.

Errors are named in it, not imported: `icms status` must not wait for what it does not use. A test shows that every
error of the registry is in it, by its own name or by that of a kind it belongs to.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple


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
    """A part that is needed does not answer, or the disk is full."""
    misconfigured = 9
    """The environment is incomplete or contradictory, or a key is missing or wrong."""
    differs = 10
    """A check found a difference."""
    partly = 11
    """Some rows were refused, all others were done."""
    behind = 12
    """What is read has not reached the position asked for."""
    damaged = 13
    """Stored bytes, keys or schemas are not what was written; nothing was skipped or changed."""
    interrupted = 130
    """Ended with Ctrl-C."""


class Meaning(NamedTuple):
    """A row of the table, for people."""

    code: int
    name: str
    sentence: str


ERRORS: Mapping[ExitCode, tuple[str, ...]] = {
    ExitCode.invalid_input: ("InvalidInput", "EventTooLarge", "SourceNeeded", "UnwritableEvent"),
    ExitCode.not_found: ("NotFound",),
    ExitCode.refused: ("Refused", "KeysAlreadyExist", "PublicEventReveals", "StoreMarkedOtherwise", "SubjectErased"),
    ExitCode.not_permitted: ("NotPermitted", "NotAnOfficer", "NotForThisClinic"),
    ExitCode.conflict: ("VersionConflict", "KeyReused", "AnotherRunner"),
    ExitCode.unavailable: ("Unavailable", "AddressTaken", "InDoubt", "TimeAhead", "TimeBehind"),
    ExitCode.misconfigured: (
        *("Misconfigured", "OptionsUnusable"),
        *("KeyMissing", "KeyMalformed", "KeyExposed", "KeysNotRegistered", "WrongKey"),
    ),
    ExitCode.behind: ("LogBehind", "ReadModelBehind", "ReadModelsBehind"),
    ExitCode.damaged: (
        *("CatalogueDamaged", "ClassAheadOfSchema", "Halted", "ReleasedSchemaChanged", "SchemaNotDraftable"),
        *("SealBroken", "SubjectKeyLost", "SubjectKeyUnreadable", "UnknownSchema", "UnreadableEvent", "UnreadablePart"),
    ),
}
"""Which errors end with which code; what belongs to a kind named here is meant too, unless it is named itself."""

_BY_NAME = {name: code for code, names in ERRORS.items() for name in names}


def known_exit_code(kind: type[BaseException]) -> ExitCode | None:
    """Return the code that the table gives to a kind of error, or None where it says nothing about it."""
    return next((_BY_NAME[each.__name__] for each in kind.__mro__ if each.__name__ in _BY_NAME), None)


def exit_code(error: BaseException) -> ExitCode:
    """Return the code for an error; one that the table does not know is a defect."""
    return known_exit_code(type(error)) or ExitCode.defect


def meanings() -> list[Meaning]:
    """Return the table as people read it: number, name and the sentence below it in this file."""
    body = ast.parse(inspect.getsource(ExitCode)).body[0]
    assert isinstance(body, ast.ClassDef)
    sentences = {
        member.targets[0].id: inspect.cleandoc(text.value.value)
        for member, text in itertools.pairwise(body.body)
        if isinstance(member, ast.Assign)
        and isinstance(member.targets[0], ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
    return [Meaning(code.value, code.name, sentences[code.name]) for code in ExitCode]
