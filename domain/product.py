"""What was given to a patient, from donor to released product: D, O, S and E of the DOSES consensus, with units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.codes import YesNo
from domain.dates import PartialDate, partial_date
from domain.errors import InvalidInput
from domain.measures import between, label
from domain.treatment_codes import (
    CellOrigin,
    CellType,
    CountMethod,
    DonorEligibility,
    DonorKind,
    Karyotype,
    ReleaseVerdict,
    SeparationStep,
)

MOST_CELLS_MILLIONS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Whose cells they were; only a donor other than the patient has an eligibility."""

    WHOLE: ClassVar[bool] = True

    kind: DonorKind
    """DOSES: donor."""
    eligibility: DonorEligibility | None = None
    """Whether the donor was found eligible; not applicable to autologous cells."""

    def __post_init__(self) -> None:
        if self.kind is DonorKind.autologous and self.eligibility is not None:
            raise InvalidInput(field="donor.eligibility", problem="a patient's own cells have no donor eligibility")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Tissue of origin and its collection; a place outside the clinic's sites is told in sealed words."""

    tissue: CellOrigin
    """DOSES: origin."""
    collected_on: PartialDate | None = None
    """When it was collected."""
    collected_at_site: UUID | None = None
    """Site of the clinic at which it was collected."""

    def __post_init__(self) -> None:
        if self.collected_on is not None:
            partial_date(self.collected_on, "origin.collected_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """How tissue became a product (DOSES: separation)."""

    steps: tuple[SeparationStep, ...] = ()
    """In the order in which they were done."""
    minimal_manipulation: YesNo | None = None
    """Whether the clinic claims that the manipulation was minimal."""
    passage: int | None = None
    """Passage number of cultured cells."""
    days_in_culture: float | None = None
    """Days in culture."""
    laboratory_id: UUID | None = None
    """Laboratory in this registry."""
    laboratory_name: str | None = None
    """The laboratory's name as stated, where it has no id; never a person's."""

    def __post_init__(self) -> None:
        between(self.passage, 0, 200, "processing.passage")
        between(self.days_in_culture, 0, 3650, "processing.days_in_culture")
        label(self.laboratory_name, "processing.laboratory_name", 160)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTest:
    """A test that decides on release, with the day of its result."""

    verdict: ReleaseVerdict
    """What it said."""
    tested_on: PartialDate | None = None
    """Day of the result."""
    endotoxin_eu_per_ml: float | None = None
    """Endotoxin units per mL, for the endotoxin test alone."""

    def __post_init__(self) -> None:
        if self.tested_on is not None:
            partial_date(self.tested_on, "tested_on")
        between(self.endotoxin_eu_per_ml, 0, 1_000_000, "endotoxin_eu_per_ml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristics:
    """What the product was found to be (DOSES: exhibited characteristics)."""

    cell_type: CellType | None = None
    """Kind of cells."""
    total_nucleated_cells_millions: float | None = None
    """Total nucleated cells, in 10⁶."""
    viable_dose_millions: float | None = None
    """Viable cells given, in 10⁶."""
    count_method: CountMethod | None = None
    """How they were counted."""
    viability_percent: float | None = None
    """Viable cells, in % of all."""
    viability_method: CountMethod | None = None
    """How viability was found."""
    volume_ml: float | None = None
    """Volume given, in mL."""
    sterility: ReleaseTest | None = None
    """Sterility test."""
    endotoxin: ReleaseTest | None = None
    """Endotoxin test."""
    mycoplasma: ReleaseTest | None = None
    """Mycoplasma test."""
    karyotype: Karyotype | None = None
    """Karyotype of cultured cells."""
    released_despite_failed_test: YesNo | None = None
    """Whether the product was released although a test had failed."""

    def __post_init__(self) -> None:
        for name in ("total_nucleated_cells_millions", "viable_dose_millions"):
            between(getattr(self, name), 0, MOST_CELLS_MILLIONS, f"characteristics.{name}")
        between(self.viability_percent, 0, 100, "characteristics.viability_percent")
        between(self.volume_ml, 0, 20_000, "characteristics.volume_ml")

    @property
    def failed_tests(self) -> tuple[str, ...]:
        """Return the names of the release tests that failed."""
        tests = {"sterility": self.sterility, "endotoxin": self.endotoxin, "mycoplasma": self.mycoplasma}
        return tuple(name for name, test in tests.items() if test and test.verdict is ReleaseVerdict.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductIdentity:
    """By which everybody who received the same product or lot can be found."""

    product_id: str | None = None
    """Product or kit, as its maker names it."""
    lot_id: str | None = None
    """Lot or batch."""

    def __post_init__(self) -> None:
        label(self.product_id, "product.product_id")
        label(self.lot_id, "product.lot_id")
