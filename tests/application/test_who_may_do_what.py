"""Who may do what, cell by cell: every command in every role, with and without the role granted."""

from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from application.catalogue import commands
from application.permission import NotAnOfficer, permit
from domain.codes import SOCIETY_ROLES, Role
from domain.errors import NotPermitted

PERSON = UUID(int=7)

MAY = {
    "adverse-event assess": "safety_officer",
    "adverse-event close": "safety_officer",
    "adverse-event link": "safety_officer",
    "adverse-event nullify": "safety_officer",
    "adverse-event prove-notice": "safety_officer",
    "adverse-event reopen": "safety_officer",
    "adverse-event report": "registrar safety_officer clinic reporter",
    "adverse-event supplement": "registrar safety_officer clinic reporter",
    "clinic accept-corrective-action": "registrar",
    "clinic accept-invitation": "registrar clinic",
    "clinic appeal-enrolment": "registrar clinic",
    "clinic attest": "registrar clinic",
    "clinic close": "registrar",
    "clinic correct-details": "registrar",
    "clinic decide-enrolment-appeal": "registrar",
    "clinic declare-count": "registrar clinic",
    "clinic declare-successor": "registrar",
    "clinic decline-invitation": "registrar clinic",
    "clinic enrol": "registrar",
    "clinic expel": "safety_officer",
    "clinic expire-verification": "system",
    "clinic find-out-of-scope": "registrar",
    "clinic identify": "registrar",
    "clinic invite": "registrar",
    "clinic lapse-attestation": "system",
    "clinic lapse-invitation": "system",
    "clinic lapse-participation": "system",
    "clinic merge": "registrar",
    "clinic prove-delivery": "registrar",
    "clinic readmit": "safety_officer",
    "clinic record-inspection": "registrar safety_officer guideline_editor policy_officer auditor",
    "clinic refuse-enrolment": "registrar",
    "clinic remind": "registrar",
    "clinic request-corrective-action": "registrar",
    "clinic request-enrolment": "registrar clinic",
    "clinic return-invitation": "registrar",
    "clinic schedule-inspection": "registrar",
    "clinic sign-agreement": "registrar clinic",
    "clinic suspect-duplicate": "registrar",
    "clinic verify-attestation": "registrar",
    "clinic withdraw": "registrar clinic",
    "clinic withdraw-verification": "registrar",
    "determination confirm": "registrar safety_officer",
    "determination question": "system",
    "determination settle": "system",
    "guideline publish": "guideline_editor",
    "guideline retire": "guideline_editor",
    "guideline revise": "guideline_editor",
    "listing answer-dispute": "registrar safety_officer",
    "listing approve": "registrar safety_officer",
    "listing correct": "system registrar safety_officer",
    "listing dispute": "registrar clinic",
    "listing preview": "registrar",
    "listing propose": "system registrar safety_officer",
    "listing prove-preview-delivery": "registrar",
    "listing publish": "system registrar safety_officer",
    "listing withdraw": "system registrar safety_officer",
    "obligation extend": "policy_officer",
    "obligation fulfil": "system",
    "obligation keep": "system",
    "obligation miss": "system",
    "obligation open": "system",
    "obligation waive": "policy_officer",
    "officer appoint": "policy_officer",
    "officer break-glass": "registrar safety_officer guideline_editor policy_officer auditor",
    "officer declare-interest": "registrar safety_officer guideline_editor policy_officer auditor",
    "officer grant-role": "policy_officer",
    "officer revoke-role": "policy_officer",
    "policy adopt": "policy_officer",
    "query answer": "registrar safety_officer clinic reporter",
    "query close": "registrar safety_officer",
    "query raise": "registrar safety_officer",
    "registry close": "registrar",
    "registry open": "registrar",
    "registry revise": "registrar",
    "safety-notice publish": "safety_officer",
    "safety-notice update": "safety_officer",
    "safety-notice withdraw": "safety_officer",
    "signal detect": "system",
    "signal review": "safety_officer",
    "safety-case add-evidence": "registrar safety_officer reporter",
    "safety-case convene-panel": "safety_officer",
    "safety-case decide-appeal": "safety_officer",
    "safety-case decide-finding": "registrar safety_officer guideline_editor policy_officer auditor",
    "safety-case declare-panel-interest": "registrar safety_officer guideline_editor policy_officer auditor",
    "safety-case dismiss": "safety_officer",
    "safety-case end-interim": "safety_officer",
    "safety-case end-stay": "safety_officer",
    "safety-case grant-stay": "safety_officer",
    "safety-case lapse-reply-period": "system",
    "safety-case lift": "safety_officer",
    "safety-case lodge-appeal": "safety_officer clinic",
    "safety-case prove-finding-delivery": "safety_officer",
    "safety-case prove-notice-delivery": "safety_officer",
    "safety-case publish-finding": "safety_officer",
    "safety-case publish-interim": "safety_officer",
    "safety-case raise-concern": (
        "registrar safety_officer guideline_editor policy_officer auditor clinic reporter system"
    ),
    "safety-case renew-interim": "safety_officer",
    "safety-case reopen": "safety_officer",
    "safety-case reply": "safety_officer clinic",
    "safety-case serve-notice": "safety_officer",
    "safety-case vote": "registrar safety_officer guideline_editor policy_officer auditor",
    "society found": "system",
    "standing assess": "system",
    "treatment correct": "registrar clinic",
    "treatment correct-follow-up": "registrar clinic",
    "treatment record-follow-up": "registrar clinic",
    "treatment submit": "registrar clinic",
    "treatment supplement": "registrar clinic",
    "treatment void": "registrar clinic",
    "treatment withdraw-consent": "registrar clinic",
}
"""The roles that may give each command; changing a right means changing its row here."""

ROLES_OF = {f"{each.AGGREGATE} {each.VERB}": each.ROLES for each in commands()}
CELLS = list(product(sorted(MAY), Role))


def test_every_command_has_its_row() -> None:
    assert set(ROLES_OF) == set(MAY)


@pytest.mark.parametrize(("command", "role"), CELLS, ids=[f"{command} as {role.value}" for command, role in CELLS])
def test_each_cell(command: str, role: Role) -> None:
    allowed = ROLES_OF[command]

    if role.value not in MAY[command].split():
        with pytest.raises(NotPermitted):
            permit(PERSON, role, allowed, command, SOCIETY_ROLES)
        return

    permit(PERSON, role, allowed, command, SOCIETY_ROLES)
    if role in SOCIETY_ROLES:
        with pytest.raises(NotAnOfficer):
            permit(PERSON, role, allowed, command, SOCIETY_ROLES - {role})


def test_an_unrecognised_role_changes_nothing() -> None:
    assert not [command for command, roles in ROLES_OF.items() if Role.unrecognised in roles]
