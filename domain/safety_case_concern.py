"""A concern is raised by anyone about any clinic; evidence is added; what is unfounded is dismissed, and reopened.

What people tell is sealed under the key of the case; evidence is cited by the event that added it.
"""

from __future__ import annotations

import re
from typing import Self
from uuid import UUID

from domain.aggregate import Act, Opening
from domain.codes import Sha256
from domain.errors import InvalidInput
from domain.safety_case_codes import CaseScope, EvidenceKind, Ground
from domain.safety_case_held import HeldPanel
from domain.safety_case_state import CaseState, SafetyCaseEvent, SafetyCaseState, require_reasons
from domain.signature import sha256_text

_EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[1-9][0-9]*")


class ConcernRaised(Opening, SafetyCaseEvent):
    """Somebody raised a concern about a clinic; what they tell is sealed under the key of the case."""

    TOPIC = "ConcernRaised.v1"

    grounds: tuple[Ground, ...]
    """Why, as far as it can be said already."""
    scopes: tuple[CaseScope, ...] = ()
    """What it is about, as far as it can be said already."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.clinic_id = self.context.clinic_id
        case.raised_by = self.context.actor_person


class EvidenceAdded(SafetyCaseEvent):
    """Something was added that the case may rest on; what it says is sealed under the key of the case."""

    TOPIC = "EvidenceAdded.v1"

    kind: EvidenceKind
    """What it is."""
    event: str | None = None
    """Id of an event of the log that it is: `<aggregate id>/<version>`."""
    document_hash: Sha256 | None = None
    """SHA-256 of the document."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.evidence = (*case.evidence, self.evidence)


class CaseDismissed(SafetyCaseEvent):
    """A concern was found to have no substance before the clinic was served a notice."""

    TOPIC = "CaseDismissed.v1"

    reasons: tuple[str, ...]
    """Why, without names of persons."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.stage, case.interim = CaseState.closed, None


class CaseReopened(SafetyCaseEvent):
    """A case that was over, or decided and not yet published, is reviewed again from the beginning by a new panel."""

    TOPIC = "CaseReopened.v1"

    reasons: tuple[str, ...]
    """Why, without names of persons."""
    finding: str | None = None
    """Id of the event of the finding that no longer holds, if there was one: `<case id>/<version>`."""

    def _remember(self, case: SafetyCaseState) -> None:
        case.stage, case.panel, case.notice = CaseState.under_review, HeldPanel(), None
        case.replies, case.late_replies, case.finding = (), (), None


class Concern(SafetyCaseState):
    """Decisions about beginning, feeding, dismissing and reopening a case."""

    @classmethod
    def raise_concern(cls, act: Act, case_id: UUID, grounds: tuple[Ground, ...], scopes: tuple[CaseScope, ...]) -> Self:
        """Begin a case about the clinic that the act names."""
        require_grounds(grounds)
        return cls.begin(ConcernRaised, case_id, act, grounds=grounds, scopes=scopes)

    def add_evidence(
        self, act: Act, kind: EvidenceKind, event: str | None = None, document_hash: Sha256 | None = None
    ) -> None:
        """Add something that the case may rest on."""
        self.require_possible("EvidenceAdded")
        if kind is EvidenceKind.unrecognised:
            raise InvalidInput(field="kind", problem="is not in the code list")
        if event is not None and _EVENT_ID.fullmatch(event) is None:
            raise InvalidInput(field="event", problem="is no event id; write `<aggregate id>/<version>`")
        if (kind is EvidenceKind.event) != (event is not None):
            raise InvalidInput(
                field="event", problem="names an event of the log where the kind is event, and only there"
            )
        if document_hash is not None:
            sha256_text(document_hash, "document_hash")
        self.record(EvidenceAdded, act, kind=kind, event=event, document_hash=document_hash)

    def dismiss(self, act: Act, reasons: tuple[str, ...]) -> None:
        """Dismiss it, with reasons; a concern is never dismissed by who raised it."""
        self.require_possible("CaseDismissed")
        self.require_impartial([act.context.actor_person])
        require_reasons(reasons)
        self.record(CaseDismissed, act, reasons=reasons)

    def reopen(self, act: Act, reasons: tuple[str, ...]) -> None:
        """Review it again; another panel is convened, and a new notice served."""
        self.require_possible("CaseReopened")
        self.require_impartial([act.context.actor_person])
        require_reasons(reasons)
        finding = self.finding.evidence if self.finding else None
        self.record(CaseReopened, act, finding=finding, reasons=reasons)


def require_grounds(grounds: tuple[Ground, ...]) -> None:
    """Refuse grounds that are none, unknown or doubled."""
    if not grounds or Ground.unrecognised in grounds or len(set(grounds)) != len(grounds):
        raise InvalidInput(field="grounds", problem="needs at least one of the code list, each once")
