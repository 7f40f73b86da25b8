"""Clinics that the public may read of: their entries, published by the registry's own commands."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from application.command import CommandHandler, Request
from application.listings import ProposeListing
from bench.ground import Ground
from bench.keeping import CLOCK, policy_adopted
from domain.codes import Via
from domain.policy import Policy
from infra.clinic_index import StoreClinicIndex
from infra.event_store import EventStore
from infra.sealing import KeyRing
from interfaces.bootstrap import RealSurroundings
from tests.infra.scratch_store import record
from tests.interfaces.importing.registries import ID_KEY, MASTER


def list_clinics(ground: Ground, store: EventStore, clinics: Iterable[UUID]) -> None:
    """Publish an entry of every clinic that has none; those of clinics that were just enrolled are public at once."""
    adopted = policy_adopted()
    if store.load(Policy, adopted.id) is None:
        store.save([adopted], record(adopted.id))
    sealer = KeyRing(store.pool, MASTER, ID_KEY, ground.codec)
    handler = CommandHandler(store, sealer, RealSurroundings(), "icms bench", StoreClinicIndex(store.pool))
    for clinic in clinics:
        # The key is the clinic's: a store that is kept for the next run has the entry already.
        request = Request(actor=CLOCK, key=f"propose-{clinic}", via=Via.clock)
        handler.execute(ProposeListing(clinic_id=clinic), request)
