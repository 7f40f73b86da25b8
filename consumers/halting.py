"""Why a worker stops working: because something is away, because a person must look, or because it is in doubt."""

from __future__ import annotations

from domain.errors import RegistryError


class Halted(RegistryError):
    """This process does nothing more until a person has looked."""


class InDoubt(RegistryError):
    """This process cannot know what became of what it sent: {problem}."""

    remedy = "It ends and starts anew, asking the topics what they have; nothing is lost or doubled by that."


class LeaseLost(InDoubt):
    """Another relay has taken over."""

    remedy = "This one ends; what it still had on its way can only be repeated, and readers drop repeats."


class StoreBehindTopic(Halted):
    """The topic {topic} holds a record of position {position}, but this store ends at {head}."""

    remedy = (
        "Nothing was published. Either this database was restored from a backup older than the topic: then recover it "
        "from the topic, and let nobody record anything before. Or somebody else wrote that record (offset {offset}): "
        "then change the relay's password and let it go on with: icms relay resume-past-forgeries"
    )


class ForeignRecordAtEnd(Halted):
    """The last record of {topic} (offset {offset}) is not this store's: {difference}."""

    remedy = (
        "Nothing was published; readers drop such records, and every event is safe in the store. If this database was "
        "restored or exchanged, put the right one back. If somebody else wrote it, change the relay's password, then: "
        "icms relay resume-past-forgeries"
    )


class StoreRewritten(Halted):
    """Position {position} of the store is no longer what was published or applied before."""

    remedy = (
        "Nothing more is published or applied, and what is there stays as it is. The database was restored or changed "
        "by hand: compare it with the topic (icms verify) and put the right one back."
    )


class SchemaMissing(Halted):
    """Position {position} holds {topic}, which this version of the software does not know."""

    remedy = "Nothing was skipped. Install the version that recorded it, or a newer one, and start again."


class AnotherRunner(RegistryError):
    """Another process moved the cursor of {name} (build {build}); this one stops."""

    remedy = "Nothing was applied twice. Run one projector per read model."
