"""Erasure as the owner of the database does it, until the registry has a command for it."""

from __future__ import annotations

from uuid import UUID

import psycopg


def erase(owner_dsn: str, subject: UUID) -> None:
    """Destroy the key of a subject and cut its link, in one transaction; both rows stay as tombstones."""
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            "UPDATE registry.subjects SET wrapped_key = NULL, erased_at = now() WHERE subject = %(subject)s",
            {"subject": subject},
        )
        connection.execute(
            "UPDATE registry.subject_links SET subject = NULL WHERE subject = %(subject)s", {"subject": subject}
        )
