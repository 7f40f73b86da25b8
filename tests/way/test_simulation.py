"""Equal seed and start tell equal events; a simulation goes into an empty or simulated store, and forwards in time."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.aggregate import RegistryEvent
from infra.event_log import StoredRow
from tests.way.conftest import YEARS
from tests.way.installation import Answer, Installation

START = date(2024, 2, 1)
CLINICS = 8


def told(registry: Installation, *, seed: int = 7, start: date | None = START, clinics: int = CLINICS) -> Answer:
    """Let a small society live for a year, without a clock: relay and projector need not run."""
    begins = ("--start", start) if start else ()
    return registry.icms(
        "simulate", "--clinics", clinics, "--years", 1, "--seed", seed, *begins, "--no-clock", "--json"
    )


@pytest.fixture(scope="module")
def registries(way: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Installation]]:
    """Yield four registries with databases of their own and equal keys: one, its twin, another seed, a real one."""
    with ExitStack() as stack:
        made = []
        for _ in range(4):
            folder = tmp_path_factory.mktemp("simulated") / "state"
            made.append(stack.enter_context(way.beside(f"w_{secrets.token_hex(6)}", folder)))
            made[-1].services.prepare()
        for registry, seed in zip(made, (7, 7, 8), strict=False):
            answer = told(registry, seed=seed)
            assert answer.code == 0, answer.err
        made[-1].done("init", "--officer", "First officer", "--officer", "Second officer")
        yield made


def rows_of(registry: Installation) -> list[StoredRow]:
    with registry.bootstrap.log() as log:
        return log.read(0, 100_000)


def without_ciphertext(registry: Installation, row: StoredRow) -> RegistryEvent:
    """Return an event with the sealed bytes and their nonces taken out: they are random by design."""
    event: Any = registry.bootstrap.codec.decode(row.topic, row.state, row.originator_id, row.originator_version)
    sealed = tuple(dataclasses.replace(part, nonce=b"", content=b"") for part in event.context.sealed)
    context = dataclasses.replace(event.context, sealed=sealed)
    copied: RegistryEvent = dataclasses.replace(event, context=context)
    return copied


def without_hashes(row: StoredRow) -> dict[str, Any]:
    """Return the columns of a row, but what follows from ciphertext and from the store's own id."""
    left_out = ("state", "leaf_hash", "store_epoch")
    return {name: value for name, value in row._asdict().items() if name not in left_out}


def test_equal_seed_and_start_tell_equal_events(registries: list[Installation]) -> None:
    one, twin, _, _ = registries
    rows, others = rows_of(one), rows_of(twin)

    assert len(rows) > 100
    assert any(row.topic == "TreatmentSubmitted.v1" for row in rows)
    assert [without_hashes(row) for row in rows] == [without_hashes(row) for row in others]
    assert [without_ciphertext(one, row) for row in rows] == [without_ciphertext(twin, row) for row in others]


def test_what_seals_nothing_is_equal_byte_for_byte(registries: list[Installation]) -> None:
    one, twin, _, _ = registries

    plain = [
        (row, other)
        for row, other in zip(rows_of(one), rows_of(twin), strict=True)
        if not without_ciphertext(one, row).context.sealed
    ]

    assert plain
    assert all((row.state, row.leaf_hash) == (other.state, other.leaf_hash) for row, other in plain)


def test_another_seed_tells_another_story(registries: list[Installation]) -> None:
    one, _, another, _ = registries

    assert {row.originator_id for row in rows_of(one)}.isdisjoint(
        row.originator_id for row in rows_of(another) if row.disclosure != "public"
    )
    assert [row.topic for row in rows_of(one)] != [row.topic for row in rows_of(another)]


def test_a_store_that_is_not_simulated_is_refused_and_stays_as_it_is(registries: list[Installation]) -> None:
    real = registries[-1]
    before = rows_of(real)

    answer = told(real)

    assert (answer.code, json.loads(answer.err)["error"]) == (5, "StoreNotSimulated")
    assert f"{len(before)} events" in answer.err
    assert rows_of(real) == before


def test_time_does_not_run_backwards_but_goes_on(registries: list[Installation]) -> None:
    one = registries[0]
    before = rows_of(one)

    earlier = told(one, seed=9)
    later = told(one, seed=9, start=START + timedelta(days=366), clinics=2)

    assert (earlier.code, json.loads(earlier.err)["error"]) == (5, "AlreadySimulated")
    assert later.code == 0, later.err
    after = rows_of(one)
    assert after[: len(before)] == before
    assert len(after) == len(before) + later.json["new_events"]
    assert all(row.recorded_at >= before[-1].recorded_at for row in after[len(before) :])


def test_the_same_simulation_again_records_nothing(registries: list[Installation]) -> None:
    twin = registries[1]
    before = rows_of(twin)

    again = told(twin)

    assert (again.code, again.json["new_events"]) == (0, 0)
    assert rows_of(twin) == before


def test_a_simulation_that_would_end_in_the_future_is_refused(registries: list[Installation]) -> None:
    twin = registries[1]
    before = rows_of(twin)

    answer = told(twin, start=datetime.now(UTC).date())

    assert (answer.code, json.loads(answer.err)["error"]) == (3, "InvalidInput")
    assert rows_of(twin) == before


def test_without_a_start_it_ends_yesterday(way: Installation) -> None:
    # The installation was filled without a start; midnight may have passed since.
    times = [row.recorded_at for row in rows_of(way)]
    begun = times[0].date() + timedelta(days=round(YEARS * 365.25))
    simulated = [time for time in times if time.date() < begun]

    assert datetime.now(UTC).date() - begun <= timedelta(days=1)
    assert begun - simulated[-1].date() <= timedelta(days=7)
