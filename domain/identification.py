"""Who a clinic is: found, described, corrected, suspected to be another one, out of scope, closed or merged."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from domain.aggregate import Act, Opening
from domain.chronology import require_past
from domain.clinic_details import ClinicDetails, FoundIn, MatchKind
from domain.clinic_state import ClinicEvent, ClinicState
from domain.codes import Code, Reason, Sha256
from domain.errors import InvalidInput, Refused
from domain.signature import sha256_text


class NothingCorrected(Refused):
    """The details given are those that the clinic {clinic} has already."""


class CorrectionWithoutReason(Refused):
    """A correction says why; none was given."""

    remedy = "Give a reason of the code list; nothing was recorded."


class SameClinic(Refused):
    """A clinic cannot be a duplicate of, or merged into, itself."""


class SuccessorAlreadyDeclared(Refused):
    """The clinic {clinic} has the successor {successor} already."""


class SuccessionInACircle(Refused):
    """The clinic {successor} has {clinic} itself as its successor, at once or by others."""


class SuccessorMergedAway(Refused):
    """The clinic {successor} was itself merged into {into}."""

    remedy = "Name the clinic that goes on; nothing was recorded."


class DuplicateAlreadySuspected(Refused):
    """The clinic {clinic} is suspected already to be the same as {other}."""


class OutOfScopeGround(Code):
    """Why something is no clinic for the registry."""

    unrecognised = "unrecognised"
    no_cell_therapy = "no_cell_therapy"
    duplicate = "duplicate"
    not_a_clinic = "not_a_clinic"


class ClinicIdentified(Opening, ClinicEvent):
    """The society learnt of a clinic; its medical director's name is sealed."""

    TOPIC = "ClinicIdentified.v1"

    details: ClinicDetails
    """What is known of it."""
    found_in: FoundIn
    """Where it was found."""
    found_reference: str | None = None
    """Address or citation of the place where it was found."""

    def _remember(self, clinic: ClinicState) -> None:
        _describe(clinic, self.details, self.evidence)


class ClinicDetailsCorrected(ClinicEvent):
    """A clinic's details were replaced, whole; the reason stands in the context, the old ones in the event named."""

    TOPIC = "ClinicDetailsCorrected.v1"

    details: ClinicDetails
    """The details from now on, complete."""
    corrects: str
    """Id of the event that holds the old details: `<aggregate id>/<version>`."""

    def _remember(self, clinic: ClinicState) -> None:
        _describe(clinic, self.details, self.evidence)


class DuplicateSuspected(ClinicEvent):
    """Another clinic has the same licence, web domain or address, or a person thinks that it is the same."""

    TOPIC = "DuplicateSuspected.v1"

    other: UUID
    """The other clinic."""
    grounds: tuple[MatchKind, ...]
    """What they have in common."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.suspected |= {self.other}


class ClinicFoundOutOfScope(ClinicEvent):
    """It turned out not to be a clinic that the registry is about."""

    TOPIC = "ClinicFoundOutOfScope.v1"

    ground: OutOfScopeGround
    """Why."""
    duplicate_of: UUID | None = None
    """The clinic it is a duplicate of."""
    explanation: str | None = None
    """What was found, without names of persons."""


class ClinicClosed(ClinicEvent):
    """The clinic ceased to exist or to treat."""

    TOPIC = "ClinicClosed.v1"

    explanation: str | None = None
    """How that is known, without names of persons."""


class ClinicMergedInto(ClinicEvent):
    """The clinic became part of another one, or both records describe one clinic."""

    TOPIC = "ClinicMergedInto.v1"

    successor: UUID
    """The clinic that goes on."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.merged_into = self.successor


class SuccessionGround(Code):
    """By what another clinic is known to be the successor."""

    unrecognised = "unrecognised"
    same_owner = "same_owner"
    same_staff = "same_staff"
    same_premises = "same_premises"
    own_statement = "own_statement"
    register_entry = "register_entry"
    other = "other"


