"""What is known in the clear of one adverse event; nothing of it must be there, and what is there is what was said.

Classes of seriousness are derived here, never stored: criteria after ICH E2A; seriousness is not severity.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.adverse_event_codes import (
    Action,
    Affected,
    Causality,
    CausalityMethod,
    EventKind,
    Outcome,
    RegulatorStatus,
    ReporterKind,
    ReporterRelated,
    Seriousness,
    SuspectFactor,
)
from domain.coded_term import CodedTerm
from domain.codes import Missing, YesNo
from domain.content import MissingField, is_empty, value_at
from domain.dates import PartialDate
from domain.measures import between
from domain.product import ProductIdentity
from domain.timing import Timing
from domain.treatment_codes import ProductKind, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """Severity after the Common Terminology Criteria for Adverse Events (CTCAE)."""

    version: str | None = None
    """CTCAE version, such as `5.0`."""
    term: str | None = None
    """CTCAE term, such as `Bone infection`."""
    grade: int | None = None
    """CTCAE grade, 1 to 5; 5 is death."""

    def __post_init__(self) -> None:
        between(self.grade, 1, 5, "grade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A death; its cause in words is sealed."""

    on: Timing | None = None
    """When."""
    autopsy: YesNo | None = None
    """Whether an autopsy was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegulatorReport:
    """Whether a regulator was told; authority and reference are sealed."""

    status: RegulatorStatus
    """Whether."""
    reported_on: PartialDate | None = None
    """When."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedTreatment:
    """A treatment without a record here; its clinic and what was given are sealed as stated."""

    month: PartialDate | None = None
    """When, as far as known."""
    product_kind: ProductKind | None = None
    """What was given."""
    route: Route | None = None
    """How."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorCausality:
    """The adjudicator's judgement about one suspect factor."""

    factor: SuspectFactor
    """What may have caused it."""
    causality: Causality
    """Whether it did, after WHO-UMC."""
    method: CausalityMethod
    """How that was judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventContent:
    """One adverse event as far as it is known in the clear."""

    affected: Affected | None = None
    """Who was affected."""
    kind: EventKind | None = None
    """Reaction or process deviation."""
    grading: Grading | None = None
    """CTCAE version, term and grade."""
    code: CodedTerm | None = None
    """The event in a foreign dictionary."""
    onset: Timing | None = None
    """When it began."""
    ended: Timing | None = None
    """When it ended."""
    first_awareness: PartialDate | None = None
    """When the clinic first knew; starts the clock."""
    received: PartialDate | None = None
    """When the society received the report; starts its own clock."""
    latest_information: PartialDate | None = None
    """Date of the latest information."""
    serious: YesNo | None = None
    """Whether the reporter calls it serious."""
    seriousness: tuple[Seriousness, ...] = ()
    """ICH E2A criteria met; any one makes it serious."""
    related: ReporterRelated | None = None
    """Whether the reporter thinks that the treatment caused it."""
    suspect_factors: tuple[SuspectFactor, ...] = ()
    """What may have caused it, after the reporter."""
    outcome: Outcome | None = None
    """How it ended."""
    actions: tuple[Action, ...] = ()
    """What was done about it."""
    death: Death | None = None
    """The death, if the patient died of or with it."""
    organism_found: YesNo | None = None
    """Whether an organism was found; which one is sealed."""
    regulator: RegulatorReport | None = None
    """Whether a regulator was told."""
    treatments: tuple[UUID, ...] = ()
    """Treatments it belongs to; days after the treatment count from the first."""
    described: DescribedTreatment | None = None
    """A treatment without a record."""
    patient: UUID | None = None
    """Random id of the patient, whose key opens the sealed fields."""
    product: ProductIdentity | None = None
    """Product or lot concerned."""
    reporter: ReporterKind | None = None
    """Who reported it first."""


FATAL_OR_LIFE_THREATENING = frozenset({Seriousness.death, Seriousness.life_threatening})

COMPLETION: tuple[tuple[str, str], ...] = (
    ("grade", "grading.grade"),
    ("seriousness", "seriousness"),
    ("outcome", "outcome"),
    ("suspect_factors", "suspect_factors"),
    ("actions", "actions"),
)
"""What AE-7C asks for: name and path of each field."""


def is_fatal(content: AdverseEventContent) -> bool:
    """Tell whether any of grade 5, the criterion death, a fatal outcome and a death says that the patient died."""
    grade = content.grading.grade if content.grading else None
    return (
        grade == 5
        or Seriousness.death in content.seriousness
        or content.outcome is Outcome.fatal
        or content.death is not None
    )


def is_fatal_or_life_threatening(content: AdverseEventContent) -> bool:
    """Tell whether it is of the gravest class, that of rule AE-7."""
    return is_fatal(content) or not FATAL_OR_LIFE_THREATENING.isdisjoint(content.seriousness)


def is_serious(content: AdverseEventContent) -> bool:
    """Tell whether any criterion is met; one that was not understood counts, so that no harm is played down."""
    return bool(content.seriousness) or content.serious is YesNo.yes or is_fatal(content)


def lacking(content: AdverseEventContent, missing: tuple[MissingField, ...]) -> tuple[str, ...]:
    """Return what AE-7C still asks for: fields neither given nor empty for a reason of the list."""
    excused = {each.field for each in missing if each.why is not Missing.unrecognised}
    return tuple(name for name, path in COMPLETION if not (_given(content, path) or excused & _around(path)))


def _given(content: AdverseEventContent, path: str) -> bool:
    value = value_at(content, path)
    if path == "seriousness" and is_empty(value):
        return content.serious is YesNo.no
    values = value if isinstance(value, tuple) else (value,)
    return any(not is_empty(each) and getattr(each, "name", "") != "unrecognised" for each in values)


def _around(path: str) -> set[str]:
    section = path.partition(".")[0]
    return {path, section}
