"""The cache: whoever borrows gets an aggregate of their own, and never more than what is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from domain.codes import Role
from domain.officer import Officer
from infra.aggregate_cache import AggregateCache, copied
from tests.infra.scratch_store import act, officer


@dataclass
class Changing:
    """A value that is not frozen."""

    marks: list[str] = field(default_factory=list)


def granted(person: Officer, role: Role) -> Officer:
    person.grant(act(), role, founding=True)
    return person


def test_copies_share_nothing_that_can_change() -> None:
    original = officer()
    original.listed = [1, {"deep": [2]}]  # type: ignore[attr-defined]
    original.looked_up = {"key": {3}, "pair": (4, [5])}  # type: ignore[attr-defined]
    original.changing = Changing(["a"])  # type: ignore[attr-defined]
    before = repr(vars(original))

    twin = copied(original)
    twin.listed[1]["deep"].append(9)  # type: ignore[attr-defined]
    twin.looked_up["key"].add(9)  # type: ignore[attr-defined]
    twin.looked_up["pair"][1].append(9)  # type: ignore[attr-defined]
    twin.changing.marks.append("b")  # type: ignore[attr-defined]
    twin.pending_events.clear()

    assert repr(vars(original)) == before
    assert type(twin) is Officer


@dataclass
class Listing:
    """An event that makes something changeable of what was none."""

    originator_id: UUID
    originator_version: int = 2

    def mutate(self, aggregate: Officer) -> Officer:
        aggregate.listed = ["a"]  # type: ignore[attr-defined]
        return aggregate


def test_who_borrows_changes_nothing_that_is_kept() -> None:
    cache = AggregateCache()
    person = officer()
    person.listed, person.pair = (), (1, [2])  # type: ignore[attr-defined]
    cache.keep(person)
    cache.borrow(person.id)[0].pair[1].append(9)  # type: ignore[union-attr]
    assert cache.borrow(person.id)[0].pair == (1, [2])  # type: ignore[union-attr]

    cache.advance([Listing(person.id)])  # type: ignore[list-item]
    cache.borrow(person.id)[0].listed.append("b")  # type: ignore[union-attr]

    assert cache.borrow(person.id)[0].listed == ["a"]  # type: ignore[union-attr]


def test_saved_events_are_folded_and_gaps_are_forgotten() -> None:
    cache = AggregateCache()
    person = granted(officer(), Role.registrar)
    first, second = list(person.pending_events)

    cache.advance([first])  # type: ignore[list-item]
    assert cache.borrow(person.id)[1]
    cache.advance([second])  # type: ignore[list-item]
    kept, complete = cache.borrow(person.id)
    assert complete
    assert isinstance(kept, Officer)
    assert kept.roles == {Role.registrar}

    granted(granted(person, Role.auditor), Role.policy_officer)
    cache.advance(person.pending_events[3:])  # type: ignore[arg-type]
    assert cache.borrow(person.id) == (None, False)


def test_what_others_changed_is_marked_as_behind() -> None:
    cache = AggregateCache()
    person = officer()
    cache.keep(person)

    cache.outdate([(person.id, 1), (uuid4(), 7)])
    assert cache.borrow(person.id)[1]
    cache.outdate([(person.id, 2)])
    assert not cache.borrow(person.id)[1]
    cache.keep(granted(person, Role.registrar))
    assert cache.borrow(person.id)[1]


def test_older_state_does_not_replace_a_newer_one() -> None:
    cache = AggregateCache()
    person = officer()
    old = copied(person)
    cache.keep(granted(person, Role.registrar))

    cache.keep(old)

    kept, _ = cache.borrow(person.id)
    assert kept is not None
    assert kept.version == 2


def test_least_recently_used_is_dropped() -> None:
    cache = AggregateCache(size=2)
    first, second, third = officer(), officer(), officer()
    cache.keep(first)
    cache.keep(second)
    cache.borrow(first.id)

    cache.keep(third)

    assert [cache.borrow(each.id)[0] is not None for each in (first, second, third)] == [True, False, True]
