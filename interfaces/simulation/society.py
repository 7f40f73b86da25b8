"""A made-up society: its officers, guidelines and clinics, and how each of them acts through the real commands.

A refusal by a rule is part of the plot (a clock that comes too early, a reply that came first); anything else is not.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from application.command import Actor, Command, CommandHandler, Receipt, Request
from application.guidelines import PublishGuideline, RetireGuideline, ReviseGuideline
from application.registries import CloseRegistry, ReviseRegistry
from consumers.clock_keeper import CLOCK_ID
from domain.aggregate import Source
from domain.codes import Channel, Role, Sha256, Via
from domain.dates import day
from domain.errors import Refused
from domain.guideline import GuidelineItem, GuidelineKind, GuidelineStage, GuidelineVersion
from domain.registry import DEFAULT_REGISTRIES
from interfaces.simulation.agenda import Agenda, Life
from interfaces.simulation.cast import Part
from interfaces.simulation.passing_time import PassingTime
from interfaces.simulation.recollection import Recollection
from interfaces.simulation.surroundings import SimulatedSurroundings

_GUIDELINES = (
    (
        GuidelineKind.clinical,
        GuidelineStage.re_implantation,
        "Patient selection, information and re-implantation",
        (
            ("consent", "Every patient is told in writing what is known and what is not", True, True),
            ("selection", "Contraindications are checked and recorded before collection", True, False),
            ("asepsis", "Products are given under aseptic conditions", True, False),
            ("follow-up", "Every patient is followed up by the registry's schedule", False, False),
        ),
    ),
    (
        GuidelineKind.laboratory,
        GuidelineStage.processing,
        "Processing and release of cells",
        (
            ("sterility", "Every batch is tested for sterility before release", True, True),
            ("viability", "Viability and dose are measured and recorded", True, False),
            ("traceability", "Every product can be traced from donor to patient", True, True),
        ),
    ),
)


@dataclass(slots=True)
class GuidelineOnOffer:
    """A guideline as clinics of the simulation know it."""

    guideline_id: UUID
    version: str
    items: tuple[GuidelineItem, ...]


@dataclass(slots=True)
class Society:
    """The society's side, and the door through which everybody in the simulation acts."""

    handler: CommandHandler
    agenda: Agenda
    officers: tuple[UUID, ...]
    key_of: Callable[[int], str]
    recollection: Recollection
    passing: PassingTime | None = None
    guidelines: list[GuidelineOnOffer] = field(default_factory=list)
    first_clinic: UUID | None = None
    staff: list[UUID] = field(default_factory=list)
    """Officers beside the founders, in the order of their appointment."""
    persons: dict[UUID, UUID] = field(default_factory=dict)
    """Who speaks for each clinic."""
    parts: dict[UUID, Part] = field(default_factory=dict)
    """What is written down about clinics of the cast."""
    registries: dict[UUID, str] = field(default_factory=dict)
    """In which registry each clinic takes part, or would."""
    reports: list[str] = field(default_factory=list)
    """Events by which harm was reported, the newest last."""
    recorded: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    _commands: int = 0

    def do(
        self,
        command: Command,
        role: Role,
        *,
        clinic: UUID | None = None,
        person: UUID | None = None,
        via: Via = Via.api,
    ) -> Receipt | None:
        """Give a command in this role; return None when a rule refuses it."""
        self._commands += 1
        if self._commands <= self.recollection.last or (self.passing and self.passing.reached(self.now)):
            return self._recalled()
        if isinstance(self.handler.surroundings, SimulatedSurroundings):
            self.handler.surroundings.turn_to(self._commands)
        actor = Actor(person=person or self._person(role), role=role)
        needs_source = role in {Role.registrar, Role.safety_officer}
        request = Request(
            actor=actor,
            key=self.key_of(self._commands),
            via=Via.clock if role is Role.system else via,
            on_behalf_of=clinic if role is Role.clinic else None,
            source=Source(channel=Channel.paper, reference=f"F-{self._commands}") if needs_source else None,
        )
        try:
            receipt = self.handler.execute(command, request)
        except Refused as refusal:
            self.refused[refusal.name] += 1
            return None
        if receipt.last_position and not receipt.repeat:
            self.recorded += receipt.last_position - receipt.first_position + 1
        return receipt

    def _recalled(self) -> Receipt | None:
        """Answer a command that was given before this simulation was interrupted, as it was answered then."""
        receipt = self.recollection.receipts.get(self._commands)
        if receipt is None:
            self.refused["before the interruption"] += 1
        return receipt

    def must(self, command: Command, role: Role, *, clinic: UUID | None = None, person: UUID | None = None) -> Receipt:
        """Give a command that the plot relies on."""
        receipt = self.do(command, role, clinic=clinic, person=person)
        if receipt is None:
            msg = f"the simulation's own plot was refused: {command.AGGREGATE} {command.VERB} {dict(self.refused)}"
            raise RuntimeError(msg)
        return receipt

    def person_of(self, clinic: UUID) -> UUID:
        """Return who speaks for a clinic."""
        return self.persons.get(clinic, UUID(int=1, version=4))

    @property
    def now(self) -> datetime:
        """Return the simulated time."""
        return self.agenda.now

    def work(self, chance: Random) -> Life:
        """Publish the guidelines, ask for them in every registry, and revise one after a year and a half."""
        for kind, stage, title, demands in _GUIDELINES:
            items = tuple(
                GuidelineItem(item_id=name, text=text, critical=critical, evidence_required=evidence)
                for name, text, critical, evidence in demands
            )
            content = self._version(title, f"{self.now.year}.1", items)
            receipt = self.must(PublishGuideline(kind=kind, stage=stage, content=content), Role.guideline_editor)
            self.guidelines.append(GuidelineOnOffer(receipt.aggregate_id, content.version, items))
            yield self.now + timedelta(minutes=7)
        ethics = (GuidelineItem(item_id="claims", text="Claims are proved", critical=False, evidence_required=False),)
        content = self._version("Statement on advertising", f"{self.now.year}.1", ethics)
        statement = self.must(PublishGuideline(kind=GuidelineKind.ethics, content=content), Role.guideline_editor)
        asked = tuple(each.guideline_id for each in self.guidelines)
        for short_code, terms in DEFAULT_REGISTRIES:
            revision = ReviseRegistry(
                short_code=short_code,
                title=terms.title,
                scope=terms.scope,
                form_version="2",
                schedule=terms.schedule,
                guidelines=asked,
            )
            self.must(revision, Role.registrar)
            yield self.now + timedelta(minutes=3)
        yield self.now + timedelta(days=chance.randint(500, 560))
        self._revise(self.guidelines[1], _GUIDELINES[1][2])
        yield self.now + timedelta(days=chance.randint(60, 120))
        explanation = "Its questions are answered by the guideline on re-implantation."
        self.do(RetireGuideline(guideline_id=statement.aggregate_id, explanation=explanation), Role.guideline_editor)
        closing = CloseRegistry(short_code="autoimmune", explanation="No clinic asked to join it in two years.")
        self.do(closing, Role.registrar)

    def _revise(self, offered: GuidelineOnOffer, title: str) -> None:
        further = GuidelineItem(
            item_id="endotoxin",
            text="Cultured products are tested for endotoxin before release",
            critical=True,
            evidence_required=True,
        )
        content = self._version(title, f"{self.now.year}.2", (*offered.items, further))
        self.must(ReviseGuideline(guideline_id=offered.guideline_id, content=content), Role.guideline_editor)
        offered.version, offered.items = content.version, content.items

    def _version(self, title: str, version: str, items: tuple[GuidelineItem, ...]) -> GuidelineVersion:
        return GuidelineVersion(
            title=title,
            version=version,
            language="en",
            document_hash=document(title, version),
            effective_on=day(self.now.date()),
            items=items,
        )

    def _person(self, role: Role) -> UUID:
        if role is Role.system:
            return CLOCK_ID
        return self.officers[1 if role is Role.safety_officer else 0]


def document(*words: str) -> Sha256:
    """Return the SHA-256 of a made-up document."""
    return Sha256(hashlib.sha256(" ".join(words).encode()).hexdigest())


def some_days(chance: Random, low: float, high: float) -> timedelta:
    """Return a made-up waiting time between two numbers of days."""
    return timedelta(seconds=round(chance.uniform(low, high) * 86_400))


def seeds(seed: int, count: int) -> Iterator[tuple[int, Random]]:
    """Yield a number and a source of chance for each clinic, independent of the other clinics."""
    for number in range(1, count + 1):
        yield number, Random(f"clinic {seed} {number}")
