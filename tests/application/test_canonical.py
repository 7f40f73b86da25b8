"""A request's text decides for ever whether a command is a repeat: it may not change with the software."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from application.canonical import canonical
from domain.codes import Role
from domain.dates import PartialDate


@dataclass(frozen=True)
class Inner:
    text: str = ""
    number: int | None = None


class Loud(str):
    """A text of a class of its own."""

    __slots__ = ()


@dataclass(frozen=True)
class Asked:
    AGGREGATE: ClassVar[str] = "clinic"
    VERB: ClassVar[str] = "ask"

    value: Any = None
    more: Any = None


def test_the_text_of_a_request_stays_as_it_is() -> None:
    given = {
        "code": Role.registrar,
        "false": False,
        "zero": 0,
        "empty text": "",
        "float": 2.5,
        "own text": Loud("ü"),
        "id": UUID(int=5),
        "day": PartialDate("2026-02"),
        "moment": datetime(2026, 1, 2, tzinfo=UTC),
        "tuple": (Role.clinic, Inner("a", 1)),
        "set": frozenset({Role.clinic, Role.auditor}),
        "section": Inner("b"),
    }
    said = {name: canonical(Asked(value)).removeprefix("clinic ask ") for name, value in given.items()}

    assert said == {
        "code": '{"value":"registrar"}',
        "false": '{"value":false}',
        "zero": '{"value":0}',
        "empty text": '{"value":""}',
        "float": '{"value":2.5}',
        "own text": '{"value":"ü"}',
        "id": '{"value":"00000000-0000-0000-0000-000000000005"}',
        "day": '{"value":"2026-02"}',
        "moment": '{"value":"2026-01-02 00:00:00+00:00"}',
        "tuple": '{"value":["clinic",{"number":1,"text":"a"}]}',
        "set": '{"value":["auditor","clinic"]}',
        "section": '{"value":{"text":"b"}}',
    }


def test_empty_fields_do_not_count_and_others_do() -> None:
    assert canonical(Asked()) == canonical(Asked((), Inner(None))) == "clinic ask {}"  # type: ignore[arg-type]
    assert canonical(Asked(more=1)) != canonical(Asked(1))
