"""What a clinic says about a quarter as a whole: how many patients it treated, registry by registry, zero included."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.aggregate import Act
from domain.clinic_state import ClinicEvent, ClinicState, Declaration
from domain.codes import Reason
from domain.dates import last_day, local_day, quarter_end, quarter_of
from domain.errors import InvalidInput, Refused


class QuarterNotOver(Refused):
    """The quarter {quarter} lasts until {ends_on}; it is declared when it is over."""


class QuarterBeforeEnrolment(Refused):
    """The quarter {quarter} was over before the clinic was enrolled on {enrolled_on}."""


class QuarterAlreadyDeclared(Refused):
    """The quarter {quarter} is declared already, by {earlier}."""

    remedy = "To correct it, give a reason of the code list; nothing was recorded."


class DeclarationIncomplete(Refused):
    """A declaration names each registry joined in its quarter once; missing, unknown or doubled: {registries}."""

    remedy = "Declare zero where nobody was treated; nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCount:
    """The number of treatments of one registry."""

    registry_id: UUID
    """The registry."""
    treatments: int
    """Treatments performed in the quarter."""
    consent_refusals: int = 0
    """Patients treated who refused to be registered."""

    def __post_init__(self) -> None:
        if self.treatments < 0 or self.consent_refusals < 0:
            raise InvalidInput(field="counts", problem="no count is below zero")


class TreatmentCountDeclared(ClinicEvent):
    """A clinic said how many treatments it performed in a quarter; all zero is a nil declaration."""

    TOPIC = "TreatmentCountDeclared.v1"

    quarter: str
    """Calendar quarter, `2026-Q3`."""
    counts: tuple[DeclaredCount, ...]
    """One for each registry joined."""
    corrects: str | None = None
    """Id of the event that held the earlier declaration: `<aggregate id>/<version>`."""

    def _remember(self, clinic: ClinicState) -> None:
        nil = not any(count.treatments or count.consent_refusals for count in self.counts)
        clinic.declarations[self.quarter] = Declaration(self.evidence, nil)


class Reporting(ClinicState):
    """Decisions about what a clinic reports about itself."""

    def declare_count(self, act: Act, quarter: str, counts: tuple[DeclaredCount, ...]) -> None:
        """Declare a quarter that is over; declaring it again is a correction and needs a reason."""
        self.require_once_enrolled()
        ends_on = quarter_end(quarter)
        if local_day(act.recorded_at, self.time_zone) <= ends_on:
            raise QuarterNotOver(quarter=quarter, ends_on=ends_on)
        if self.first_enrolled_on is not None and quarter < quarter_of(last_day(self.first_enrolled_on)):
            raise QuarterBeforeEnrolment(quarter=quarter, enrolled_on=self.first_enrolled_on)
        self._require_every_registry(quarter, counts)
        earlier = self.declarations.get(quarter)
        if earlier is not None and act.context.reason in (None, Reason.unrecognised):
            raise QuarterAlreadyDeclared(quarter=quarter, earlier=earlier.evidence)
        self.record(
            TreatmentCountDeclared,
            act,
            quarter=quarter,
            counts=counts,
            corrects=earlier.evidence if earlier else None,
        )

    def _joined_in(self, quarter: str) -> set[UUID]:
        """Return the registries joined at any time of a quarter; where there was none, the present ones."""
        joined = {
            registry
            for each in self.memberships
            if quarter_of(last_day(each.since)) <= quarter
            if each.until is None or quarter <= quarter_of(last_day(each.until))
            for registry in each.registries
        }
        return joined or set(self.registries)

    def _require_every_registry(self, quarter: str, counts: tuple[DeclaredCount, ...]) -> None:
        named = [count.registry_id for count in counts]
        wrong = (set(named) ^ self._joined_in(quarter)) | {each for each in named if named.count(each) > 1}
        if wrong:
            raise DeclarationIncomplete(registries=", ".join(sorted(str(each) for each in wrong)))
