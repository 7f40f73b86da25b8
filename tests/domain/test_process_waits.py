"""Each process has what runs in it: begun, met and ended by its own events, with the last day that they carry."""

from __future__ import annotations

import pytest

from application.case_appeals import DecideCaseAppeal, LodgeAppeal
from application.case_decisions import PublishInterim
from application.clinic_acts import POLICY_ID
from domain.appeal import AppealOutcome
from domain.catalogue import event_classes
from domain.codes import Role
from domain.dates import due_day, last_day
from domain.obligation_terms import holder_of
from domain.policy import RULE_IDS, Policy
from domain.process_waits import TURNS, process_owed
from domain.safety_case_codes import Remedy, VoteChoice
from tests.application.case_society import GROUNDS, SIGNED, CaseSociety
from tests.application.listed import ListingSociety
from tests.application.questioned import DoubtingSociety


def owed_of(society: CaseSociety | ListingSociety, aggregate_id: object) -> dict[str, tuple[str, str, str]]:
    policy = society.store.load(Policy, POLICY_ID)
    assert policy is not None
    found = process_owed(society.store.history(aggregate_id), policy, "Europe/Berlin", None)  # type: ignore[arg-type]
    return {each.terms.rule_id: (each.terms.due_on, each.fulfilled_by or "", each.ended_by or "") for each in found}


def test_the_table_names_events_and_rules_that_exist() -> None:
    assert set(TURNS) <= set(event_classes())
    named = {rule for turn in TURNS.values() for rule in (*turn.meets, *turn.ends, *(each for each, _ in turn.begins))}
    assert named <= RULE_IDS
    assert {holder_of(each).value for each in named} == {"clinic", "society"}


def test_a_case_from_its_panel_to_its_publication() -> None:
    society = CaseSociety()
    case = society.published()
    held = society.case(case)
    owed = owed_of(society, case)

    assert held.finding is not None
    assert held.notice is not None
    assert owed["RE-30"][0] == held.notice.reply_until
    assert owed["CA-180"][1] == held.finding.evidence
    assert (owed["LI-30"][0], owed["AP-30"][0]) == (held.finding.preview_until, held.finding.appeal_until)
    assert owed["LI-30"][1] == owed["AP-30"][2] != ""


def test_an_entry_from_its_preview_to_its_review() -> None:
    society = ListingSociety()
    entry = society.published(society.silent())
    owed = owed_of(society, entry)

    assert owed["LI-30"][1].startswith(str(entry))
    assert owed["RV-365"][1:] == ("", "")


def test_a_determination_questioned_anew_is_owed_from_its_first_question_until_it_is_settled() -> None:
    society = DoubtingSociety()
    case_id = society.published()
    finding = society.case(case_id).finding
    assert finding is not None
    first = society.surroundings.now().date()
    for city in ("Bremen", "Kiel"):
        society.do(society.doubting(finding.evidence, society.corrected(city)), Role.system)
        society.later(3)
    matter = society.questions()[0].originator_id
    policy = society.store.load(Policy, POLICY_ID)
    assert policy is not None

    (owed,) = process_owed(society.store.history(matter), policy, "Europe/Berlin", None)
    assert (owed.terms.rule_id, owed.fulfilled_by) == ("DQ-7", None)
    assert last_day(owed.terms.due_on) == due_day(first, policy.versions[-1].rule("DQ-7").limit)
    society.settle(society.questions()[0])
    (met,) = process_owed(society.store.history(matter), policy, "Europe/Berlin", None)
    assert (met.terms, met.fulfilled_by) == (owed.terms, f"{matter}/3")


@pytest.mark.parametrize(("choice", "ended"), [(VoteChoice.substantiated, False), (VoteChoice.not_substantiated, True)])
def test_a_measure_is_owed_an_end_until_the_panel_finds_nothing(choice: VoteChoice, *, ended: bool) -> None:
    society = CaseSociety()
    case = society.voted(choice)
    society.safety(PublishInterim(case_id=case, grounds=GROUNDS, reasons=("Patients may be harmed.",), **SIGNED), 1)
    decided = society.as_member(society.finding(case, Remedy.none), society.panel[0])

    assert owed_of(society, case)["IT-30"][2] == (f"{case}/{decided.version}" if ended else "")


@pytest.mark.parametrize(("outcome", "ended"), [(AppealOutcome.upheld, False), (AppealOutcome.overturned, True)])
def test_what_runs_for_a_finding_ends_when_an_appeal_overturns_it(outcome: AppealOutcome, *, ended: bool) -> None:
    society = CaseSociety()
    case = society.delivered()
    society.safety(PublishInterim(case_id=case, grounds=GROUNDS, reasons=("Patients may be harmed.",), **SIGNED), 1)
    society.as_clinic(society.clinic_id, LodgeAppeal(case_id=case, appeal="Quagga was told."))
    heard = society.safety_officers[2]
    deciding = DecideCaseAppeal(case_id=case, outcome=outcome, heard_by=(heard,), reasons=("Heard.",), **SIGNED)
    decided = society.do(deciding, Role.safety_officer, person=heard)
    owed = owed_of(society, case)

    assert {owed[rule][2] for rule in ("IT-30", "LI-30")} == {f"{case}/{decided.version}" if ended else ""}
