"""One registry of the society (knee, eye, stroke, …): what belongs in it and when patients are followed up.

Everything in it is public. A treatment belongs to exactly one registry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.chronology import require_past
from domain.errors import InvalidInput, Refused
from domain.plain_text import require_plain
from domain.public_ids import public_id
from domain.treatment_codes import CellOrigin, IndicationCategory, Route

LONGEST_MONTHS = 1200
"""Months after a treatment up to which it is followed up: a lifetime."""

LONGEST_WINDOW = 3650
"""Days before and after a time point up to which its window may reach."""

_SHORT_CODE = re.compile(r"[a-z][a-z0-9-]{1,30}")


class RegistryAlreadyOpened(Refused):
    """The registry {short_code} was opened before."""

    remedy = "Revise it, or choose another short code; nothing was recorded."


class RegistryIsClosed(Refused):
    """The registry {short_code} was closed; it takes no changes and no new clinics or treatments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePoint:
    """When a follow-up is due after the treatment."""

    months: int
    """Calendar months after the treatment."""
    window_days: int
    """Days before and after within which it counts."""

    def __post_init__(self) -> None:
        if not 1 <= self.months <= LONGEST_MONTHS or not 0 <= self.window_days <= LONGEST_WINDOW:
            problem = f"a time point needs months from 1 to {LONGEST_MONTHS}, window_days from 0 to {LONGEST_WINDOW}"
            raise InvalidInput(field="schedule", problem=problem)


