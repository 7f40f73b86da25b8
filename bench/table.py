"""Every row of the benchmarks, in the order of the table; a bound is a ratio within one run."""

from __future__ import annotations

from bench.appending import against_library, against_raw, existing
from bench.asking import history as asked_history
from bench.commanding import import_rate, lacks_extract, whole_command
from bench.growth import PARTS, grown
from bench.keeping import due, obligations
from bench.kept import EVENTS, lacks_kept
from bench.message_store import against_message_store, lacks_npm
from bench.projecting import projected
from bench.reading import get_by_id, history, ordered_read
from bench.rebuilding import rebuilt
from bench.relaying import relay
from bench.row import Row
from bench.serving import under_load
from bench.verifying import verified
from bench.whole_way import SLOWEST, growing, largest, sustained
from projections.catalogue import READ_MODELS

_SAVE, _RAW = "save of a new aggregate", "psycopg BEGIN/INSERT/COMMIT"
_LIBRARY, _MESSAGE_DB = "the library's save", "message-db write_message"

ROWS = (
    Row(id="A1", what=f"{_SAVE}, 1 thread", against=_RAW, gate=0.7, goal=1.0, prepare=against_raw(1)),
    Row(id="A2", what=f"{_SAVE}, 8 threads", against=_RAW, gate=1.0, goal=1.5, prepare=against_raw(8)),
    Row(id="A3/8", what=f"{_SAVE}, 8 threads", against=_LIBRARY, gate=4.0, goal=5.0, prepare=against_library(8)),
    Row(id="A3/32", what=f"{_SAVE}, 32 threads", against=_LIBRARY, gate=7.0, goal=10.0, prepare=against_library(32)),
    Row(
        id="A4/8", what=f"{_SAVE}, 8 threads", against=_MESSAGE_DB, gate=1.7, goal=2.0,
        lacks=lacks_npm, prepare=against_message_store(8),
    ),
    Row(
        id="A4/32", what=f"{_SAVE}, 32 threads", against=_MESSAGE_DB, gate=2.5, goal=3.0,
        lacks=lacks_npm, prepare=against_message_store(32),
    ),
    Row(id="A5", what="change of an existing aggregate", against=_SAVE, gate=0.7, goal=0.8, prepare=existing),
    Row(id="A6", what="whole command, new patient", against=_SAVE, gate=0.4, goal=0.6, prepare=whole_command),
    Row(
        id="O1", what="events of obligations, by the clock", against="whole commands, as A6", gate=0.5, goal=1.0,
        prepare=obligations,
    ),
    Row(
        id="O2", what="a tick over 100,000 open obligations, 1,000 over", against="a bound", gate=5.0, goal=2.5,
        at_most=True, once=True, unit="s", prepare=due,
    ),
    Row(
        id="R1", what="ordered read of the store", against="the library's select_notifications", gate=2.8, goal=3.5,
        prepare=ordered_read,
    ),
    Row(
        id="R2", what="relay into both topics", against="the bare producer loop", gate=0.8, goal=0.9, prepare=relay,
    ),
    *(
        Row(
            id=f"P1/{make().name}", what=f"projector, {make().name}", against="one transaction per event", gate=13,
            goal=20, prepare=projected(make),
        )
        for make in READ_MODELS
    ),
    Row(
        id="H1", what="history of 10,000 events", against="fold of the same rows", gate=2.0, goal=1.5, at_most=True,
        unit="s", prepare=history,
    ),
    Row(id="Q1", what="get of a read model", against="SELECT 1", gate=0.4, goal=0.5, prepare=get_by_id),
    Row(id="I1", what="import of rows as treatments", against=f"{_SAVE}, 8 threads", gate=0.4, goal=0.6,
        lacks=lacks_extract, prepare=import_rate),
    Row(
        id="E1", what="due to visible, sustained", against=f"a clock, p99 ≤ {SLOWEST} s", gate=800, goal=2_000,
        once=True, prepare=sustained,
    ),
    Row(
        id="M1/most", what="memory of relay or projector", against="a bound", gate=200, goal=120, at_most=True,
        once=True, unit="MiB", prepare=largest,
    ),
    Row(
        id="M1/slope", what="growth of the one that grows more", against="a bound", gate=5, goal=1, at_most=True,
        once=True, unit="MiB/min", prepare=growing,
    ),
    Row(
        id="L1", what="listing and clinic page while 400 events/s flow, p99", against="a bound", gate=100, goal=50,
        at_most=True, once=True, unit="ms", prepare=under_load,
    ),
    Row(
        id="V1/logs", what="verify, the logs", against="reading the store and both topics", gate=0.5, goal=0.8,
        prepare=verified(()),
    ),
    Row(
        id="V1/all", what="verify, with all read models", against="reading the store and both topics", gate=0.5,
        goal=0.8, prepare=verified(READ_MODELS),
    ),
    *(
        Row(
            id=f"B1/{make().name}", what=f"rebuild of 1,000,000 events, {make().name}",
            against="COPY of the same rows, 2 indexes", gate=2.0, goal=1.0, at_most=True, once=True, unit="s",
            lacks=lacks_kept, prepare=rebuilt(make),
        )
        for make in READ_MODELS
    ),
    *(
        Row(
            id=f"G1/{part}", what=f"{part} at 1,000,000 events", against="at 10,000", gate=1.2, goal=1.05,
            at_most=True, unit="µs", lacks=lacks_kept, prepare=grown(part),
        )
        for part in PARTS
    ),
    Row(
        id="H2/now", what="icms history of 10,000 events", against="a bound", gate=3.0, goal=1.5, at_most=True,
        unit="s", lacks=lacks_kept, prepare=asked_history(None),
    ),
    Row(
        id="H2/as-of", what="the same, --as-of half-way", against="a bound", gate=3.0, goal=1.5, at_most=True,
        unit="s", lacks=lacks_kept, prepare=asked_history(EVENTS // 2),
    ),
)  # fmt: skip
