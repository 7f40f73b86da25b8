"""What persons decided about a duty holds under every policy that is tried."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from consumers.trial_fold import Trial, outcome_of
from domain.codes import Role
from domain.dates import PartialDate
from domain.first_policy import FIRST_POLICY
from domain.obligation import Obligation
from domain.obligation_terms import Holder, ObligationKind, ObligationTerms
from domain.policy import Policy, PolicyVersion
from domain.registry import Registry
from domain.treatment import Treatment
from tests.domain.clinics import act_on
from tests.domain.test_policy import BOTH
from tests.projections.history import History, uid

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def missed_items(*steps: str) -> set[str]:
    """Return what a clinic missed that owed a first follow-up until 2 August 2025, after these steps."""
    history = History()
    adopted = Policy.adopt_first(act_on(), FIRST_POLICY, BOTH)
    policy = copy.copy(adopted)
    policy.versions = (PolicyVersion(1, PartialDate("2020-01-01"), FIRST_POLICY),)
    knee = history.registry("knee", "2024-12-01")
    clinic = history.clinic("Clinic", "2024-12-01")
    history.enrol(clinic, "2025-01-01", knee)
    submitted = history.treat("t", clinic, knee, "2025-03-03", "2025-03-05")
    terms = ObligationTerms(
        rule_id="FU-30", policy_version=1, about=uid("t"), item="3 months", clock_start=PartialDate("2025-07-03"),
        due_on=PartialDate("2025-08-02"), time_zone="UTC", opened_by=f"{uid('t')}/{submitted.version}",
    )  # fmt: skip
    obligation = uid("obligation")
    history.add(
        Obligation.ObligationOpened, obligation, "2025-03-06", clinic=clinic, role=Role.system,
        kind=ObligationKind.duty, holder=Holder.clinic, terms=terms,
    )  # fmt: skip
    if "extended" in steps:
        history.add(
            Obligation.ObligationExtended, obligation, "2025-07-20", clinic=clinic, role=Role.registrar,
            due_before=PartialDate("2025-08-02"), due_on=PartialDate("2025-09-30"),
        )  # fmt: skip
    if "waived" in steps:
        history.add(Obligation.ObligationWaived, obligation, "2025-07-20", clinic=clinic, role=Role.registrar)
    if "voided" in steps:
        history.add(Treatment.TreatmentVoided, uid("t"), "2025-08-20", clinic=clinic, role=Role.registrar)
    rules = tuple(each for each in history.log if issubclass(each.kind, (Policy.Event, Registry.Event)))
    trial = Trial(policy, rules, NOW)
    of_clinic = [each for each in history.log if each.clinic_id == clinic]
    return {item for rule, _, item, _ in outcome_of(trial, clinic, of_clinic).misses if rule == "FU-30"}


@pytest.mark.parametrize(
    ("steps", "missed"),
    [
        ((), True),
        (("voided",), True),
        (("waived",), False),
        (("extended",), True),
        (("extended", "voided"), False),
    ],
)
def test_what_a_person_decided_about_a_duty_holds_in_a_trial(steps: tuple[str, ...], *, missed: bool) -> None:
    assert ("3 months" in missed_items(*steps)) == missed
