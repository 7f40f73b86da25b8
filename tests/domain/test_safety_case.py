"""Every step of a safety case has its date, its evidence, its scope and its clinic."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain import safety_case_errors as refused
from domain.chronology import ImpossibleDate
from domain.codes import Role
from domain.dates import PartialDate
from domain.errors import InvalidInput
from domain.safety_case_codes import (
    CaseScope,
    EvidenceKind,
    ScopeKind,
    VoteChoice,
)
from domain.safety_case_state import CaseState, gravest
from tests.domain.cases import (
    CLINIC_PERSON,
    FINDING,
    IN_STATE,
    LEADER,
    PANEL,
    RAISER,
    SCOPES,
    THIRD,
    WHY,
    by,
    decided,
    deciding,
    on,
    raised,
    refuses,
    signed,
    voted,
)
from tests.domain.clinics import CLINIC, LETTER, OTHER, POLICY, POST, PROOF, last

YES, NO = VoteChoice.substantiated, VoteChoice.not_substantiated
MORE = tuple(UUID(int=number) for number in (204, 205))


def test_no_step_is_dated_before_the_step_before_it() -> None:
    case = deciding()
    refuses(ImpossibleDate, case, lambda: case.vote(by(PANEL[0], 34), YES, (), signed(34)))
    case = voted()
    refuses(ImpossibleDate, case, lambda: case.decide(by(PANEL[0], 36), FINDING, (), (), signed(36)))
    case = decided()
    for wide in ("2026", "2026-04", "2026-04-10/2026-04-12"):
        act = by(LEADER, 40).replace(occurred_on=PartialDate(wide))
        refuses(InvalidInput, case, lambda act=act: case.prove_finding_delivery(act, LETTER, POST, PROOF, POLICY))
    case = raised()
    refuses(ImpossibleDate, case, lambda: case.convene(by(LEADER, -1), PANEL, (), POLICY))


def test_what_became_known_late_is_dated_as_it_happened() -> None:
    case = decided()
    case.reply(by(CLINIC_PERSON, 45, Role.clinic), on(45))

    case.prove_finding_delivery(by(LEADER, 40), LETTER, POST, PROOF, POLICY)

    assert last(case).appeal_until == on(70).isoformat()


def test_evidence_names_its_event_and_only_an_event_does() -> None:
    case = raised()

    for kind, event, document in (
        (EvidenceKind.unrecognised, None, None),
        (EvidenceKind.event, None, None),
        (EvidenceKind.event, "no event", None),
        (EvidenceKind.document, f"{OTHER}/1", None),
        (EvidenceKind.document, None, "no hash"),
    ):
        refuses(
            InvalidInput,
            case,
            lambda kind=kind, event=event, document=document: case.add_evidence(by(LEADER, 1), kind, event, document),
        )


def test_a_scope_names_what_it_is_about_and_nothing_else() -> None:
    for wrong in (
        {"kind": ScopeKind.unrecognised},
        {"kind": ScopeKind.site},
        {"kind": ScopeKind.clinic, "about": OTHER},
        {"kind": ScopeKind.technique},
        {"kind": ScopeKind.clinic, "technique": "injection"},
        {"kind": ScopeKind.technique, "technique": "a\u202eb"},
    ):
        with pytest.raises(InvalidInput):
            CaseScope(**wrong)
    assert CaseScope(kind=ScopeKind.laboratory, about=OTHER) != SCOPES[0]


def test_who_raised_a_concern_neither_dismisses_nor_reopens_it() -> None:
    case = raised()
    refuses(refused.RaiserDoesNotDecide, case, lambda: case.dismiss(by(RAISER, 1), WHY))
    refuses(InvalidInput, case, lambda: case.dismiss(by(LEADER, 1), ()))
    case.dismiss(by(LEADER, 1), WHY)

    refuses(refused.RaiserDoesNotDecide, case, lambda: case.reopen(by(RAISER, 2), WHY))
    case.reopen(by(THIRD, 2), WHY)

    assert (case.stage, last(case).finding) == (CaseState.under_review, None)


def test_every_event_concerns_the_clinic() -> None:
    for make, _ in IN_STATE.values():
        assert {event.context.clinic_id for event in make().pending_events} == {CLINIC}


def test_the_gravest_case_is_a_clinics_place_on_the_safety_axis() -> None:
    order = ["finding_published", "interim", "stayed_on_appeal", "deciding", "notice_served", "under_review", "lifted"]
    for index, state in enumerate(order):
        assert gravest(CaseState(each) for each in reversed(order[index:])) == state
    for counted in (CaseState.decided, CaseState.stayed):
        assert gravest([counted, CaseState.notice_served]) == "deciding"
    assert gravest([CaseState.raised, CaseState.closed]) == gravest([]) == "none"
