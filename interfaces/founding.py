"""The opening of a store: once, with its keys, its mark, its first officers, policy and registries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg

from application.command import Actor, CommandHandler, Receipt, Request
from application.officers import FoundSociety, founding_key
from application.ports import Surroundings
from domain.codes import Role, Via
from infra import postgres
from infra.key_files import awaits_keys, register_keys
from infra.postgres_refusals import StoreNotOpened
from interfaces.bootstrap import Bootstrap

SYSTEM = UUID("00000000-0000-4000-8000-000000000001")
"""Who acts where no person does: the founding, the clock."""


def open_store(bootstrap: Bootstrap, *, simulated: bool) -> None:
    """Mark the database as a store and tie it to its keys; may be repeated with the same mark.

    Both are done or neither. Keys are made only where no store is tied to others yet: one whose keys are gone must
    not get new ones.
    """
    with postgres.connect(bootstrap.owner_dsn, "icms init") as connection:
        keys = bootstrap.keys(may_create=not _is_open(connection) or awaits_keys(connection))
        with connection.transaction():
            postgres.mark_store(connection, simulated=simulated)
            register_keys(connection, keys)


def is_open(bootstrap: Bootstrap) -> bool:
    """Tell whether the database holds a store already."""
    with postgres.connect(bootstrap.owner_dsn, "icms init") as connection:
        return _is_open(connection)


def _is_open(connection: psycopg.Connection[Any]) -> bool:
    try:
        postgres.store_facts(connection)
    except StoreNotOpened:
        return False
    return True


def found(handler: CommandHandler, officers: tuple[str, str]) -> Receipt:
    """Found the society; the same officers again are a repeat, others are refused."""
    command = FoundSociety(officers=officers)
    request = Request(actor=Actor(person=SYSTEM, role=Role.system), key=founding_key(command), via=Via.cli)
    return handler.execute(command, request)


def initialise(
    bootstrap: Bootstrap,
    officers: tuple[str, str],
    *,
    simulated: bool,
    surroundings: Surroundings | None = None,
    new_subject: Callable[[], UUID] = uuid4,
) -> Receipt:
    """Open the store and found the society."""
    open_store(bootstrap, simulated=simulated)
    with bootstrap.writer(surroundings, new_subject) as handler:
        return found(handler, officers)


def officer_ids(connection: psycopg.Connection[tuple[UUID]]) -> tuple[UUID, ...]:
    """Return the ids of all officers, in the order of their appointment."""
    rows = connection.execute(
        "SELECT originator_id FROM registry.events WHERE topic LIKE 'OfficerAppointed.%' ORDER BY position"
    ).fetchall()
    return tuple(row[0] for row in rows)
