"""A determination is questioned by itself when an event that it rests on was corrected, voided or nullified.

A standing rests on missed duties and what opened them, a finding on the events that its evidence names. What was
questioned for a change once is not questioned for it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg

from application.command import Command
from application.determinations import QuestionDetermination
from consumers.clock_keeper import Recorder
from domain.aggregate import RegistryEvent
from domain.clinic_state import event_id
from domain.determination import Determination, EvidenceChange
from domain.errors import NotFound, Refused
from domain.event_id import event_place
from domain.evidence import CHANGING, Changed, changed_by
from domain.grounds import Ground, case_grounds

DECIDING = frozenset({"FindingDecided", "InterimPublished"})
"""The events by which a safety case determines something."""

Read = Callable[[str], AbstractContextManager[psycopg.Cursor[Any]]]
"""Opens a read model that has reached what is decided on."""


class Mark(NamedTuple):
    """Where an event stands."""

    position: int
    aggregate_id: UUID
    version: int
    clinic_id: UUID | None


class Doubt(NamedTuple):
    """A piece of evidence that does not stand as it was."""

    evidence: str
    change: EvidenceChange
    changed_by: str


_MISSED: LiteralString = """
    SELECT obligation_id, clinic_id
      FROM known_obligations(NULL, NULL)
     WHERE about = ANY (%(about)s)
       AND (opened_by = ANY (%(opened_by)s) OR %(opened_by)s::text[] = '{}')
       AND kind = 'duty'
       AND holder = 'clinic'
       AND status IN ('missed', 'late')
"""

# A standing rests on duties of its own clinic, and is looked for among that clinic's. An assessment that came later
# knew of the change: by the rules, what was missed by then stays missed.
CITING: LiteralString = """
    SELECT event_id
      FROM standings
     WHERE clinic_id = ANY (%(clinics)s::uuid[])
       AND position < %(position)s
       AND (missed && %(missed)s::uuid[] OR overdue && %(missed)s::uuid[])
     ORDER BY position
"""

_DETERMINED: LiteralString = """
    SELECT case_id, known_from
      FROM safety_cases
     WHERE known_to IS NULL
       AND (finding IS NOT NULL OR interim_ends_at IS NOT NULL)
     ORDER BY case_id
"""


class Grounds:
    """What every case rests on that has determined something; a case is read again when it went on."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[int, tuple[Ground, ...]]] = {}

    def all(self, recorder: Recorder, cursor: psycopg.Cursor[Any]) -> Iterator[Ground]:
        """Yield what the findings and measures rest on that hold or held lately; asked of the safety cases."""
        for case_id, known_from in cursor.execute(_DETERMINED).fetchall():
            known = self._known.get(case_id)
            if known is None or known[0] != known_from:
                known = (known_from, case_grounds(recorder.handler.store.history(case_id)))
                self._known[case_id] = known
            yield from known[1]


