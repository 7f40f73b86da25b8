"""An enrolled clinic as all its lives share it: who acts for it, its habits, and whether it is silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from application.command import Command, Receipt
from domain.codes import Role
from domain.dates import local_day
from interfaces.simulation.cast import Part
from interfaces.simulation.places import Place, Speciality
from interfaces.simulation.society import Society, some_days

_HABITS = {"careful": 55, "ordinary": 33, "careless": 12}
_LATE = {"careful": 0.004, "ordinary": 0.02, "careless": 0.25, "exemplary": 0.0, "negligent": 1.0}
_NEVER = {"careful": 0.0005, "ordinary": 0.002, "careless": 0.12, "exemplary": 0.0, "negligent": 0.0}
_LESSONS = {
    "record": (0.1, 0.32, 0.334, 0.345, 0.9),
    "report": (0.01, 0.05, 0.9),
    "closing": (0.01, 0.9),
    "query": (0.01, 0.9, 0.9, 0.9),
}
"""What an instructive clinic draws instead of chance, one after the other."""


@dataclass(slots=True)
class Episode:
    """One treatment of one patient, as what happens to it knows it."""

    performed_on: date
    treatment_id: UUID | None = None
    over: bool = False


class Member:
    """One enrolled clinic."""

    def __init__(
        self,
        society: Society,
        clinic_id: UUID,
        person: UUID,
        speciality: Speciality,
        place: Place,
        chance: Random,
        part: Part | None = None,
    ) -> None:
        self.society = society
        self.clinic_id = clinic_id
        self.person = person
        self.speciality = speciality
        self.place = place
        self.chance = chance
        self.habit = chance.choices(list(_HABITS), list(_HABITS.values()))[0]
        self.per_month = chance.choice([0.4, 0.8, 1.2, 2.0, 3.0])
        self.gone = False
        self.part = part or Part(name="", ending="")
        self.habit = self.part.habit or self.habit
        self.per_month = self.part.per_month or self.per_month
        self.postponed: list[Callable[[], object]] = []
        """What a negligent clinic should have done, until it improves."""
        self._lessons: dict[str, int] = {}

    def do(self, command: Command) -> Receipt | None:
        """Act as the clinic; one that is gone sends nothing."""
        if self.gone:
            return None
        return self.society.do(command, Role.clinic, clinic=self.clinic_id, person=self.person)

    def waits(self, promptly: tuple[float, float], late: tuple[float, float]) -> timedelta | None:
        """Return how long this clinic takes, or None when it never does."""
        luck = self.chance.random()
        if luck < _NEVER[self.habit]:
            return None
        return some_days(self.chance, *(late if luck < _NEVER[self.habit] + _LATE[self.habit] else promptly))

    def later(self, deed: Callable[[], object], waiting: timedelta) -> None:
        """Do something after some time, or put it off for as long as the clinic is negligent."""
        if self.habit == "negligent":
            self.postponed.append(deed)
        else:
            self.society.agenda.once(deed, self.society.now + waiting)

    def luck(self, kind: str) -> float:
        """Return a number from 0 to 1 on which it depends what becomes of a record."""
        drawn = self.chance.random()
        if not self.part.instructive:
            return drawn
        number = self._lessons[kind] = self._lessons.get(kind, -1) + 1
        return _LESSONS[kind][number % len(_LESSONS[kind])]

    def improve(self) -> None:
        """Do everything from now on, and what was put off within some days."""
        self.habit = "exemplary"
        for number, deed in enumerate(self.postponed):
            self.society.agenda.once(deed, self.society.now + timedelta(days=1, hours=number))
        self.postponed = []

    def today(self) -> date:
        """Return the present day at the clinic."""
        return local_day(self.society.now, self.place.time_zone)
