"""What was determined and then lost some of its evidence: questioned by itself, until an officer has looked again.

One such matter is a pair, a determination and an evidence event it rests on; another change of the same evidence
questions it anew. Officers' reasons may be about a case, and are sealed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventsourcing.domain import CanInitAggregate, CanMutateAggregate

from domain.aggregate import Act, Aggregate, Opening, RegistryEvent
from domain.codes import Code
from domain.errors import InvalidInput, Refused
from domain.event_id import event_place


class AlreadyQuestioned(Refused):
    """The determination {determination} was questioned for {changed_by} before."""

    remedy = "Look at what became of it; nothing was recorded."


class DeterminationSettled(Refused):
    """Nothing of the determination {determination} is in question any more."""

    remedy = "Look at its history; nothing was recorded."


class ChangeNotNamed(Refused):
    """The determination {determination} is called {outcome}, but no event says so."""

    remedy = "Change or withdraw it first, then name the event that did; nothing was recorded."


class ConfirmationNamesChange(Refused):
    """The determination {determination} stands as it was, and yet an event is named that changed it."""

    remedy = "Give the outcome changed or withdrawn, or no event; nothing was recorded."


class ChangeOfOther(Refused):
    """The event {changed_by} is no later event of what determined {determination}."""

    remedy = "Name the event that changed or withdrew it; nothing was recorded."


class DeterminationKind(Code):
    """What was determined."""

    unrecognised = "unrecognised"
    standing = "standing"
    finding = "finding"
    listing = "listing"


class EvidenceChange(Code):
    """What became of the evidence."""

    unrecognised = "unrecognised"
    corrected = "corrected"
    voided = "voided"
    nullified = "nullified"


class DeterminationOutcome(Code):
    """What looking again led to."""

    unrecognised = "unrecognised"
    confirmed = "confirmed"
    changed = "changed"
    withdrawn = "withdrawn"


class Determination(Aggregate):
    """A determination in question because of one piece of its evidence."""

    TOPIC = "Determination"

    def __init__(self) -> None:
        self.clinic_id: UUID | None = None
        self.determination = ""
        self.kind = DeterminationKind.unrecognised
        self.evidence = ""
        self.questioned_for: tuple[str, ...] = ()
        self.settled = False

    @property
    def concerns(self) -> UUID | None:
        """Return the clinic that was determined about."""
        return self.clinic_id

    class Event(RegistryEvent):
        """An event of a determination in question."""

    class DeterminationQuestioned(Opening, Event):
        """Evidence of a determination was corrected, voided or nullified; it is in question until looked at again."""

        TOPIC = "DeterminationQuestioned.v1"

        kind: DeterminationKind
        """What was determined."""
        determination: str
        """Id of the event in question: `<aggregate id>/<version>`."""
        evidence: str
        """Id of the event that it rests on: `<aggregate id>/<version>`."""
        change: EvidenceChange
        """What became of that evidence."""
        changed_by: str
        """Id of the event that corrected, voided or nullified it: `<aggregate id>/<version>`."""

        def mutate(self, aggregate: Any) -> Any:
            """Begin with the first change of the evidence and go on with every later one: one event says both."""
            if aggregate is None:
                return CanInitAggregate.mutate(self, None)
            return CanMutateAggregate.mutate(self, aggregate)

        def apply(self, questioned: Determination) -> None:
            """Put it in question, also when it was settled before."""
            questioned.clinic_id = self.context.clinic_id
            questioned.kind, questioned.determination = self.kind, self.determination
            questioned.evidence = self.evidence
            questioned.questioned_for = (*questioned.questioned_for, self.changed_by)
            questioned.settled = False

    class DeterminationConfirmed(Event):
        """An officer looked at the determination again, for sealed reasons; or its entry says something else by now."""

        TOPIC = "DeterminationConfirmed.v1"

        outcome: DeterminationOutcome
        """Whether it stands as it was."""
        changed_by: str | None = None
        """Id of the event that changed or withdrew it: `<aggregate id>/<version>`."""

        def apply(self, questioned: Determination) -> None:
            """Settle it."""
            questioned.settled = True

    @classmethod
    def question(
        cls,
        determination_id: UUID,
        act: Act,
        determination: tuple[DeterminationKind, str],
        evidence: str,
        change: tuple[EvidenceChange, str],
    ) -> Determination:
        """Put a determination, its kind and event, in question for what became of an evidence event, and by which."""
        _require_known(determination, evidence, change)
        content = _content(determination, evidence, change)
        return cls.begin(cls.DeterminationQuestioned, determination_id, act, **content)

    def question_again(self, act: Act, change: tuple[EvidenceChange, str]) -> None:
        """Put it in question for a further change of the same evidence; the same one is recognised."""
        if change[1] in self.questioned_for:
            raise AlreadyQuestioned(determination=self.determination, changed_by=change[1])
        determination = (self.kind, self.determination)
        _require_known(determination, self.evidence, change)
        content = _content(determination, self.evidence, change)
        self.record(self.DeterminationQuestioned, act, originator_topic=self.TOPIC, **content)

    def confirm(self, act: Act, outcome: DeterminationOutcome, changed_by: str | None = None) -> None:
        """Settle it: it stands, or a later event of what determined it changed or withdrew it."""
        if self.settled:
            raise DeterminationSettled(determination=self.determination)
        if outcome is DeterminationOutcome.unrecognised:
            raise InvalidInput(field="outcome", problem="is not in the code list")
        if outcome is DeterminationOutcome.confirmed:
            if changed_by is not None:
                raise ConfirmationNamesChange(determination=self.determination)
        elif changed_by is None:
            raise ChangeNotNamed(determination=self.determination, outcome=outcome)
        else:
            self._require_later(changed_by)
        self.record(self.DeterminationConfirmed, act, outcome=outcome, changed_by=changed_by)

    def _require_later(self, changed_by: str) -> None:
        earlier, later = event_place(self.determination, "determination"), event_place(changed_by, "changed_by")
        if later.aggregate_id != earlier.aggregate_id or later.version <= earlier.version:
            raise ChangeOfOther(changed_by=changed_by, determination=self.determination)


def _require_known(
    determination: tuple[DeterminationKind, str], evidence: str, change: tuple[EvidenceChange, str]
) -> None:
    if determination[0] is DeterminationKind.unrecognised or change[0] is EvidenceChange.unrecognised:
        raise InvalidInput(field="change", problem="is not in the code list")
    for field, event in (("determination", determination[1]), ("evidence", evidence), ("changed_by", change[1])):
        event_place(event, field)


def _content(
    determination: tuple[DeterminationKind, str], evidence: str, change: tuple[EvidenceChange, str]
) -> dict[str, Any]:
    return {
        "kind": determination[0],
        "determination": determination[1],
        "evidence": evidence,
        "change": change[0],
        "changed_by": change[1],
    }