class Questioner:
    """Looks who decided on what was changed in one stretch of the log, and questions it."""

    def __init__(self, recorder: Recorder, read: Read, grounds: Grounds) -> None:
        self._recorder, self._read, self._grounds = recorder, read, grounds
        self._standing: list[Ground] | None = None

    def determinations(self, changing: Iterable[Mark], decided: Iterable[UUID]) -> None:
        """Question the standings and findings that rest on what these events changed, and what these cases decided."""
        for mark in changing:
            event, changed = changed_at(self._recorder, mark)
            if changed is not None:
                self._standings(mark, changed)
                self._findings(event, changed)
        for case_id in sorted(decided):
            self._decided(case_id)

    def _standings(self, mark: Mark, changed: Changed) -> None:
        if not changed.duties_about:
            return
        wanted = {"about": list(changed.duties_about), "opened_by": list(changed.opened_by)}
        with self._read("obligations") as cursor:
            missed = cursor.execute(_MISSED, wanted).fetchall()
        if not missed:
            return
        with self._read("standings") as cursor:
            duties, clinics = zip(*missed, strict=True)
            asked = {"missed": list(duties), "clinics": list(set(clinics)), "position": mark.position}
            citing = [row[0] for row in cursor.execute(CITING, asked)]
        by = event_id(mark.aggregate_id, mark.version)
        doubt = Doubt(min(changed.events, key=_version), changed.change, by)
        for determination in citing:
            question(self._recorder, determination, doubt)

    def _findings(self, event: Any, changed: Changed) -> None:
        if self._standing is None:
            with self._read("safety_cases") as cursor:
                self._standing = list(self._grounds.all(self._recorder, cursor))
        for ground in self._standing:
            for doubt in _of(event, changed, ground):
                question(self._recorder, ground.determination, doubt)

    def _decided(self, case_id: UUID) -> None:
        """Question what a case decided on evidence that had been changed, or questioned, since the case knew it."""
        store = self._recorder.handler.store
        for ground in case_grounds(store.history(case_id)):
            for history in self._concerning(ground):
                for event, changed in changes_in(history):
                    for doubt in _of(event, changed, ground):
                        question(self._recorder, ground.determination, doubt)

    def _concerning(self, ground: Ground) -> Iterator[tuple[RegistryEvent, ...]]:
        """Yield the histories of what a ground cites, then of every question about their clinics."""
        store, index = self._recorder.handler.store, self._recorder.handler.index
        assert index is not None, "the clock asks what concerns a clinic"
        cited = {event_place(each, "evidence").aggregate_id for each in ground.cites}
        histories = {each: tuple(store.history(each)) for each in sorted(cited)}
        yield from histories.values()
        # A question stands under the clinic of what is in question, which need not be that of the case.
        of_cited = [each for history in histories.values() for each in history if _id(each) in ground.cites]
        clinics = {each.context.clinic_id for each in of_cited if each.context.clinic_id is not None}
        asked = {each for clinic in clinics for each in index.recorded_in(clinic, ("DeterminationQuestioned",))}
        yield from (tuple(store.history(each)) for each in sorted(asked - cited))


def _of(event: Any, changed: Changed, ground: Ground) -> Iterator[Doubt]:
    """Yield what of a ground an event changed after the case had learnt of it, while the ground held."""
    for cited in sorted(changed.events & set(ground.cites), key=lambda each: (each.partition("/")[0], _version(each))):
        if ground.concerned(cited, event.timestamp):
            yield doubt_of(event, changed, cited)


def doubt_of(event: Any, changed: Changed, cited: str) -> Doubt:
    """Return what becomes doubtful by an event that changed a cited one; a question is about what it questions for."""
    if isinstance(event, Determination.DeterminationQuestioned):
        return Doubt(event.evidence, event.change, event.changed_by)
    return Doubt(cited, changed.change, event_id(event.originator_id, event.originator_version))


def changes_in(history: Sequence[Any]) -> Iterator[tuple[Any, Changed]]:
    """Yield the events of a history that changed earlier ones, each with what it changed."""
    for number, event in enumerate(history):
        if type(event).__name__ in CHANGING and (changed := changed_by(event, history[:number])) is not None:
            yield event, changed


def changed_at(recorder: Recorder, mark: Mark) -> tuple[Any, Changed | None]:
    """Return an event, and what it changed."""
    history = [each for each in recorder.handler.store.history(mark.aggregate_id)
               if each.originator_version <= mark.version]  # fmt: skip
    return history[-1], changed_by(history[-1], history[:-1])


def question(recorder: Recorder, determination: str, doubt: Doubt) -> None:
    """Question a determination for one change of one piece of its evidence; again, it is recognised."""
    command = QuestionDetermination(
        determination=determination, evidence=doubt.evidence, change=doubt.change, changed_by=doubt.changed_by
    )
    ask(recorder, command, f"question/{determination}/{doubt.evidence}/{doubt.changed_by}")


def ask(recorder: Recorder, command: Command, key: str) -> None:
    """Carry out what may have been recorded already, or be refused meanwhile."""
    try:
        recorder.carry_out(command, key)
    except (Refused, NotFound):
        return


def _id(event: RegistryEvent) -> str:
    return event_id(event.originator_id, event.originator_version)


def _version(event: str) -> int:
    return event_place(event, "event").version
