"""A public entry is questioned by itself with what it rests on, and no longer when it says something else, or nothing.

Everything is looked up in the store: an entry is in question for every change of its evidence, and for every question
about a standing or finding that was open while the entry said what it says. However late the clock looks, it finds the
same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from application.determinations import SettleDetermination
from consumers.clock_determinations import Doubt, ask, changes_in, doubt_of, question
from consumers.clock_keeper import Recorder
from domain.aggregate import RegistryEvent
from domain.catalogue import aggregate_of
from domain.clinic import Clinic
from domain.clinic_state import event_id
from domain.determination import Determination, DeterminationKind
from domain.event_id import event_place
from domain.evidence import CHANGING
from domain.grounds import Wording, rests_on, wordings
from domain.safety_case import SafetyCase

DOUBTING = (
    "DeterminationQuestioned",
    *sorted(each for each in CHANGING if issubclass(aggregate_of()[each], (Clinic, SafetyCase))),
)
"""Events without which no entry is in doubt: it rests on those of its clinic, of its cases and standing alone."""


class _Question(NamedTuple):
    """One time that a determination was put in question, and until when it was."""

    about: Determination.DeterminationQuestioned
    settled_at: datetime | None = None


def question_entries(recorder: Recorder, clinics: Iterable[UUID]) -> None:
    """Question the public entries of these clinics whose ground is doubtful; settle what ended with its entry."""
    for clinic_id in sorted(clinics):
        index = recorder.handler.index
        assert index is not None, "the clock asks what concerns a clinic"
        if not index.recorded_in(clinic_id, DOUBTING):
            continue
        published = index.recorded_in(clinic_id, ("ListingPublished",))
        said = {each: wordings(recorder.handler.store.history(each)) for each in published}
        asked = [
            each
            for determination_id in index.recorded_in(clinic_id, ("DeterminationQuestioned",))
            for each in _questions(recorder.handler.store.history(determination_id))
        ]
        for words in said.values():
            if words and words[-1].ended_by is None:
                for doubt in _doubts(recorder, words[-1], asked):
                    question(recorder, words[-1].event, doubt)
        ended = {each.event: each.ended_by for words in said.values() for each in words if each.ended_by is not None}
        _settle(recorder, asked, ended)


def _doubts(recorder: Recorder, wording: Wording, asked: Iterable[_Question]) -> Iterator[Doubt]:
    store = recorder.handler.store
    cited = rests_on(wording, store.history)
    for aggregate_id in sorted({event_place(each, "evidence").aggregate_id for each in cited}):
        for event, changed in changes_in(tuple(store.history(aggregate_id))):
            # What an entry itself tells of, such as the appeal that lifted a finding, puts it in no doubt.
            if event_id(event.originator_id, event.originator_version) not in cited:
                yield from (doubt_of(event, changed, each) for each in sorted(changed.events & cited))
    for each in asked:
        if each.about.determination in cited and (each.settled_at is None or each.settled_at > wording.worded_at):
            yield Doubt(each.about.evidence, each.about.change, each.about.changed_by)


def _settle(recorder: Recorder, asked: Iterable[_Question], ended: dict[str, str]) -> None:
    for each in asked:
        by = ended.get(each.about.determination)
        if by is not None and each.settled_at is None and each.about.kind is DeterminationKind.listing:
            settling = SettleDetermination(determination_id=each.about.originator_id, changed_by=by)
            # Named with the question: asked anew, it is settled anew.
            ask(recorder, settling, f"settle/{each.about.originator_id}/{each.about.originator_version}/{by}")


def _questions(history: Iterable[RegistryEvent]) -> list[_Question]:
    found: list[_Question] = []
    for event in history:
        if isinstance(event, Determination.DeterminationQuestioned):
            found.append(_Question(event))
        else:
            found = [each._replace(settled_at=each.settled_at or event.timestamp) for each in found]
    return found
