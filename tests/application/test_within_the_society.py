"""What a clinic can be shown before it has its notice tells nothing of the case about it."""

from __future__ import annotations

import dataclasses
from uuid import UUID

import pytest

from application.obligation_keeping import KeepObligations
from application.obligations import MissObligation, OpenObligation
from domain.aggregate import RegistryEvent
from domain.catalogue import aggregate_of
from domain.codes import Role
from domain.dates import last_day
from domain.obligation import NamesClinic, Obligation
from domain.obligation_terms import WITHIN_SOCIETY
from domain.owed import Owed
from domain.policy import POLICY_ID, RULE_IDS, Policy
from domain.process_waits import TURNS, process_owed
from infra.schema_drafting import disclosure_of
from tests.application.questioned import DoubtingSociety


@pytest.fixture
def society() -> DoubtingSociety:
    return DoubtingSociety()


def owed(society: DoubtingSociety, process: UUID) -> tuple[Owed, ...]:
    """Return what runs in a case or a determination, as the clock finds it."""
    known = society.store.load(Policy, POLICY_ID)
    assert known is not None
    return process_owed(society.store.history(process), known, "Europe/Berlin", society.clinic_id)


def seen_by_clinic(society: DoubtingSociety) -> list[RegistryEvent]:
    """Return every event that is everybody's, or the clinic's as the one concerned."""
    found = []
    for event in society.store.log:
        disclosure = disclosure_of(type(event))
        if disclosure == "public" or (disclosure == "party" and event.context.clinic_id == society.clinic_id):
            found.append(event)
    return found


def test_a_clinic_learns_of_its_case_by_the_notice_and_by_nothing_before(society: DoubtingSociety) -> None:
    case_id = society.convened()
    (deciding,) = owed(society, case_id)
    society.do(KeepObligations(owed=(deciding,)), Role.system)
    society.later((last_day(deciding.terms.due_on) - society.surroundings.now().date()).days + 2)
    opened = society.store.log[-1]
    assert isinstance(opened, Obligation.ObligationOpened)
    assert opened.terms.about == case_id
    society.do(MissObligation(obligation_id=opened.originator_id), Role.system)
    missed = [each for each in society.store.log if isinstance(each, Obligation.SocietyDutyMissed)]
    assert [each.rule_id for each in missed] == ["CA-180"]

    seen = seen_by_clinic(society)

    assert len(seen) > 5
    # A miss of the society's is public and says by which rule; of whom, it does not say.
    assert [each for each in seen if isinstance(each, Obligation.Event)] == missed
    for told in (str(case_id), repr(case_id), str(society.clinic_id)):
        assert told not in repr(missed)
    for told in (str(case_id), "Quagga"):
        assert not [each for each in seen if told in repr(each) and each not in missed]


def test_a_clinic_is_not_told_what_is_in_question_within_the_society(society: DoubtingSociety) -> None:
    case_id = society.published()
    finding = society.case(case_id).finding
    assert finding is not None
    society.do(society.doubting(finding.evidence, society.corrected()), Role.system)
    matter = society.questions()[0].originator_id
    society.do(KeepObligations(owed=owed(society, matter)), Role.system)

    opened = society.store.log[-1]
    assert (opened.terms.rule_id, opened.context.clinic_id) == ("DQ-7", None)
    assert not [each for each in seen_by_clinic(society) if str(matter) in repr(each)]


@pytest.mark.parametrize("rule_id", sorted(WITHIN_SOCIETY))
def test_what_lies_within_the_society_is_refused_the_name_of_a_clinic(society: DoubtingSociety, rule_id: str) -> None:
    case_id = society.convened()
    terms = dataclasses.replace(owed(society, case_id)[0].terms, rule_id=rule_id)
    head = len(society.store.log)

    with pytest.raises(NamesClinic):
        society.do(OpenObligation(terms=terms, clinic_id=society.clinic_id), Role.system)

    assert len(society.store.log) == head


TOLD_OTHERWISE = {
    "NoticeDelivered": "what it proves is that the clinic has the notice",
    "FindingDelivered": "what it proves is that the clinic has the finding",
    "InterimPublished": "a measure is public, and its entry is sent to the clinic",
}
"""Restricted events that start a clock of which the clinic is told, and how it knows of them."""


def test_every_other_rule_of_a_process_begins_with_what_the_clinic_may_see_or_is_told_otherwise() -> None:
    """Their clocks start with a delivery, with what is public, or with the clinic's own step."""
    beginning = {name for name, turn in TURNS.items() if {rule for rule, _ in turn.begins} - WITHIN_SOCIETY}
    kinds = aggregate_of()
    restricted = {name for name in beginning if disclosure_of(getattr(kinds[name], name)) == "restricted"}

    assert WITHIN_SOCIETY < RULE_IDS
    assert restricted == set(TOLD_OTHERWISE)
    assert {"ListingPublished", "ListingDisputed", "ListingPreviewDelivered"} <= beginning - restricted


def test_one_restricted_event_alone_leaves_a_gap_in_a_history_that_others_read() -> None:
    """Decision 49 names what a missing version tells; another such event would tell more."""
    classes: dict[str, dict[str, str]] = {}
    for name, aggregate in aggregate_of().items():
        classes.setdefault(aggregate.__name__, {})[name] = disclosure_of(getattr(aggregate, name))
    mixed = [each for each in classes.values() if set(each.values()) - {"restricted"}]

    gaps = {name for each in mixed for name, disclosure in each.items() if disclosure == "restricted"}

    assert gaps == {"DuplicateSuspected"}
