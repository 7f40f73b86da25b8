"""The judge of a run shares no code with what it judges: raw SQL, another Kafka client, the plain Avro library.

It answers whether anything that was acknowledged is lost, whether anything has effect twice, whether anything comes
out of order, and whether bytes are what they were; each verdict names the first offending event.

    python -m tests.campaign.oracle --help
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import psycopg

from tests.campaign.acknowledged import Acknowledged, NotAcknowledgements, judge_commands, judge_coverage
from tests.campaign.store_judge import judge_store
from tests.campaign.topic_judge import TopicSilent, judge_topic
from tests.campaign.verdict import Verdict
from tests.campaign.view_judge import judge_view

CLEAN, FAULTY, NOT_JUDGED = 0, 1, 2


def judge(
    owner_dsn: str,
    kafka: Mapping[str, Any],
    events: str,
    public: str,
    acknowledged: Iterable[Acknowledged] = (),
    *,
    views: Sequence[tuple[str, str]] = (),
    only_commands: bool = False,
) -> Verdict:
    """Judge a registry whose relay has come to the end of the log.

    `kafka` are options of confluent-kafka; `views` are schemas of read models, the one that is read and the one that
    was made anew, both at the same position; `only_commands` says that nothing but commands wrote to the store.

    Raises: TopicSilent, psycopg.Error
    """
    verdict = Verdict()
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        judge_store(connection, verdict)
        judge_commands(connection, acknowledged, verdict)
        if only_commands:
            judge_coverage(connection, verdict)
        judge_topic(connection, kafka, events, verdict, public=False)
        judge_topic(connection, kafka, public, verdict, public=True)
        for live, fresh in views:
            judge_view(connection, live, fresh, verdict)
    return verdict


@click.command()
@click.option("--dsn", required=True, help="How the owner of the database reaches it.")
@click.option("--bootstrap", required=True, help="Kafka's HOST:PORT, with commas between several.")
@click.option("--user", help="User of Kafka; the password is read from ICMS_ORACLE_KAFKA_PASSWORD. [none is asked]")
@click.option("--events", default="icms.registry.events.v1", show_default=True, help="Topic of all events.")
@click.option("--public", default="icms.registry.public.v1", show_default=True, help="Topic of the public ones.")
@click.option(
    "--acknowledged", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What clients wrote down."
)
@click.option("--only-commands", is_flag=True, help="Nothing but commands wrote: every event belongs to one.")
@click.option(
    "--view", "views", nargs=2, multiple=True, metavar="LIVE FRESH",
    help="Two schemas of a read model: the one that is read, and one made anew.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def main(
    dsn: str, bootstrap: str, user: str | None, events: str, public: str, acknowledged: Path | None,
    views: tuple[tuple[str, str], ...], *, only_commands: bool, as_json: bool,
) -> None:  # fmt: skip
    """Judge a registry that has come to rest. Ends with 0 if it is clean, 1 if not, 2 if it could not be judged."""
    told = Acknowledged.read(acknowledged) if acknowledged else ()
    try:
        verdict = judge(dsn, _options(bootstrap, user), events, public, told, views=views, only_commands=only_commands)
    except (TopicSilent, NotAcknowledgements, psycopg.Error, RuntimeError) as error:
        click.echo(f"Not judged: {error}", err=True)
        sys.exit(NOT_JUDGED)
    click.echo(json.dumps({**asdict(verdict), "clean": verdict.clean}) if as_json else str(verdict))
    sys.exit(CLEAN if verdict.clean else FAULTY)


def _options(bootstrap: str, user: str | None) -> dict[str, Any]:
    if user is None:
        return {"bootstrap.servers": bootstrap}
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": os.environ.get("ICMS_ORACLE_KAFKA_PASSWORD", ""),
    }


if __name__ == "__main__":
    main()
