"""Where the time of a thousand events goes, from the command to the public page, stage by stage on one thread.

Not a row with a peer: the stages are run one after the other, so that each is told alone. `python -m bench.stages`
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import count
from typing import Any

import click

from application.command import Request
from bench.commanding import submission
from bench.ground import Busy, Ground, NoRoom, Scratch
from bench.relaying import Way
from consumers import builds
from consumers.fold import Fold
from consumers.following import Follower
from consumers.garbage import collect_seldom
from consumers.projector import BATCH, Projector, ProjectorPlan
from domain.codes import Via
from infra.avro_codec import Codec
from infra.event_store import EventStore
from infra.group_commit import GroupWriter
from infra.kafka_clients import open_consumer
from infra.kafka_log import Envelope
from infra.postgres import connect, open_pool
from infra.sealing import KeyRing
from infra.subject_keys import SubjectKeys
from interfaces.web.database_pages import DatabasePages
from interfaces.web.page_source import ListingQuery
from projections.catalogue import READ_MODELS
from tests.interfaces.importing.registries import CLINICS, PHYSICIAN, stored

EVENTS = 1_000
_WARM = 300
_COMMAND = "command: permit, validate, decide, remember"

STAGES: dict[str, tuple[type[Any], str]] = {
    "  key of the new patient, committed": (SubjectKeys, "keep"),
    "  is the treatment there already": (EventStore, "history"),
    "  seal two parts": (KeyRing, "seal"),
    "  encode": (Codec, "encode"),
    "  append, committed": (GroupWriter, "submit"),
}
"""What is told of a command beside the rest of it, and what does it."""


class Clock:
    """Seconds spent in each stage, itself alone: what is called within another stage is not counted twice."""

    def __init__(self) -> None:
        # Told in the order of the way, whichever ends first.
        self.seconds: dict[str, float] = dict.fromkeys((_COMMAND, *STAGES), 0.0)
        self._within: list[float] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done here."""
        began = time.perf_counter()
        self._within.append(0.0)
        try:
            yield
        finally:
            whole = time.perf_counter() - began
            inner = self._within.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + whole - inner
            if self._within:
                self._within[-1] += whole

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time counted; a generator's time is what it takes to its end."""

        @wraps(function)
        def counted(*given: Any, **named: Any) -> Any:
            with self.stage(name):
                found = function(*given, **named)
                return iter(list(found)) if isinstance(found, Iterator) else found

        return counted


@contextmanager
def watched(clock: Clock, stages: dict[str, tuple[type[Any], str]]) -> Iterator[None]:
    """Count the time of these methods while the block runs."""
    before = {name: getattr(kind, method) for name, (kind, method) in stages.items()}
    for name, (kind, method) in stages.items():
        setattr(kind, method, clock.timed(name, before[name]))
    try:
        yield
    finally:
        for name, (kind, method) in stages.items():
            setattr(kind, method, before[name])


def commanded(clock: Clock, dsn: str) -> None:
    """Submit treatments of new patients, one after the other."""
    numbers = count(1)
    with stored(dsn) as target:

        def submit() -> None:
            number = next(numbers)
            request = Request(actor=PHYSICIAN, key=f"k-{number}", via=Via.api, on_behalf_of=CLINICS[0])
            target.handler.execute(submission(number), request)

        for _ in range(_WARM):
            submit()
        with watched(clock, STAGES):
            for _ in range(EVENTS):
                with clock.stage(_COMMAND):
                    submit()


def projected(clock: Clock, ground: Ground, scratch: Scratch, topic: str) -> int:
    """Let every read model follow the topic, and return how many events there were."""
    with connect(scratch.dsn("icms_projector")) as connection, ExitStack() as stack:
        connection.execute("SET synchronous_commit = off")
        plan = ProjectorPlan(
            dsn=scratch.dsn("icms_projector"), servers=ground.kafka_servers("admin"), topic=topic,
            codec=ground.codec, models=READ_MODELS,
        )  # fmt: skip
        folds = [Fold(connection, make, builds.create(connection, make(), "live")) for make in plan.models]
        consumer = open_consumer(plan.servers, topic, "icms-bench", max_poll_records=BATCH)
        stack.callback(consumer.close)
        projector = Projector(connection, folds, consumer, plan)
        for fold in folds:
            # Each instance its own stage; the class's method stays as it is.
            setattr(fold, "apply", clock.timed(f"projector: {fold.build.name}", fold.apply))  # noqa: B010
        with watched(clock, {"projector: check against the store": (Follower, "sift")}):
            done = 0
            while done < _WARM + EVENTS:
                with clock.stage("projector: read from Kafka"):
                    done += projector.step()
    return done


def asked(clock: Clock, scratch: Scratch) -> None:
    """Ask for pages of the public listing."""
    with open_pool(scratch.dsn("icms_reader"), "icms bench", 1) as pool:
        pages = DatabasePages(pool)
        for _ in range(EVENTS):
            with clock.stage("page: the listing"):
                pages.search(ListingQuery())
            with clock.stage("page: one clinic"):
                pages.clinic(CLINICS[0], None)


def profile(ground: Ground) -> dict[str, float]:
    """Return the milliseconds of an event, or of a question, in each stage."""
    clock = Clock()
    collect_seldom()
    with ground.scratch() as unused, ground.database() as dsn:
        del unused  # made for its roles and their passwords
        scratch = Scratch(dsn)
        commanded(clock, dsn)
        told = {name: 1e3 * seconds / EVENTS for name, seconds in clock.seconds.items()}
        ids = {schema.topic: schema.id for schema in ground.schemas.all()}
        with ground.kafka_admin() as admin:
            way = Way(ground, scratch, admin, Envelope("urn:icms:bench", "https://registry.example", ids))
            topics = way.topics()
            told["relay: into both topics, acknowledged"] = 1e3 / way.send(topics)
            clock.seconds.clear()
            events = projected(clock, ground, scratch, topics.events)
        told |= {name: 1e3 * seconds / events for name, seconds in clock.seconds.items()}
        clock.seconds.clear()
        asked(clock, scratch)
        told |= {name: 1e3 * seconds / EVENTS for name, seconds in clock.seconds.items()}
    return told


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: milliseconds by stage.")
def main(*, as_json: bool) -> None:
    """Tell in which stage a thousand treatments of new patients spend their time, in milliseconds for each."""
    try:
        with Ground() as ground:
            found = profile(ground)
    except (NoRoom, Busy) as refusal:
        raise click.ClickException(f"{refusal} Nothing was measured.") from None
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, milliseconds in found.items():
        click.echo(f"{milliseconds:8.3f} ms  {name}")


if __name__ == "__main__":
    main()