class SuccessorDeclared(ClinicEvent):
    """Another clinic goes on with what this one did, maybe under another name; neither history ends by it."""

    TOPIC = "SuccessorDeclared.v1"

    successor: UUID
    """The clinic that goes on."""
    grounds: tuple[SuccessionGround, ...]
    """By what that is known."""
    evidence_hash: Sha256 | None = None
    """SHA-256 of the document that shows it."""

    def _remember(self, clinic: ClinicState) -> None:
        clinic.successor = self.successor


def _describe(clinic: ClinicState, details: ClinicDetails, evidence: str) -> None:
    clinic.details, clinic.details_evidence = details, evidence
    # Sites that a correction leaves out stay known: earlier treatments name them.
    clinic.site_ids |= {site.site_id for site in details.sites}


class Identification(ClinicState):
    """Decisions about who a clinic is."""

    @classmethod
    def identify(
        cls,
        act: Act,
        clinic_id: UUID,
        details: ClinicDetails,
        found_in: FoundIn,
        found_reference: str | None = None,
    ) -> Self:
        """Begin a clinic's history."""
        if found_in is FoundIn.unrecognised:
            raise InvalidInput(field="found_in", problem="is not in the code list")
        require_past(act, details.time_zone)
        act = act.replace(clinic_id=clinic_id)
        return cls.begin(
            ClinicIdentified, clinic_id, act, details=details, found_in=found_in, found_reference=found_reference
        )

    def correct_details(self, act: Act, details: ClinicDetails, *, person_corrected: bool = False) -> None:
        """Replace the details; `person_corrected` says that a sealed name changed even if nothing else did."""
        if act.context.reason in (None, Reason.unrecognised):
            raise CorrectionWithoutReason
        if details == self.details and not person_corrected:
            raise NothingCorrected(clinic=self.id)
        self.record(ClinicDetailsCorrected, act, details=details, corrects=self.details_evidence)

    def suspect_duplicate(self, act: Act, other: UUID, grounds: tuple[MatchKind, ...]) -> None:
        """Record that another clinic may be this one; once per other clinic."""
        if other == self.id:
            raise SameClinic
        if other in self.suspected:
            raise DuplicateAlreadySuspected(clinic=self.id, other=other)
        if not grounds or MatchKind.unrecognised in grounds:
            raise InvalidInput(field="grounds", problem="needs at least one of the code list")
        self.record(DuplicateSuspected, act, other=other, grounds=grounds)

    def find_out_of_scope(
        self, act: Act, ground: OutOfScopeGround, duplicate_of: UUID | None = None, explanation: str | None = None
    ) -> None:
        """Record that the registry is not about this one."""
        if ground is OutOfScopeGround.unrecognised:
            raise InvalidInput(field="ground", problem="is not in the code list")
        if (ground is OutOfScopeGround.duplicate) != (duplicate_of is not None):
            raise InvalidInput(field="duplicate_of", problem="is given for a duplicate, and only then")
        if duplicate_of == self.id:
            raise SameClinic
        self.record(ClinicFoundOutOfScope, act, ground=ground, duplicate_of=duplicate_of, explanation=explanation)

    def close(self, act: Act, explanation: str | None = None) -> None:
        """Record that the clinic ceased to exist or to treat."""
        self.record(ClinicClosed, act, explanation=explanation)

    def merge_into(self, act: Act, successor: UUID) -> None:
        """Record that another clinic goes on in its place."""
        if successor == self.id:
            raise SameClinic
        self.record(ClinicMergedInto, act, successor=successor)

    def declare_successor(
        self, act: Act, successor: UUID, grounds: tuple[SuccessionGround, ...], evidence_hash: Sha256 | None = None
    ) -> None:
        """Record which clinic goes on with what this one did; naming another one later needs a reason."""
        if successor == self.id:
            raise SameClinic
        if self.successor == successor or (self.successor and act.context.reason in (None, Reason.unrecognised)):
            raise SuccessorAlreadyDeclared(clinic=self.id, successor=self.successor)
        if not grounds or SuccessionGround.unrecognised in grounds or len(set(grounds)) != len(grounds):
            raise InvalidInput(field="grounds", problem="needs at least one of the code list, each once")
        if evidence_hash is not None:
            sha256_text(evidence_hash, "evidence_hash")
        self.record(SuccessorDeclared, act, successor=successor, grounds=grounds, evidence_hash=evidence_hash)
