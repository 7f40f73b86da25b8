"""What a report said and says otherwise since: a correction replaces a value, while facts that develop only go on.

Filling what was empty corrects nothing. An outcome that came later, or the day of the latest information, was not
wrong before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.adverse_event import AdverseEvent
from domain.adverse_event_content import is_serious
from domain.adverse_event_duties import gravity_of
from domain.aggregate import RegistryEvent
from domain.clinic_state import event_id
from domain.codes import YesNo
from domain.content import value_at
from domain.treatment import Treatment

DEVELOPING = frozenset(
    {"outcome", "ended", "latest_information", "actions", "regulator", "organism_found", "suspect_factors", "code"}
)
"""Fields of an adverse event that say how it went on; another value of theirs is news and no correction."""

OWED_FOR = frozenset({"first_awareness", "onset", "serious", "seriousness", "death", "kind", "affected"})
"""Fields of an adverse event that the duties to report it follow from, beside its gravity."""

_TREATMENT_OWES = frozenset({"registry_id", "performed_on"})
_FOLLOW_UP_MEETS = frozenset({"time_point_months", "result", "contact", "died", "serves"})


class Supplemented(NamedTuple):
    """What a supplement did to what was told before."""

    corrected: bool
    """It replaced something that does not merely develop."""
    owed: bool
    """A duty to report follows from what it replaced."""


class Assessed(NamedTuple):
    """What an assessment did to what was held before."""

    seriousness: bool
    """It judges the seriousness otherwise than was held until then."""
    judgements: frozenset[str]
    """The earlier judgements that it replaces by another."""


def treatment_corrected(event: Treatment.TreatmentCorrected) -> bool:
    """Tell whether duties followed from what was corrected: dates, registry, what a follow-up met."""
    owing = _FOLLOW_UP_MEETS if event.follow_up is not None else _TREATMENT_OWES
    return any(_top(each.field) in owing for each in event.changes)


def supplemented(event: AdverseEvent.AdverseEventSupplemented, earlier: Sequence[RegistryEvent]) -> Supplemented:
    """Return what a supplement did to what was told before it."""
    before = _told(earlier)
    replaced = {
        _top(each.field)
        for each in event.changes
        if _top(each.field) not in DEVELOPING and value_at(before, each.field) not in (None, ())
    }
    # Gravity is raised by new facts too; the duties of the lower one stand.
    lowered = gravity_of(event.content) < gravity_of(before)
    return Supplemented(bool(replaced) or lowered, bool(replaced & OWED_FOR) or lowered)


def assessed_otherwise(event: AdverseEvent.AdverseEventAssessed, earlier: Sequence[RegistryEvent]) -> Assessed:
    """Return what an assessment did to what was held before it: the last judgement, or what was reported."""
    judged = [each for each in earlier if isinstance(each, AdverseEvent.AdverseEventAssessed)]
    held = judged[-1].serious is YesNo.yes if judged else is_serious(_told(earlier))
    replaced = [each for each in judged[-1:] if _judgement(each) != _judgement(event)]
    ids = frozenset(event_id(each.originator_id, each.originator_version) for each in replaced)
    return Assessed((event.serious is YesNo.yes) != held, ids)


def _told(earlier: Sequence[RegistryEvent]) -> Any:
    telling = (AdverseEvent.AdverseEventReported, AdverseEvent.AdverseEventSupplemented)
    return [each.content for each in earlier if isinstance(each, telling)][-1]


def _judgement(event: AdverseEvent.AdverseEventAssessed) -> tuple[object, ...]:
    return event.causalities, event.serious, event.seriousness, event.grade, event.outcome


def _top(path: str) -> str:
    return path.partition(".")[0]
