"""A safety case through its commands: who may, what is sealed, under which policy a clock runs, and who is refused."""

from __future__ import annotations

import dataclasses
from uuid import UUID, uuid4

import pytest

from application.case_appeals import DecideCaseAppeal, EndStay, GrantStay
from application.case_decisions import (
    EndInterim,
    LiftFinding,
    ProveFindingDelivery,
    PublishInterim,
    RenewInterim,
    ReopenCase,
)
from application.expulsions import CaseNotDecided, ExpelClinic
from application.policies import AdoptPolicy
from application.safety_cases import (
    AddEvidence,
    DismissCase,
    LapseReplyPeriod,
    NotYourConcern,
    ProveNoticeDelivery,
    RaiseConcern,
    ReplyToNotice,
)
from domain import safety_case_errors as refused
from domain.aggregate import Source
from domain.appeal import AppealOutcome
from domain.chronology import ImpossibleDate
from domain.codes import Channel, Role
from domain.dates import PartialDate
from domain.errors import NotFound, NotPermitted
from domain.first_policy import FIRST_POLICY
from domain.letters import InvitationChannel
from domain.patient import ReporterIdentity
from domain.personal import CaseWords, ClinicContact, SignerName
from domain.safety_case_codes import EvidenceKind, Remedy, VoteChoice
from domain.safety_case_consequence import NotTheFindingInForce, RemedyIsNotExpulsion
from domain.safety_case_state import CaseState
from tests.application.case_society import GROUNDS, SIGNED, CaseSociety
from tests.domain.clinics import LETTER, POST, PROOF, SOME_HASH

WHY = ("patients are in danger",)
PAPER = Source(channel=Channel.paper, reference="F-1")


@pytest.fixture
def society() -> CaseSociety:
    return CaseSociety()


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.unrecognised}))
def test_anyone_raises_a_concern_about_any_clinic(society: CaseSociety, role: Role) -> None:
    never_joined = society.identified(legal_name="Klinik am Berg")
    concern = RaiseConcern(clinic_id=never_joined, grounds=GROUNDS, concern="Quagga")

    case_id = society.do(concern, role, person=society.officers[0]).aggregate_id

    assert society.case(case_id).clinic_id == never_joined
    with pytest.raises(NotFound):
        society.do(dataclasses.replace(concern, clinic_id=uuid4()), role, person=society.officers[0])


def test_what_people_tell_is_sealed_under_the_key_of_the_case(society: CaseSociety) -> None:
    contact = ClinicContact(name="Carla Leiterin")
    case_id = society.told()
    society.as_clinic(society.clinic_id, ReplyToNotice(case_id=case_id, reply="Quagga was told.", contact=contact))
    reply = f"{case_id}/{society.case(case_id).version}"
    for member in society.panel:
        society.as_member(dataclasses.replace(society.vote(case_id), replies_shown=(reply,)), member)

    events = society.store.events_of(case_id)
    told = [
        (part, sealed)
        for event in events
        for part, sealed in zip(society.opened(event), event.context.sealed, strict=True)
    ]
    keys = {sealed.subject for part, sealed in told if isinstance(part, CaseWords)}
    assert len(keys) == 1
    assert sum(isinstance(part, CaseWords) for part, _ in told) == 6
    assert {type(part) for part, _ in told} == {CaseWords, ClinicContact, SignerName}
    assert "Quagga" not in repr(events)
    assert "Leiterin" not in repr(events)

    society.sealer.erase(keys.pop())

    assert not any(isinstance(part, CaseWords) for event in events for part in society.opened(event))


def test_a_reporters_name_is_sealed_beside_the_concern(society: CaseSociety) -> None:
    concern = RaiseConcern(
        clinic_id=society.clinic_id, grounds=GROUNDS, concern="Quagga", reporter_name="Petra P.", reporter_contact="@"
    )

    case_id = society.safety(concern).aggregate_id

    assert ReporterIdentity(name="Petra P.", contact="@") in society.opened(society.store.events_of(case_id)[0])
    assert "Petra" not in repr(society.store.log)


def test_a_reporter_adds_evidence_to_their_own_case_only(society: CaseSociety) -> None:
    case_id = society.raised()
    evidence = AddEvidence(case_id=case_id, kind=EvidenceKind.testimony, says="Quagga")

    with pytest.raises(NotYourConcern):
        society.do(evidence, Role.reporter, person=UUID(int=78))
    society.do(evidence, Role.reporter, person=UUID(int=77))

    assert society.names_of(case_id)[-1] == "EvidenceAdded"


def test_the_whole_way_to_publication_appeal_and_lifting(society: CaseSociety) -> None:
    case_id = society.appealed()
    society.safety(GrantStay(case_id=case_id, reasons=WHY), 2)
    society.safety(EndStay(case_id=case_id, reasons=WHY), 2)
    deciding = DecideCaseAppeal(
        case_id=case_id, outcome=AppealOutcome.upheld, heard_by=(society.safety_officers[2],), reasons=WHY, **SIGNED
    )
    society.safety(deciding, 2)
    society.safety(LiftFinding(case_id=case_id, reasons=WHY, **SIGNED), 2)
    society.safety(ReopenCase(case_id=case_id, reasons=WHY))

    assert society.names_of(case_id) == [
        *("ConcernRaised", "EvidenceAdded", "PanelConvened", "NoticeServed", "NoticeDelivered", "ReplyPeriodLapsed"),
        *("VoteCast", "VoteCast", "VoteCast", "FindingDecided", "FindingDelivered", "FindingPublished"),
        *("AppealLodged", "StayGranted", "StayEnded", "AppealDecided", "FindingLifted", "CaseReopened"),
    ]
    assert {event.context.clinic_id for event in society.store.events_of(case_id)} == {society.clinic_id}


