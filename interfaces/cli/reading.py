"""Histories, compliance and listing: each answer says as of which position it is true."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import click
import psycopg

from domain.duties import DutyStatus, Rule
from domain.errors import NotFound
from domain.public_category import PublicCategory
from infra import postgres
from interfaces.bootstrap import Bootstrap
from interfaces.cli.output import plain, print_entries, print_json, print_rows, say
from interfaces.cli.reading_options import (
    as_of_option,
    day_option,
    happened_by_option,
    min_position_option,
    resolve,
)
from interfaces.cli.stack import json_option
from interfaces.unsealing import Unsealer
from projections import audit_trail, compliance_status, public_listing
from projections.live import reading

_PAGE = 500


@click.command("history")
@click.argument("identity", metavar="ID", type=click.UUID)
@as_of_option
@happened_by_option
@click.option("--type", "types", multiple=True, help="Only events of this type; may be repeated.")
@click.option("--unseal", is_flag=True, help="Open the sealed parts; what was erased shows as erased.")
@click.option("--limit", type=click.IntRange(1), help="Show at most so many.")
@min_position_option
@json_option
@click.pass_obj
def history(
    bootstrap: Bootstrap,
    *,
    identity: UUID,
    as_of: str | None,
    happened_by: date | None,
    types: tuple[str, ...],
    unseal: bool,
    limit: int | None,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Replay a clinic, treatment, adverse event … as it happened, as of any day or position.

    ID is the clinic's id, or that of any other aggregate.
    """
    with bootstrap.reader() as connection:
        position = resolve(connection, as_of)
        with reading(connection, "audit_trail", max(position or 0, min_position or 0) or None) as (cursor, build):
            unsealer = Unsealer(bootstrap) if unseal else None
            entries = _entries(bootstrap, cursor, identity, position, happened_by, types)
            rows = (_row(each, unsealer) for each in _first(entries, limit))
            count = print_rows(rows, (), as_json=True) if as_json else print_entries(rows)
            if unsealer is not None:
                unsealer.close()
    if not count and not _exists(bootstrap, identity):
        raise NotFound(what="clinic or other aggregate", id=identity)
    if not as_json:
        say(f"{count} events, as of position {position or build.position}")


def _entries(
    bootstrap: Bootstrap,
    cursor: psycopg.Cursor[Any],
    identity: UUID,
    position: int | None,
    happened_by: date | None,
    types: tuple[str, ...],
) -> Iterator[audit_trail.TrailEntry]:
    """Yield the events that concern a clinic, or else those of the aggregate with this id, page by page."""
    topics = [schema.topic for schema in bootstrap.catalogue.all() if schema.name in types] if types else None
    if types:
        known = {schema.name for schema in bootstrap.catalogue.all()}
        unknown = [each for each in types if each not in known]
        if unknown:
            raise NotFound(what="event type", id=unknown[0])
    found = False
    for query in (audit_trail.of_clinic, audit_trail.of_aggregate):
        after: int | None = 0
        while after is not None and not (found and query is audit_trail.of_aggregate):
            page = query(
                cursor,
                identity,
                decode=bootstrap.codec.decode,
                as_of=position,
                happened_by=happened_by,
                topics=topics,
                after=after,
                limit=_PAGE,
            )
            yield from page.entries
            after = page.after
            found = found or (query is audit_trail.of_clinic and bool(page.entries))


def _first(entries: Iterator[audit_trail.TrailEntry], limit: int | None) -> Iterator[audit_trail.TrailEntry]:
    for number, entry in enumerate(entries):
        if limit is not None and number >= limit:
            return
        yield entry


def _row(entry: audit_trail.TrailEntry, unsealer: Unsealer | None) -> dict[str, Any]:
    row = {**entry._asdict(), "who": entry.who._asdict(), "sealed": [each._asdict() for each in entry.sealed]}
    if unsealer is not None and entry.sealed:
        row["sealed"] = unsealer.open(entry.position)
    return row


def _exists(bootstrap: Bootstrap, identity: UUID) -> bool:
    with bootstrap.reader() as connection:
        query = """
            SELECT 1 FROM registry.events WHERE originator_id = %(id)s
            UNION ALL SELECT 1 FROM registry.events WHERE clinic_id = %(id)s LIMIT 1
        """
        return connection.execute(query, {"id": identity}).fetchone() is not None