DEFAULT_SCHEDULE: tuple[TimePoint, ...] = (
    *(TimePoint(months=months, window_days=30) for months in (3, 6)),
    *(TimePoint(months=12 * years, window_days=60) for years in (1, 2, 3, 4, 5, 10, 20)),
)
"""The society's follow-up schedule: 3 and 6 months ± 30 days, 1 to 5, 10 and 20 years ± 60 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which treatments belong in a registry; an empty list does not restrict."""

    indications: tuple[IndicationCategory, ...] = ()
    """Indication categories."""
    origins: tuple[CellOrigin, ...] = ()
    """Sources of the cells."""
    routes: tuple[Route, ...] = ()
    """Routes of delivery."""

    def fits(self, indication: IndicationCategory, origin: CellOrigin, route: Route) -> bool:
        """Tell whether such a treatment belongs here."""
        wanted = ((self.indications, indication), (self.origins, origin), (self.routes, route))
        return all(not allowed or value in allowed for allowed, value in wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryTerms:
    """What a registry asks for; a revision replaces it whole."""

    title: str
    """Name as shown to the public."""
    scope: Scope
    """Which treatments belong in it."""
    form_version: str
    """Version of the form that its treatments are entered with."""
    schedule: tuple[TimePoint, ...] = DEFAULT_SCHEDULE
    """Follow-up time points, earliest first."""
    guidelines: tuple[UUID, ...] = ()
    """Guidelines that clinics of this registry attest to."""

    def __post_init__(self) -> None:
        for field in ("title", "form_version"):
            require_plain(field, getattr(self, field))
            if not getattr(self, field).strip():
                raise InvalidInput(field=field, problem="is empty")
        months = [point.months for point in self.schedule]
        if not months or months != sorted(set(months)):
            raise InvalidInput(field="schedule", problem="needs time points in ascending order, each once")
        if len(set(self.guidelines)) != len(self.guidelines):
            raise InvalidInput(field="guidelines", problem="names a guideline twice")


def registry_id(short_code: str) -> UUID:
    """Return the id of the registry with this short code; it follows from the code, which is public."""
    return public_id("registry", short_code)


class Registry(Aggregate):
    """A registry that clinics join and treatments belong to."""

    TOPIC = "Registry"

    def __init__(self) -> None:
        self.short_code = ""
        self.terms: RegistryTerms | None = None
        self.closed = False

    class Event(RegistryEvent):
        """An event of a registry."""

    class RegistryOpened(Opening, Event):
        """A registry began to take clinics and treatments."""

        TOPIC = "RegistryOpened.v1"

        short_code: str
        """Short name in lower case, such as `knee`; never changes."""
        terms: RegistryTerms
        """What it asks for."""

        def apply(self, registry: Registry) -> None:
            """Take over the code and the terms."""
            registry.short_code, registry.terms = self.short_code, self.terms

    class RegistryRevised(Event):
        """What a registry asks for was changed; treatments keep the schedule under which they were submitted."""

        TOPIC = "RegistryRevised.v1"

        terms: RegistryTerms
        """What it asks for from now on, complete."""

        def apply(self, registry: Registry) -> None:
            """Take over the new terms."""
            registry.terms = self.terms

    class RegistryClosed(Event):
        """A registry stopped taking clinics and treatments; follow-ups and reports go on."""

        TOPIC = "RegistryClosed.v1"

        explanation: str
        """Why, as told to the public."""
        successor: UUID | None = None
        """Registry that goes on with its work."""

        def apply(self, registry: Registry) -> None:
            """Take nothing more."""
            registry.closed = True

    @classmethod
    def open(cls, act: Act, short_code: str, terms: RegistryTerms) -> Registry:
        """Open a registry under a short code."""
        if _SHORT_CODE.fullmatch(short_code) is None:
            raise InvalidInput(field="short_code", problem="needs 2 to 31 of a–z, 0–9 and hyphens, a letter first")
        require_past(act, "UTC")
        return cls.begin(cls.RegistryOpened, registry_id(short_code), act, short_code=short_code, terms=terms)

    def revise(self, act: Act, terms: RegistryTerms) -> None:
        """Replace what the registry asks for."""
        self.require_open()
        require_past(act, "UTC")
        self.record(self.RegistryRevised, act, terms=terms)

    def close(self, act: Act, explanation: str, successor: UUID | None = None) -> None:
        """Stop taking clinics and treatments."""
        self.require_open()
        require_past(act, "UTC")
        if not explanation.strip():
            raise InvalidInput(field="explanation", problem="is empty")
        if successor == self.id:
            raise InvalidInput(field="successor", problem="a registry cannot succeed itself")
        self.record(self.RegistryClosed, act, explanation=explanation, successor=successor)

    def require_open(self) -> None:
        """Refuse what a closed registry no longer takes."""
        if self.closed:
            raise RegistryIsClosed(short_code=self.short_code)


_SCOPES: tuple[tuple[str, str, Scope], ...] = tuple(
    (short_code, title, Scope(indications=(indication,)))
    for short_code, title, indication in (
        ("knee", "Knee", IndicationCategory.musculoskeletal_knee),
        ("hip", "Hip", IndicationCategory.musculoskeletal_hip),
        ("spine", "Spine", IndicationCategory.musculoskeletal_spine),
        ("eye", "Eye", IndicationCategory.ocular),
        ("heart", "Heart and circulation", IndicationCategory.cardiovascular),
        ("stroke", "Stroke and the nervous system", IndicationCategory.neurologic),
        ("lung", "Lung", IndicationCategory.pulmonary),
        ("autoimmune", "Autoimmune disease", IndicationCategory.autoimmune),
    )
)
_BLOOD = Scope(
    indications=(IndicationCategory.haematologic,),
    origins=(CellOrigin.bone_marrow, CellOrigin.peripheral_blood, CellOrigin.cord_blood),
    routes=(Route.intravenous, Route.intraosseous),
)

DEFAULT_REGISTRIES: tuple[tuple[str, RegistryTerms], ...] = tuple(
    (short_code, RegistryTerms(title=title, scope=scope, form_version="1"))
    for short_code, title, scope in (*_SCOPES, ("blood", "Blood and bone marrow", _BLOOD))
)
"""Short code and terms of the registries with which the society begins."""
