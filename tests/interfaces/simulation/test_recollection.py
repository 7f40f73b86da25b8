from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from application.clinics import CloseClinic
from application.command import Receipt
from domain.codes import Role
from interfaces.simulation.agenda import Agenda
from interfaces.simulation.history import Plot
from interfaces.simulation.recollection import Recollection, recollect
from interfaces.simulation.society import Society

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECEIPT = Receipt(aggregate_id=UUID(int=1), version=3, first_position=7, last_position=8, repeat=True)


class Carried:
    """A handler that only notes which commands are really carried out."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.surroundings = None

    def execute(self, _command: object, request: Any) -> Receipt:
        self.keys.append(request.key)
        return Receipt(aggregate_id=UUID(int=2), version=1, first_position=9, last_position=9, repeat=False)


class Rows:
    """A connection to a store that knows these keys."""

    def __init__(self, keys: list[bytes]) -> None:
        self.keys = keys

    def execute(self, _query: str) -> Rows:
        return self

    def fetchall(self) -> list[tuple[bytes, UUID, int, int, int]]:
        return [(key, UUID(int=1), 3, 7, 8) for key in self.keys]


def test_what_was_recorded_is_answered_and_what_was_refused_is_not_tried_again() -> None:
    handler, command = Carried(), CloseClinic(clinic_id=UUID(int=1))
    society = Society(
        handler,  # type: ignore[arg-type]
        Agenda(NOW, NOW),
        (UUID(int=3),),
        "key {}".format,
        Recollection({2: RECEIPT}),
    )

    answers = [society.do(command, Role.registrar) for _ in range(3)]

    assert answers[:2] == [None, RECEIPT]
    assert handler.keys == ["key 3"]
    assert society.recorded == 1
    assert dict(society.refused) == {"before the interruption": 1}


@pytest.mark.parametrize("recorded", [[], [1], [1, 2, 3], [2, 900]])
def test_commands_of_a_plot_are_found_among_those_of_others(recorded: list[int]) -> None:
    plot = Plot(clinics=1, years=1, seed=1, start=date(2024, 1, 1))
    keys = [plot.key_of(number).encode() for number in recorded]

    found = recollect(Rows([b"somebody else's", *keys]), lambda number: plot.key_of(number).encode())  # type: ignore[arg-type]

    assert sorted(found.receipts) == recorded
    assert found.last == max(recorded, default=0)
    assert all(receipt.repeat for receipt in found.receipts.values())


def test_plots_that_differ_in_anything_share_no_key() -> None:
    plots = [Plot(1, 1, 1, date(2024, 1, 1)), Plot(2, 1, 1, date(2024, 1, 1)), Plot(1, 1.5, 1, date(2024, 1, 1)),
             Plot(1, 1, 2, date(2024, 1, 1)), Plot(1, 1, 1, date(2024, 1, 2))]  # fmt: skip

    assert len({plot.key_of(1) for plot in plots}) == len(plots)
