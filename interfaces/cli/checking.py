"""Check that nothing was changed, build read models anew, and decide what no process may decide by itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from domain.errors import NotFound
from interfaces.bootstrap import Bootstrap
from interfaces.cli.exit_codes import ExitCode
from interfaces.cli.output import json_option, print_json, print_rows, progress

if TYPE_CHECKING:
    from consumers.digest import Comparison
    from consumers.rebuild import Rebuilt
    from consumers.verifier import Verified


_EVENTS_TOLD = 5
_CLINICS_TOLD = 20
_ROW_TOLD = 300


@click.command("verify")
@json_option
@click.pass_obj
def verify(bootstrap: Bootstrap, *, as_json: bool) -> int:
    """Compare the store with Kafka, and every read model with a fresh replay.

    Records are compared byte for byte, and each event's hash with its bytes. Nothing is changed. Ends with 10 when
    something differs, and says where first.
    """
    from consumers.garbage import collect_seldom
    from consumers.verifier import VerifyPlan
    from consumers.verifier import verify as compare
    from projections.catalogue import READ_MODELS

    with bootstrap.log():
        # A store that was not opened is said here, before Kafka is asked.
        plan = VerifyPlan(
            dsn=bootstrap.role_dsn("icms_projector"),
            servers=bootstrap.kafka_servers("auditor"),
            topics=bootstrap.topics,
            envelope=bootstrap.envelope,
            codec=bootstrap.codec,
            models=READ_MODELS,
        )
    collect_seldom()
    with progress("verifying", None) as show:
        result = compare(plan, lambda what, done, total: show(done, total, what))
    if as_json:
        print_json(_as_json(result))
    else:
        _tell(result)
    return ExitCode.done if result.passed else ExitCode.differs


def _as_json(result: Verified) -> dict[str, Any]:
    return {
        "passed": result.passed,
        "events": result.events,
        "topics": {name: dataclasses.asdict(counts) for name, counts in result.topics.items()},
        "read_models": [dataclasses.asdict(model) for model in result.models],
        "problems": [
            {**dataclasses.asdict(problem), "times": result.findings.counts[problem.kind]}
            for problem in result.problems
        ],
    }


def _tell(result: Verified) -> None:
    click.echo(f"store: {result.events:,} events, each with the columns and the hash its bytes ask for")
    for name, counts in result.topics.items():
        click.echo(f"{name}: {counts.events:,} events in order, {counts.repeats:,} repeats")
    for model in result.models:
        words = "equal to a fresh replay" if model.equal else "DIFFERS from a fresh replay"
        click.echo(f"{model.name}: position {model.position:,}, {words}")
    for problem in result.problems:
        times = f"{result.findings.counts[problem.kind]:,} times"
        click.echo(f"PROBLEM {problem.kind} ({times}): {problem.where}: {problem.detail}")
    click.echo("Everything is as it must be." if result.passed else "Something differs; see the problems above.")


@click.command("rebuild")
@click.argument("models", nargs=-1, metavar="[READ_MODEL]…")
@click.option("--switch", is_flag=True, help="Make the new builds the ones that are read.")
@json_option
@click.pass_obj
def rebuild(bootstrap: Bootstrap, *, models: tuple[str, ...], switch: bool, as_json: bool) -> None:
    """Build read models anew beside the live ones, and switch in one step.

    What would change is shown, for which clinics too; the new build is kept. With --switch it is the one that is read
    from then on: readers see the old build or the new one, never a mix. Without a name, all read models. A rebuild
    that was killed is gone on with where it was.
    """
    from consumers.garbage import collect_seldom
    from consumers.rebuild import rebuild as build_anew
    from projections.catalogue import READ_MODELS

    known = {make().name: make for make in READ_MODELS}
    unknown = [name for name in models if name not in known]
    if unknown:
        raise NotFound(what=f"read model (there are {', '.join(known)}) called", id=unknown[0])
    with bootstrap.log():
        dsn = bootstrap.role_dsn("icms_projector")
    collect_seldom()
    answers = []
    for name in dict.fromkeys(models or known):
        with progress(f"rebuilding {name}", None) as show:
            done = build_anew(dsn, known[name], bootstrap.codec, show, lambda _: switch, keep=True)
        answers.append(_rebuilt_as_json(done))
        if not as_json:
            _tell_rebuilt(done)
    if as_json:
        print_json(answers)


def _rebuilt_as_json(done: Rebuilt) -> dict[str, Any]:
    answer = dataclasses.asdict(done)
    if done.comparison is not None:
        answer["comparison"]["equal"] = done.comparison.equal
    return answer


def _tell_rebuilt(done: Rebuilt) -> None:
    found = done.comparison
    if found is None:
        old = "is the first one"
    elif found.equal:
        old = "is equal to the old one"
    else:
        old = f"differs from the old one ({found.only_live:,} rows only there, {found.only_new:,} only here)"
    switched = "now read" if done.switched else "kept beside it; switch to it with --switch"
    went_on = f", gone on with from position {done.resumed_at:,}" if done.resumed_at else ""
    click.echo(f"{done.name}: build {done.build} at position {done.position:,}{went_on}, {old}, {switched}")
    if found is not None:
        _tell_stances(found)
        _tell_clinics(found)


def _tell_stances(found: Comparison) -> None:
    """Say which clinics would stand otherwise, and on which events that rests."""
    for change in found.stances[:_CLINICS_TOLD]:
        told = "; ".join(change.live) or "nothing", "; ".join(change.new) or "nothing"
        click.echo(f"  clinic {change.clinic_id}: {told[0]} → {told[1]}")
        further = f" and {len(change.because) - _EVENTS_TOLD:,} more" if len(change.because) > _EVENTS_TOLD else ""
        click.echo(f"    because of {', '.join(change.because[:_EVENTS_TOLD])}{further}")
    if found.stances_count > _CLINICS_TOLD:
        click.echo(f"  and {found.stances_count - _CLINICS_TOLD:,} clinics more would stand otherwise")


def _tell_clinics(found: Comparison) -> None:
    """Say for which clinics something changes, row by row: what only the old build says, and what only the new one."""
    for clinic in found.clinics[:_CLINICS_TOLD]:
        click.echo(f"  clinic {clinic.clinic_id}")
        for sign, rows in (("-", clinic.live), ("+", clinic.new)):
            for row in rows:
                click.echo(f"    {sign} {row[:_ROW_TOLD]}{'…' if len(row) > _ROW_TOLD else ''}")
    if found.clinics_count > _CLINICS_TOLD:
        click.echo(f"  and {found.clinics_count - _CLINICS_TOLD:,} clinics more; --json has 1,000 of them")


@click.group("relay", no_args_is_help=True)
def relay() -> None:
    """Decide what the relay must not decide by itself."""


_officer_option = click.option(
    "--as", "person", type=click.UUID, required=True, help="Id of the officer who decided it, after looking."
)


@relay.command("resume-past-forgeries")
@_officer_option
@json_option
@click.pass_obj
def resume(bootstrap: Bootstrap, *, person: UUID, as_json: bool) -> None:
    """Let the relay go on behind records that somebody else wrote at the end of a topic.

    Right only for forgeries. If this database was restored from a backup, the topic is right: restore from it instead.
    """
    from consumers.relay_decisions import resume_past_forged_records

    _require_officer(bootstrap, person)
    servers = bootstrap.kafka_servers("relay")
    settled = resume_past_forged_records(bootstrap.role_dsn("icms_relay"), servers, bootstrap.topics, str(person))
    if as_json:
        print_rows((dataclasses.asdict(each) for each in settled), (), as_json=True)
        return
    for each in settled:
        click.echo(f"{each.topic}: foreign records before offset {each.until_offset} no longer stop the relay")


@relay.command("accept-cluster")
@_officer_option
@json_option
@click.pass_obj
def accept(bootstrap: Bootstrap, *, person: UUID, as_json: bool) -> None:
    """Let the relay fill the topics of the Kafka cluster that answers now, from the store's first event on."""
    from consumers.relay_decisions import accept_new_cluster

    _require_officer(bootstrap, person)
    servers = bootstrap.kafka_servers("relay")
    cluster = accept_new_cluster(bootstrap.role_dsn("icms_relay"), servers, bootstrap.topics, str(person))
    if as_json:
        print_json({"cluster": cluster})
    else:
        click.echo(f"Cluster {cluster} is this store's from now on.")


def _require_officer(bootstrap: Bootstrap, person: UUID) -> None:
    """Refuse a decision in nobody's name: it is noted with the person who takes it."""
    from infra import postgres
    from interfaces.founding import officer_ids

    with bootstrap.reader() as connection:
        postgres.store_facts(connection)
        if person not in officer_ids(connection):
            raise NotFound(what="officer", id=person)
