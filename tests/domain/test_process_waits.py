"""Each process has what runs in it: begun, met and ended by its own events, with the last day that they carry."""

from __future__ import annotations

from application.clinic_acts import POLICY_ID
from domain.catalogue import event_classes
from domain.obligation_terms import holder_of
from domain.policy import RULE_IDS, Policy
from domain.process_waits import TURNS, process_owed
from tests.application.case_society import CaseSociety
from tests.application.listed import ListingSociety


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
