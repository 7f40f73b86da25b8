"""Why PostgreSQL cannot be used, said so that a person knows what to do; no password and no row is ever named."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from domain.errors import Unavailable


class DatabaseRefused(Unavailable):
    """PostgreSQL cannot be used: {problem}."""

    remedy = "Nothing was changed."


class DatabaseUnreachable(DatabaseRefused):
    """PostgreSQL at {where} does not answer: {problem}."""

    remedy = "Nothing was changed. Start it, or correct the address in the settings."


class DatabaseMissing(DatabaseRefused):
    """PostgreSQL at {where} has no database {database}."""

    remedy = "Nothing was changed. Create it, or correct its name in the settings."


class PasswordRefused(DatabaseRefused):
    """PostgreSQL at {where} does not let the role {user} in: {problem}."""

    remedy = "Nothing was changed. Correct role and password in the settings; `icms up` makes the roles it needs."


class TooManyConnections(DatabaseRefused):
    """PostgreSQL at {where} has no connection left."""

    remedy = "Nothing was changed. End what is not needed, or raise max_connections."


class DatabaseTooOld(DatabaseRefused):
    """PostgreSQL at {where} is version {version}; the registry needs 15 or newer."""

    remedy = "Nothing was changed. Use a newer PostgreSQL."


class DatabaseNotUtf8(DatabaseRefused):
    """The database {database} at {where} is encoded in {encoding}; the registry needs UTF8."""

    remedy = "Nothing was changed. Create the database with ENCODING 'UTF8'."


class DatabaseNotDurable(DatabaseRefused):
    """PostgreSQL at {where} runs with {setting} = {value}, so that what was acknowledged can be lost in a crash."""

    remedy = "Nothing was recorded. Set fsync, full_page_writes and synchronous_commit to on."


class DatabaseNewer(DatabaseRefused):
    """The database {database} at {where} was changed by a newer version of this software ({migrations})."""

    remedy = "Nothing was changed. Run that version."


class MigrationFailed(DatabaseRefused):
    """The database {database} at {where} could not be brought to this version: {problem}."""

    remedy = "It is as it was before. The owner must be allowed to create roles and schemas in it."


class StoreNotOpened(DatabaseRefused):
    """The database {database} at {where} holds no registry."""

    remedy = "Nothing was changed. `icms init` opens one."


class StoreMarkedOtherwise(DatabaseRefused):
    """This store was opened as {marked}; {asked} was asked for."""

    remedy = "Nothing was changed. What is simulated and what is real are kept in different databases."


def connection_refused(error: psycopg.Error, dsn: str) -> DatabaseRefused:
    """Return what a failed attempt to connect means to a person."""
    facts = address(dsn)
    text = " ".join(str(error).split())
    problem = text.rpartition("FATAL:")[2].strip() or "no answer"
    if "authentication failed" in text or "no password supplied" in text or "no pg_hba.conf entry" in text:
        return PasswordRefused(problem=problem, **facts)
    if "permission denied for database" in text or ("role" in text and "does not exist" in text):
        return PasswordRefused(problem=problem, **facts)
    if "database" in text and "does not exist" in text:
        return DatabaseMissing(**facts)
    if "too many clients" in text or "connection slots" in text or "too many connections" in text:
        return TooManyConnections(**facts)
    return DatabaseUnreachable(problem=problem, **facts)


def address(dsn: str) -> dict[str, str]:
    """Return where a DSN points to, for a message: never its password."""
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError as error:
        raise DatabaseRefused(problem="its address is not a PostgreSQL DSN") from error
    user = str(parts.get("user") or "(none)")
    where = f"{parts.get('host') or parts.get('hostaddr') or 'the local socket'}:{parts.get('port') or 5432}"
    return {"where": where, "user": user, "database": str(parts.get("dbname") or user)}
