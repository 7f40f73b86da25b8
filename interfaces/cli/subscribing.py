"""Subscribe as an outside service does: with what a subscriber is given, and with nothing else of this installation.

A record at or below the last position is a repeat and dropped; one that names another predecessor is a miss and ends
the subscription, because what comes after it would hide the gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from domain.errors import Unavailable
from interfaces.bootstrap import Bootstrap
from interfaces.cli.events import decoded
from interfaces.cli.output import json_option, print_entries, print_json, print_json_line, print_rows, say

if TYPE_CHECKING:
    from infra.kafka_log import KafkaRecord


class Access(NamedTuple):
    """What somebody needs who subscribes from a program of their own."""

    bootstrap_servers: str
    security_protocol: str
    sasl_mechanism: str
    user: str
    password: str | None
    """None where an own Kafka is configured and the password was not told to us."""
    ca_file: str | None
    topic: str
    group_prefix: str
    """With what the name of a consumer group must begin."""
    schema_endpoint: str

    def librdkafka(self) -> dict[str, str]:
        """Return it as settings of librdkafka, which clients in C, Python, Go, .NET and Node take as they are."""
        named = {
            "bootstrap.servers": self.bootstrap_servers,
            "security.protocol": self.security_protocol,
            "sasl.mechanism": self.sasl_mechanism,
            "sasl.username": self.user,
            "sasl.password": self.password,
            "ssl.ca.location": self.ca_file,
            "group.id": f"{self.group_prefix}1",
            "auto.offset.reset": "earliest",
        }
        return {name: value for name, value in named.items() if value is not None}


class RecordMissed(Unavailable):
    """The topic {topic} names position {previous} as the one before {position}, but the last one seen was {last}."""

    remedy = "Nothing is lost: the store has every event. Look at icms status and icms verify, then subscribe again."


@click.command("subscribe")
@click.option("--show", is_flag=True, help="Show addresses, user and password instead of following.")
@click.option("--auditor", is_flag=True, help="As the auditor: every event, not the public ones alone.")
@click.option("--after", type=click.IntRange(0), default=0, show_default=True, help="Begin behind this position.")
@click.option("--limit", type=click.IntRange(1), help="End after so many; otherwise with Ctrl-C.")
@json_option
@click.pass_obj
def subscribe(bootstrap: Bootstrap, *, show: bool, auditor: bool, after: int, limit: int | None, as_json: bool) -> None:
    """Follow the public events as an outside service does, or show what a program of your own needs for it.

    docs/subscribing.md has ten lines that do the same with a standard client.
    """
    who = "auditor" if auditor else "subscriber"
    if show:
        _show(access(bootstrap, who), as_json=as_json)
        return
    for number, record in enumerate(_records(bootstrap, who, after), start=1):
        entry = _entry(bootstrap, record)
        if as_json:
            print_json_line(entry)
        else:
            print_entries([entry])
        if number == limit:
            return


def access(bootstrap: Bootstrap, who: str) -> Access:
    """Return what the auditor or the subscriber needs; raise StackNotRunning."""
    servers = bootstrap.kafka_servers(who)
    return Access(
        bootstrap_servers=servers.bootstrap_servers,
        security_protocol=servers.security_protocol,
        sasl_mechanism=servers.sasl_mechanism,
        user=servers.user,
        password=servers.password or None,
        ca_file=str(servers.ca_file) if servers.ca_file else None,
        topic=_topic(bootstrap, who),
        group_prefix=f"{servers.user}-",
        schema_endpoint=bootstrap.public_address,
    )


def _show(found: Access, *, as_json: bool) -> None:
    if as_json:
        print_json({**found._asdict(), "librdkafka": found.librdkafka()})
        return
    rows = ({"what": name.replace("_", " "), "value": value} for name, value in found._asdict().items())
    print_rows(rows, ("what", "value"), as_json=False)
    if found.password is None:
        say("The password of this user was not told to us: ask who runs your Kafka.")


def _topic(bootstrap: Bootstrap, who: str) -> str:
    return bootstrap.topics.events if who == "auditor" else bootstrap.topics.public


def _records(bootstrap: Bootstrap, who: str, after: int) -> Iterator[KafkaRecord]:
    """Yield what follows a position, each record once; raise RecordMissed at a gap, KafkaRefused."""
    topic, last = _topic(bootstrap, who), 0
    for record in _as_written(bootstrap, who, topic):
        if record.position <= last:
            continue
        if record.prev_position != last:
            raise RecordMissed(topic=topic, previous=record.prev_position, position=record.position, last=last)
        last = record.position
        if last > after:
            yield record


def _as_written(bootstrap: Bootstrap, who: str, topic: str) -> Iterator[KafkaRecord]:
    """Yield the topic's records from its beginning; what does not look like one of ours is left out and told."""
    from infra.kafka_clients import open_consumer, records_of
    from infra.kafka_log import ForeignRecord, parse
    from infra.kafka_refusals import naming

    servers = bootstrap.kafka_servers(who)
    with (
        closing(open_consumer(servers, topic, "icms-subscribe")) as consumer,
        naming(servers.bootstrap_servers, servers.user, f"read {topic}"),
    ):
        while True:
            for written in records_of(consumer.poll(timeout_ms=500)):
                try:
                    yield parse(written)
                except ForeignRecord as foreign:
                    say(f"the record at offset {written.offset} is none of this registry's: {foreign}")


def _entry(bootstrap: Bootstrap, record: KafkaRecord) -> dict[str, Any]:
    from infra.event_log import StoredRow

    event = bootstrap.codec.decode(record.topic, record.state, record.aggregate_id, record.version)
    row = StoredRow(
        position=record.position,
        originator_id=record.aggregate_id,
        originator_version=record.version,
        topic=record.topic,
        state=record.state,
        recorded_at=event.timestamp,
        occurred_on=event.context.occurred_on,
        clinic_id=event.context.clinic_id,
        leaf_hash=record.leaf_hash,
        disclosure=dict(record.headers)["disclosure"].decode(),
        prev_public_position=None,
        store_epoch=record.store_epoch,
    )
    return decoded(bootstrap, row)
