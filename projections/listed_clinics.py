"""What a listed clinic's page tells of the clinic itself, folded from its events: names, place, services, membership.

Nothing of it is a judgement, and none of it is shown of a clinic that has no published entry.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.attestation import AttestationLapsed, AttestationVerified, GuidelineAttested
from domain.clinic import Clinic
from domain.clinic_details import ClinicDetails
from domain.clinic_state import ClinicEvent
from domain.dates import PartialDate, last_day
from domain.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedService:
    """A service as the clinic offers it: codes of indication, source of cells and route."""

    indication: str | None
    origin: str | None
    route: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A registry joined, and since when."""

    registry_id: UUID
    joined_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """The latest attestation to a guideline."""

    guideline_id: UUID
    version: str
    level: str
    attested_on: str
    valid_until: date
    lapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is known of a clinic beside its entries."""

    legal_name: str = ""
    trading_names: tuple[str, ...] = ()
    country: str = ""
    region: str | None = None
    city: str | None = None
    website: str | None = None
    services: tuple[ListedService, ...] = ()
    registries: tuple[Joined, ...] = ()
    attested: tuple[Attested, ...] = ()

    @property
    def name(self) -> str:
        """Return the name that patients know."""
        return self.trading_names[0] if self.trading_names else self.legal_name

    @property
    def other_names(self) -> tuple[str, ...]:
        """Return its other names, the legal one last."""
        names = (*self.trading_names[1:], self.legal_name) if self.trading_names else ()
        return tuple(name for name in names if name != self.name)


def described_after(known: Description, event: ClinicEvent, occurred_on: PartialDate) -> Description:
    """Return the description after an event of the clinic."""
    match event:
        case Clinic.ClinicIdentified() | Clinic.ClinicDetailsCorrected():
            return _named(known, event.details)
        case Clinic.GuidelineAttested() | Clinic.AttestationVerified() | Clinic.AttestationLapsed():
            return _attesting(known, event, occurred_on)
        case Clinic.VerificationWithdrawn(level=Verification.documents_checked):
            return _unverified(known, event.guideline_id)
        case Clinic.ClinicEnrolled() | Clinic.ClinicReadmitted():
            joined = tuple(Joined(registry_id=each, joined_on=occurred_on) for each in event.registries)
            return dataclasses.replace(known, registries=joined)
        case _:
            return known


def _named(known: Description, details: ClinicDetails) -> Description:
    return dataclasses.replace(
        known,
        legal_name=details.legal_name,
        trading_names=details.trading_names,
        country=details.country,
        region=details.region,
        city=details.city,
        website=details.website,
        services=tuple(
            ListedService(
                indication=each.indication.value if each.indication else None,
                origin=each.origin.value if each.origin else None,
                route=each.route.value if each.route else None,
            )
            for each in details.services
        ),
    )


def _attesting(
    known: Description, event: GuidelineAttested | AttestationVerified | AttestationLapsed, occurred_on: PartialDate
) -> Description:
    held = {each.guideline_id: each for each in known.attested}
    before = held.get(event.guideline_id)
    match event:
        case GuidelineAttested():
            held[event.guideline_id] = Attested(
                guideline_id=event.guideline_id,
                version=event.guideline_version,
                level="self_attested",
                attested_on=occurred_on,
                valid_until=last_day(event.valid_until),
            )
        case AttestationVerified() if before is not None:
            held[event.guideline_id] = dataclasses.replace(before, level=event.level.value)
        case AttestationLapsed() if before is not None:
            held[event.guideline_id] = dataclasses.replace(before, lapsed=True)
        case _:
            pass
    return dataclasses.replace(known, attested=tuple(held[each] for each in sorted(held)))


def _unverified(known: Description, guideline_id: UUID) -> Description:
    attested = tuple(
        dataclasses.replace(each, level="self_attested") if each.guideline_id == guideline_id else each
        for each in known.attested
    )
    return dataclasses.replace(known, attested=attested)