@click.command("compliance")
@click.argument("clinic", type=click.UUID, required=False)
@day_option
@click.option("--rule", type=click.Choice([each.value for each in Rule]), help="Only duties of this rule.")
@click.option("--status", type=click.Choice([each.value for each in DutyStatus]), help="Only duties that stand so.")
@click.option("--figures", is_flag=True, help="With a clinic: completeness, timeliness and counts instead of duties.")
@as_of_option
@happened_by_option
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Show at most so many.")
@min_position_option
@json_option
@click.pass_obj
def compliance(
    bootstrap: Bootstrap,
    *,
    clinic: UUID | None,
    day: date | None,
    rule: str | None,
    status: str | None,
    figures: bool,
    as_of: str | None,
    happened_by: date | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show how clinics stand to their duties as of a day: rule, due date, status, evidence.

    Without CLINIC, those of all clinics.
    """
    wanted = day or datetime.now(UTC).date()
    if clinic is None and (figures or happened_by):
        msg = "--figures and --happened-by need a clinic"
        raise click.UsageError(msg)
    with bootstrap.reader() as connection:
        position = resolve(connection, as_of)
        model = reading(connection, "compliance_status", max(position or 0, min_position or 0) or None)
        with model as (cursor, build):
            if clinic is None:
                page = compliance_status.list_status(
                    cursor,
                    wanted,
                    rule=Rule(rule) if rule else None,
                    status=DutyStatus(status) if status else None,
                    as_of=position,
                    limit=limit,
                )
                duties = page.duties
            else:
                found = compliance_status.clinic_status(
                    cursor, clinic, wanted, as_of=position, happened_by=happened_by, decode=bootstrap.codec.decode
                )
                if found is None:
                    raise NotFound(what="clinic", id=clinic)
                if figures:
                    _tell_figures(found, build.position, as_json=as_json)
                    return
                duties = tuple(
                    each
                    for each in found.duties
                    if (rule is None or each.duty.rule == rule) and (status is None or each.status == status)
                )[:limit]
    rows = ({**dataclasses.asdict(each.duty), "status": each.status, "late_days": each.late_days} for each in duties)
    columns = ("clinic_id", "rule", "status", "due", "late_days", "item", "evidence")
    print_rows((_plain_row(row) for row in rows), columns[1 if clinic else 0 :], as_json=as_json)
    if not as_json:
        say(f"{len(duties)} duties on {wanted}, as of position {position or build.position}")


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    plain_row: dict[str, Any] = plain(row)
    return plain_row


def _tell_figures(found: Any, position: int, *, as_json: bool) -> None:
    answer = {
        "clinic_id": found.clinic_id,
        "day": found.day,
        "position": position,
        "figures": dataclasses.asdict(found.figures),
        "summary": [
            {"rule": each.rule, **{status.value: number for status, number in each.counts.items()}}
            for each in found.summary
        ],
    }
    if as_json:
        print_json(answer)
        return
    figures = plain(answer["figures"])
    print_rows(
        ({"figure": name, "value": value} for name, value in figures.items()), ("figure", "value"), as_json=False
    )
    columns = ("rule", *(status.value for status in DutyStatus))
    print_rows(answer["summary"], columns, as_json=False)


@click.command("listing")
@click.option("--search", "text", help="Part of a name; case and accents do not matter.")
@click.option("--country", help="ISO 3166-1 alpha-2 code.")
@click.option("--category", type=click.Choice([each.value for each in PublicCategory]), help="Public category.")
@day_option
@as_of_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Show at most so many.")
@min_position_option
@json_option
@click.pass_obj
def listing(
    bootstrap: Bootstrap,
    *,
    text: str | None,
    country: str | None,
    category: str | None,
    day: date | None,
    as_of: str | None,
    limit: int,
    min_position: int | None,
    as_json: bool,
) -> None:
    """Show what the public sees: each clinic's category with its neutral sentence."""
    with bootstrap.reader() as connection:
        position = resolve(connection, as_of)
        simulated = postgres.store_facts(connection).simulated
        with reading(connection, "public_listing", max(position or 0, min_position or 0) or None) as (cursor, build):
            page = public_listing.search(
                cursor,
                text=text,
                country=country.upper() if country else None,
                category=PublicCategory(category) if category else None,
                day=day or datetime.now(UTC).date(),
                simulated=simulated,
                as_of=position,
                limit=limit,
            )
    rows = (_plain_row(dataclasses.asdict(each)) for each in page.entries)
    print_rows(rows, ("clinic_id", "name", "country", "label", "sentence"), as_json=as_json)
    if not as_json:
        say(f"{len(page.entries)} of {page.count} entries, as of position {position or build.position}")
