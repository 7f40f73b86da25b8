"""What the append function must do, said once more in a few lines of Python: the oracle for random groups."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from infra.append import Submission, pack
from tests.infra.scratch_store import event, record

Answer = tuple[str, int, int, int]


@dataclass
class Wish:
    """One command of a random group."""

    key: int
    request: int
    events: list[tuple[int, int, datetime]]
    """Aggregate number, version, time."""

    def packed(self) -> Submission:
        """Return it as it is sent."""
        events = [event(UUID(int=number), version, recorded_at=moment) for number, version, moment in self.events]
        version = self.events[0][1] if self.events else 0
        aggregate_id = UUID(int=self.events[0][0] if self.events else 1)
        keys = {"key": self.key.to_bytes(32, "big"), "request": self.request.to_bytes(32, "big")}
        return pack(record(aggregate_id, **keys), version, events)  # type: ignore[arg-type]


@dataclass
class AppendModel:
    """The state that decides about the next command."""

    now: datetime
    versions: dict[int, int] = field(default_factory=dict)
    commands: dict[int, tuple[int, Answer]] = field(default_factory=dict)
    newest: datetime | None = None
    head: int = 0
    words: list[str] = field(default_factory=list)

    def append(self, wish: Wish) -> Answer:
        """Return word, version, first and last position."""
        answer = self._decide(wish)
        self.words.append(answer[0])
        return answer

    def _decide(self, wish: Wish) -> Answer:
        if wish.key in self.commands:
            request, (_, *rest) = self.commands[wish.key]
            return ("repeat" if request == wish.request else "key_reused", *rest)  # type: ignore[return-value]
        asked_version = wish.events[0][1] if wish.events else 0
        versions, newest = dict(self.versions), self.newest
        for number, version, moment in wish.events:
            if version != versions.get(number, 0) + 1:
                return "conflict", asked_version, 0, 0
            if moment > self.now + timedelta(minutes=5):
                return "time_ahead", asked_version, 0, 0
            if newest is not None and moment < newest - timedelta(seconds=2):
                return "time_behind", asked_version, 0, 0
            versions[number] = version
            newest = max(newest or moment, moment)
        self.versions, self.newest = versions, newest
        first, self.head = self.head + 1, self.head + len(wish.events)
        answer = ("done", asked_version, first, self.head) if wish.events else ("done", 0, 0, 0)
        self.commands[wish.key] = wish.request, answer
        return answer


def random_group(chance: random.Random, model: AppendModel) -> list[Wish]:
    """Return commands that often collide: few aggregates, few keys, now and then a time out of line."""
    planned = dict(model.versions)
    return [_wish(chance, model, planned) for _ in range(chance.choice((1, 1, 1, 2, 3, 8)))]


def _wish(chance: random.Random, model: AppendModel, planned: dict[int, int]) -> Wish:
    events = []
    for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
        number = chance.randrange(2, 14)
        version = max(1, planned.get(number, 0) + chance.choice((1, 1, 1, 1, 1, 1, 0, 2)))
        planned[number] = version
        seconds = chance.choice((0, 0, 0, 0, 0, 0, 0, 0, 1.5, 30, -600))
        events.append((number, version, model.now - timedelta(seconds=seconds)))
    known = list(model.commands) or [0]
    key = (
        chance.choice(known)
        if chance.random() < 0.15
        else chance.choice((chance.getrandbits(60), chance.randrange(1, 9)))
    )
    return Wish(key, chance.choice((1, 1, 1, 2)), events)
