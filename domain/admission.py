"""Which treatments a registry takes: those of a clinic that joined it, within its scope, and none from after leaving.

Treatments dated before the enrolment are taken as retrospective; that follows from both dates and isn't stored.
"""

from __future__ import annotations

from uuid import UUID

from domain.clinic_state import ClinicState
from domain.dates import PartialDate, last_day
from domain.errors import InvalidInput
from domain.participation import ParticipationState
from domain.registry import Registry
from domain.treatment_content import TreatmentContent
from domain.treatment_errors import ClinicHasLeft, OutsideScope, RegistryNotJoined, SiteUnknown

EARLIEST_YEAR = 1950
"""No cell was transplanted before; an earlier year is a slip of the pen."""

MEMBERS = frozenset({ParticipationState.enrolled, ParticipationState.not_participating})


def require_admissible(
    clinic: ClinicState, registry: Registry, content: TreatmentContent, *, moved: bool = True
) -> None:
    """Refuse a treatment of a clinic that never joined or had left, outside the scope, or at a site not its own.

    `moved` is False for a correction that leaves the treatment in its registry, which may have closed since.
    """
    require_membership(clinic, content.performed_on)
    if moved:
        if registry.id not in clinic.registries:
            raise RegistryNotJoined(clinic=clinic.id, registry=registry.id)
        registry.require_open()
    require_scope(registry, content)
    for site in (content.site_id, content.origin.collected_at_site):
        require_site(clinic, site)


def require_membership(clinic: ClinicState, performed_on: PartialDate) -> None:
    """Refuse a clinic that was never enrolled, and treatments from after it left."""
    clinic.require_once_enrolled()
    if last_day(performed_on).year < EARLIEST_YEAR:
        raise InvalidInput(field="performed_on", problem=f"it lies before {EARLIEST_YEAR}")
    if clinic.participation in MEMBERS:
        return
    ended_on = clinic.left_on or clinic.lapsed_on
    if ended_on is None or last_day(performed_on) > last_day(ended_on):
        raise ClinicHasLeft(clinic=clinic.id, performed_on=performed_on)


def require_scope(registry: Registry, content: TreatmentContent) -> None:
    """Refuse a treatment that belongs in another registry."""
    assert registry.terms is not None, "an opened registry has terms"
    category, tissue, route = content.indication.category, content.origin.tissue, content.delivery.route
    if not registry.terms.scope.fits(category, tissue, route):
        raise OutsideScope(category=category, tissue=tissue, route=route, registry=registry.short_code)


def require_site(clinic: ClinicState, site: UUID | None) -> None:
    """Refuse a site that is not the clinic's."""
    if site is not None and site not in clinic.site_ids:
        raise SiteUnknown(clinic=clinic.id, site=site)
