"""Which courses safety cases take in a simulation; together they come to every state that a case can be in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from application.case_decisions import ReopenCase
from application.expulsions import ExpelClinic, ReadmitClinic
from domain.appeal import AppealOutcome
from domain.codes import Role
from domain.safety_case_codes import Remedy
from interfaces.simulation.agenda import Life
from interfaces.simulation.due_process import DueProcess


def unfounded(case: DueProcess) -> Life:
    """Dismissed, taken up again by others, and not substantiated."""
    yield from case.raised("A patient says that nobody told them of a risk.")
    yield from case.convened()
    yield from case.dismissed()
    yield case.society.now + timedelta(days=45)
    case.office.safety(ReopenCase(case_id=case.case, reasons=("A second patient tells the same.",)))
    case.panel = case.office.others
    case.added()
    yield from case.convened()
    yield from case.heard(reply=True)
    yield from case.decided(substantiated=False)


def dangerous(case: DueProcess) -> Life:
    """Published after an interim measure, appealed and upheld, and lifted when the practice had changed."""
    yield from case.raised("Cells were given into the spine without a sterile room.")
    yield from case.convened()
    yield from case.interim(75)
    yield from case.heard(reply=False)
    yield from case.decided(substantiated=True)
    yield from case.delivered()
    yield from case.published()
    # The public entry has a preview of its own.
    yield case.society.now + timedelta(days=60)
    yield from case.appealed()
    yield from case.stayed(70)
    yield from case.shown_again()
    yield from case.appeal_decided(AppealOutcome.upheld)
    yield from case.lifted(60)


def wronged(case: DueProcess) -> Life:
    """Appealed before it was published, and overturned: no word of it was ever public."""
    yield from case.raised("The website promises a cure.")
    yield from case.convened()
    yield from case.heard(reply=False, late=True)
    yield from case.decided(substantiated=True)
    yield from case.delivered()
    yield from case.appealed()
    yield from case.appeal_decided(AppealOutcome.overturned)


def left_open(case: DueProcess) -> Life:
    """Raised, and nobody has come to it yet."""
    yield from case.raised("A colleague doubts the reported outcomes.")


def overturned(case: DueProcess) -> Life:
    """Published, stayed on appeal, and overturned."""
    yield from case.raised("Outcomes were reported for patients who were never seen again.")
    yield from case.convened()
    yield from case.heard(reply=True)
    yield from case.decided(substantiated=True)
    yield from case.delivered()
    yield from case.published()
    yield from case.appealed()
    yield from case.stayed(40)
    yield from case.appeal_decided(AppealOutcome.overturned)


def expulsion(case: DueProcess) -> Life:
    """Two suspended quarters in a row: the clock raised it, the panel expels, and much later the clinic comes back."""
    yield case.after(2, 8)
    case.added()
    yield from case.convened()
    yield from case.heard(reply=False)
    yield from case.decided(substantiated=True, remedy=Remedy.expulsion)
    yield from case.delivered()
    yield from case.published()
    expelling = ExpelClinic(
        clinic_id=case.clinic,
        case_id=case.case,
        finding=case.finding,
        reasons=("Its duties were missed for more than a year.",),
        **case.signed,
    )
    yield case.society.now + timedelta(days=3)
    if case.office.safety(expelling) is None:
        return
    yield case.society.now + timedelta(days=120)
    readmitting = ReadmitClinic(
        clinic_id=case.clinic,
        registries=(case.society.registries[case.clinic],),
        reasons=("It has a new direction.",),
        **case.signed,
    )
    case.society.do(readmitting, Role.safety_officer)


HEARINGS: dict[str, Callable[[DueProcess], Life]] = {
    "unfounded": unfounded,
    "dangerous": dangerous,
    "wronged": wronged,
    "left open": left_open,
    "overturned": overturned,
}
"""The courses by their names."""