def test_a_concern_without_substance_is_dismissed(society: CaseSociety) -> None:
    case_id = society.convened()

    society.safety(DismissCase(case_id=case_id, reasons=("nothing of it is about a clinic",)))

    assert society.case(case_id).stage is CaseState.closed


class TestClocks:
    def test_run_under_the_policy_in_force_on_the_day_they_start(self, society: CaseSociety) -> None:
        rules = tuple(
            dataclasses.replace(rule, limit=rule.limit + 15) if rule.rule_id in {"RE-30", "IT-30"} else rule
            for rule in FIRST_POLICY.rules
        )
        in_force = PartialDate(society.day_after(10))
        adopting = AdoptPolicy(
            effective_on=in_force,
            terms=dataclasses.replace(FIRST_POLICY, rules=rules),
            shown_hash=SOME_HASH,
            second_approver=society.officers[1],
        )
        first, second = society.served(), society.served()
        society.by(Role.policy_officer, adopting)
        society.later(12)

        before = PartialDate(society.day_after(-4))
        proving = ProveNoticeDelivery(case_id=first, channel=InvitationChannel.post, proof=PROOF, occurred_on=before)
        society.safety(proving)
        society.safety(dataclasses.replace(proving, case_id=second, occurred_on=None))

        events = society.store.events_of(first)[-1], society.store.events_of(second)[-1]
        assert [each.policy_version for each in events] == [1, 2]
        assert [each.reply_until for each in events] == [society.day_after(26), society.day_after(45)]

    def test_of_a_reply_runs_to_the_end_of_its_last_day_at_the_clinic(self, society: CaseSociety) -> None:
        case_id = society.told()
        lapse = LapseReplyPeriod(case_id=case_id)
        society.later(30)

        with pytest.raises(refused.ReplyPeriodRuns):
            society.do(lapse, Role.system)
        with pytest.raises(NotPermitted):
            society.safety(lapse)
        society.later(1)
        society.do(lapse, Role.system)

        assert society.case(case_id).stage is CaseState.deciding

    def test_nothing_happens_on_a_day_to_come(self, society: CaseSociety) -> None:
        case_id = society.served()
        tomorrow = PartialDate(society.day_after(1))

        for command in (
            ProveNoticeDelivery(case_id=case_id, channel=InvitationChannel.post, proof=PROOF, occurred_on=tomorrow),
            AddEvidence(case_id=case_id, kind=EvidenceKind.other, says="Quagga", occurred_on=tomorrow),
            RaiseConcern(clinic_id=society.clinic_id, grounds=GROUNDS, concern="Quagga", occurred_on=tomorrow),
        ):
            with pytest.raises(ImpossibleDate):
                society.safety(command)

    def test_an_interim_measure_is_renewed_by_another_and_ends_by_itself(self, society: CaseSociety) -> None:
        case_id = society.convened()
        content = {"case_id": case_id, "grounds": GROUNDS, "reasons": WHY, **SIGNED}
        with pytest.raises(refused.InterimNeedsSecondOfficer):
            society.safety(PublishInterim(**content))
        with pytest.raises(refused.NoInterimInForce):
            society.safety(RenewInterim(**content), 1)
        society.safety(PublishInterim(**content), 1)
        society.later(20)
        with pytest.raises(refused.InterimNeedsSecondOfficer):
            society.safety(RenewInterim(**content), 1)
        society.safety(RenewInterim(**content), 2)
        society.later(5)
        society.safety(EndInterim(**content), 2)
        assert society.case(case_id).state(society.surroundings.now().date()) is CaseState.interim

        society.later(1)

        assert society.case(case_id).state(society.surroundings.now().date()) is CaseState.under_review
        assert society.store.log[-1].time_zone == "Europe/Berlin"
        with pytest.raises(refused.NoInterimInForce):
            society.safety(EndInterim(**content), 2)


class TestExpulsion:
    def test_rests_on_this_clinics_finding_with_this_remedy(self, society: CaseSociety) -> None:
        case_id = society.delivered()
        society.later(31)
        finding = society.case(case_id).finding
        assert finding is not None
        expelling = ExpelClinic(
            clinic_id=society.clinic_id, case_id=case_id, finding=finding.evidence, reasons=("no data",), **SIGNED
        )
        other = society.identified(legal_name="Klinik am Berg")

        with pytest.raises(CaseNotDecided):
            society.safety(dataclasses.replace(expelling, clinic_id=other))
        with pytest.raises(CaseNotDecided):
            society.safety(dataclasses.replace(expelling, case_id=society.voted()))
        with pytest.raises(NotTheFindingInForce):
            society.safety(dataclasses.replace(expelling, finding=f"{case_id}/1"))
        society.safety(expelling)

        assert society.names_of(society.clinic_id)[-1] == "ClinicExpelled"

    def test_is_refused_for_another_remedy(self, society: CaseSociety) -> None:
        case_id = society.decided(Remedy.cessation)
        society.safety(ProveFindingDelivery(case_id=case_id, letter=LETTER, sending=POST, proof=PROOF))
        society.later(31)
        finding = society.case(case_id).finding
        assert finding is not None

        with pytest.raises(RemedyIsNotExpulsion):
            society.safety(
                ExpelClinic(
                    clinic_id=society.clinic_id, case_id=case_id, finding=finding.evidence, reasons=WHY, **SIGNED
                )
            )


def test_a_case_in_which_nothing_is_substantiated_is_closed(society: CaseSociety) -> None:
    case_id = society.voted(VoteChoice.not_substantiated)

    society.as_member(society.finding(case_id, Remedy.none), society.panel[0])

    assert society.case(case_id).stage is CaseState.closed
    with pytest.raises(refused.CaseIsClosed):
        society.as_member(society.vote(case_id), society.panel[0])
