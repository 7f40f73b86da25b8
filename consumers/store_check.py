"""Every stored row is what its own bytes say: hash, columns, chain and place; each row is looked at once, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from consumers.findings import Findings, ProblemKind
from consumers.store_rows import StoreRows
from infra.avro_codec import Codec, UnknownSchema, UnreadableEvent
from infra.commitment import commitment, leaf_hash
from infra.event_log import StoredRow


def check_store(rows: StoreRows, codec: Codec, upto: int, progress: Callable[[int], None]) -> tuple[int, Findings]:
    """Return how many rows were looked at up to a position, and what is wrong with them."""
    findings = Findings()
    position = public_position = count = 0
    for page in rows.stream(0, upto):
        for row in page:
            if row.position != position + 1:
                findings.add(
                    ProblemKind.position_missing,
                    f"position {position + 1}",
                    f"the next row has position {row.position}",
                )
            for kind, detail in _problems(row, codec, public_position):
                findings.add(kind, f"position {row.position}", detail)
            position = row.position
            if row.disclosure == "public":
                public_position = position
        count += len(page)
        progress(position)
    if position != upto:
        findings.add(ProblemKind.position_missing, f"position {position + 1}", "no row has it")
    return count, findings


def _problems(row: StoredRow, codec: Codec, public_position: int) -> Iterator[tuple[ProblemKind, str]]:
    expected = public_position if row.disclosure == "public" else None
    if row.prev_public_position != expected:
        yield ProblemKind.public_chain_wrong, f"it names {row.prev_public_position}, the one before is {expected}"
    if leaf_hash(commitment(row.topic, row.originator_id, row.originator_version, row.state)) != row.leaf_hash:
        yield ProblemKind.hash_wrong, row.topic
    try:
        event = codec.decode(row.topic, row.state, row.originator_id, row.originator_version)
    except (UnknownSchema, UnreadableEvent) as error:
        yield ProblemKind.unreadable, f"{row.topic}: {error.name}"
        return
    said = {
        "recorded_at": (row.recorded_at, event.timestamp),
        "occurred_on": (row.occurred_on, event.context.occurred_on),
        "clinic_id": (row.clinic_id, event.context.clinic_id),
        "disclosure": (row.disclosure, codec.catalogue.by_topic(row.topic).disclosure),
    }
    for column, (stored, read) in said.items():
        if stored != read:
            yield ProblemKind.column_wrong, f"{column} of {row.topic}"
