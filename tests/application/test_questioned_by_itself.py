"""Findings and public entries are questioned by themselves for what they rest on, once, until they say otherwise."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.case_appeals import DecideCaseAppeal
from application.case_decisions import LiftFinding, PublishInterim, ReopenCase
from application.determinations import EndsNoEntry, SettleDetermination
from application.expulsions import ExpelClinic
from application.listings import CorrectListing, WithdrawListing
from domain.appeal import AppealOutcome
from domain.codes import Reason, Role
from domain.determination import Determination, DeterminationKind, DeterminationOutcome, EvidenceChange
from domain.listing_category import ListingCategory
from domain.listing_state import WithdrawalCause
from tests.application.case_society import GROUNDS, SIGNED
from tests.application.questioned import DoubtingSociety

LISTING, FINDING = DeterminationKind.listing, DeterminationKind.finding


@pytest.fixture
def society() -> DoubtingSociety:
    return DoubtingSociety()


def found(society: DoubtingSociety, case_id: UUID) -> str:
    finding = society.case(case_id).finding
    assert finding is not None
    return finding.evidence


def doubt(society: DoubtingSociety, finding: str) -> str:
    """Correct what the finding rests on and question it for that, as the clock does; return the correction."""
    by = society.corrected()
    society.do(society.doubting(finding, by), Role.system)
    return by


def of(society: DoubtingSociety, kind: DeterminationKind) -> list[tuple[str, str, EvidenceChange, str]]:
    """Return what was questioned of a kind: the determination, its evidence, and what changed that, and how."""
    asked = [each for each in society.questions() if each.kind is kind]
    return [(each.determination, each.evidence, each.change, each.changed_by) for each in asked]


def test_a_finding_decided_on_evidence_that_was_corrected_since_it_was_given_is_questioned_once(
    society: DoubtingSociety,
) -> None:
    case_id = society.voted()
    by = society.corrected()
    society.as_member(society.finding(case_id), society.panel[0])

    society.look(case_id)
    society.look(case_id)

    assert of(society, FINDING) == [(found(society, case_id), society.cited, EvidenceChange.corrected, by)]
    assert society.questions()[0].context.clinic_id == society.clinic_id


def test_a_finding_on_a_determination_that_came_in_question_is_questioned_for_what_that_is(
    society: DoubtingSociety,
) -> None:
    """A second case cites the finding of the first as evidence."""
    first = found(society, earlier := society.decided())
    society.cites = first
    case_id = society.voted()
    society.cites = None
    by = doubt(society, first)
    society.cites = first
    society.as_member(society.finding(case_id), society.panel[0])

    society.look(case_id)

    because = (f"{society.clinic_id}/1", EvidenceChange.corrected, by)
    assert of(society, FINDING) == [(first, *because), (found(society, case_id), *because)]
    assert earlier != case_id


def test_a_finding_on_another_clinics_finding_that_came_in_question_is_questioned_with_it(
    society: DoubtingSociety,
) -> None:
    first, earlier = found(society, society.decided()), society.clinic_id
    society.clinic_id, society.cites = society.enrolled(), first
    case_id, concerned = society.voted(), society.clinic_id
    society.clinic_id, society.cites = earlier, None
    by = doubt(society, first)
    society.clinic_id, society.cites = concerned, first
    society.as_member(society.finding(case_id), society.panel[0])

    society.look(case_id)

    because = (f"{earlier}/1", EvidenceChange.corrected, by)
    assert of(society, FINDING) == [(first, *because), (found(society, case_id), *because)]
    assert [each.context.clinic_id for each in society.questions()] == [earlier, concerned]


def measured(society: DoubtingSociety) -> tuple[UUID, str]:
    """Put an interim measure in force; return its case and the id of its event."""
    case_id = society.convened()
    measure = PublishInterim(case_id=case_id, grounds=GROUNDS, reasons=("Patients may be harmed.",), **SIGNED)
    return case_id, f"{case_id}/{society.safety(measure, 1).version}"


@pytest.mark.parametrize(("days", "questioned"), [(30, True), (31, False)])
def test_a_measure_is_questioned_for_what_changes_up_to_its_last_day(
    society: DoubtingSociety, days: int, questioned: bool
) -> None:
    case_id, measure = measured(society)
    society.later(days)
    by = society.corrected()
    society.later(10)

    society.look(case_id)

    asked = [(measure, society.cited, EvidenceChange.corrected, by)]
    assert of(society, FINDING) == (asked if questioned else [])


def test_a_measure_in_force_is_questioned_after_its_case_was_reopened(society: DoubtingSociety) -> None:
    case_id = society.voted()
    interim = PublishInterim(case_id=case_id, grounds=GROUNDS, reasons=("Patients may be harmed.",), **SIGNED)
    measure = f"{case_id}/{society.safety(interim, 1).version}"
    society.as_member(society.finding(case_id), society.panel[0])
    society.safety(ReopenCase(case_id=case_id, reasons=("Not all was heard.",)), 2)
    by = society.corrected()

    society.look(case_id)

    assert of(society, FINDING) == [(measure, society.cited, EvidenceChange.corrected, by)]


def test_an_overturned_finding_and_its_lifted_entry_are_not_questioned(society: DoubtingSociety) -> None:
    case_id = society.appealed()
    heard = society.safety_officers[2]
    deciding = DecideCaseAppeal(
        case_id=case_id, outcome=AppealOutcome.overturned, heard_by=(heard,), reasons=("It falls.",), **SIGNED
    )
    society.do(deciding, Role.safety_officer, person=heard)
    society.propose(society.clinic_id, ListingCategory.finding_lifted, case_id)
    society.corrected()

    society.look(case_id)

    assert society.questions() == []


@pytest.mark.parametrize(("days", "questioned"), [(700, True), (735, False)])
def test_a_lifted_finding_is_questioned_while_the_public_reads_of_it(
    society: DoubtingSociety, days: int, questioned: bool
) -> None:
    case_id = society.published()
    lifting = LiftFinding(case_id=case_id, reasons=("It was put right.",), **SIGNED)
    society.safety(lifting, 2)
    society.later(days)
    by = society.corrected()

    society.look(case_id)

    asked = [(found(society, case_id), society.cited, EvidenceChange.corrected, by)]
    assert of(society, FINDING) == (asked if questioned else [])


def test_what_was_corrected_before_the_case_knew_it_was_known_to_the_panel(society: DoubtingSociety) -> None:
    society.corrected()
    case_id = society.decided()

    society.look(case_id)

    assert society.questions() == []


def test_an_entry_is_questioned_with_its_finding_once_and_for_the_same_evidence(society: DoubtingSociety) -> None:
    case_id = society.published()
    entry = society.entry(case_id)
    by = doubt(society, found(society, case_id))

    society.look()
    society.look()

    published = society.listing(entry).published
    assert of(society, LISTING) == [(published, society.cited, EvidenceChange.corrected, by)]
    question = society.questions()[-1]
    assert question.context.clinic_id == society.clinic_id
    society.settle(question)
    society.look()
    assert len(of(society, LISTING)) == 1
    assert isinstance(society.store.log[-1], Determination.DeterminationConfirmed)


@pytest.mark.parametrize("settled", [False, True])
def test_an_entry_published_while_its_finding_is_in_question_is_questioned(
    society: DoubtingSociety, settled: bool
) -> None:
    case_id = society.published()
    doubt(society, found(society, case_id))
    if settled:
        society.settle(society.questions()[0])

    entry = society.entry(case_id)
    society.look()

    assert [each[0] for each in of(society, LISTING)] == ([] if settled else [society.listing(entry).published])


def test_who_looks_late_finds_what_was_open_while_the_entry_said_it(society: DoubtingSociety) -> None:
    """The finding was questioned and settled during an outage; the entry stood all the time."""
    case_id = society.published()
    entry = society.entry(case_id)
    doubt(society, found(society, case_id))
    society.settle(society.questions()[0])

    society.look()

    assert [each[0] for each in of(society, LISTING)] == [society.listing(entry).published]


def test_an_entry_that_was_withdrawn_settles_its_question_and_needs_no_new_one(society: DoubtingSociety) -> None:
    case_id = society.published()
    entry = society.entry(case_id)
    doubt(society, found(society, case_id))
    society.look()
    ending = WithdrawListing(listing_id=entry, cause=WithdrawalCause.in_error)
    society.do(ending, Role.safety_officer, person=society.safety_officers[2])

    society.look()
    society.look()

    settled = [each for each in society.store.log if isinstance(each, Determination.DeterminationConfirmed)]
    assert [(each.outcome, each.changed_by) for each in settled] == [
        (DeterminationOutcome.withdrawn, society.listing(entry).withdrawn)
    ]
    assert settled[0].context.actor_role is Role.system
    assert len(of(society, LISTING)) == 1


def test_other_words_settle_the_question_and_are_questioned_themselves_while_the_finding_is(
    society: DoubtingSociety,
) -> None:
    case_id = society.appealed()
    entry = society.entry(case_id)
    doubt(society, found(society, case_id))
    society.look()
    heard = society.safety_officers[2]
    deciding = DecideCaseAppeal(
        case_id=case_id, outcome=AppealOutcome.upheld, heard_by=(heard,), reasons=("It stands.",), **SIGNED
    )
    society.do(deciding, Role.safety_officer, person=heard)
    society.do(CorrectListing(listing_id=entry, reason=Reason.new_information), Role.system)

    society.look()
    society.look()

    corrected = society.listing(entry).content_evidence
    assert [each[0] for each in of(society, LISTING)] == [society.listing(entry).published, corrected]
    settled = [each for each in society.store.log if isinstance(each, Determination.DeterminationConfirmed)]
    assert [(each.outcome, each.changed_by) for each in settled] == [(DeterminationOutcome.changed, corrected)]


def test_an_expulsion_is_in_question_with_the_finding_for_which_the_clinic_was_expelled(
    society: DoubtingSociety,
) -> None:
    case_id = society.published()
    finding = found(society, case_id)
    expelling = ExpelClinic(
        clinic_id=society.clinic_id, case_id=case_id, finding=finding, reasons=("no data",), **SIGNED
    )
    society.safety(expelling)
    entry = society.propose(society.clinic_id, ListingCategory.expelled)
    society.ready(entry)
    society.publish(entry)
    society.look()
    assert society.questions() == []
    doubt(society, finding)

    society.look()

    assert [each[0] for each in of(society, LISTING)] == [society.listing(entry).published]


def test_only_what_ended_an_entry_settles_it(society: DoubtingSociety) -> None:
    case_id = society.published()
    entry = society.entry(case_id)
    doubt(society, found(society, case_id))
    society.look()
    finding, listing = society.questions()
    before = len(society.store.log)

    for matter, by in ((listing, society.listing(entry).published), (finding, society.listing(entry).published)):
        with pytest.raises(EndsNoEntry):
            society.do(SettleDetermination(determination_id=matter.originator_id, changed_by=by), Role.system)

    assert len(society.store.log) == before
