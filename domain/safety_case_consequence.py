"""What a finding has consequences for: a clinic is expelled only for a finding in force whose remedy this is.

The finding is decided, substantiated, delivered, no longer open to appeal, and neither stayed, overturned nor lifted.
"""

from __future__ import annotations

from datetime import date

from domain.errors import Refused
from domain.safety_case import SafetyCase
from domain.safety_case_codes import CaseOutcome, Remedy
from domain.safety_case_errors import FindingNotDecided
from domain.safety_case_state import CaseState


class FindingNotSubstantiated(Refused):
    """The panel of the case {case} found nothing substantiated."""

    remedy = "Nothing was recorded."


class NotTheFindingInForce(Refused):
    """The finding in force of the case {case} is {finding}, not {cited}."""

    remedy = "Cite the finding in force; nothing was recorded."


class RemedyIsNotExpulsion(Refused):
    """The finding of the case {case} has the remedy {found}, not expulsion."""

    remedy = "Nothing was recorded."


class FindingNotInForce(Refused):
    """The finding of the case {case} is not in force: the case is {state}."""

    remedy = "What is stayed, overturned or lifted has no consequences; nothing was recorded."


def require_expulsion(case: SafetyCase, cited: str, today: date) -> None:
    """Refuse an expulsion that this case is no reason for: its finding is in force and has this remedy."""
    held = case.finding
    if held is None:
        raise FindingNotDecided(case=case.id)
    if held.outcome is not CaseOutcome.substantiated:
        raise FindingNotSubstantiated(case=case.id)
    if held.evidence != cited:
        raise NotTheFindingInForce(case=case.id, finding=held.evidence, cited=cited)
    if held.finding.remedy is not Remedy.expulsion:
        raise RemedyIsNotExpulsion(case=case.id, found=held.finding.remedy)
    if case.stage not in {CaseState.decided, CaseState.finding_published}:
        raise FindingNotInForce(case=case.id, state=case.stage)
    case.require_appeal_over(today)
