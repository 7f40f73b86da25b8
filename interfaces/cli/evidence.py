"""Where the events that an answer rests on stand in the log."""

from __future__ import annotations

from interfaces.cli.reading_options import ReadOf


def positions_of(read: ReadOf, events: list[str]) -> dict[str, tuple[int, str]]:
    """Return position and type of each event by its id."""
    rows = read.cursor.execute(
        """
        SELECT originator_id || '/' || originator_version, position, topic
          FROM registry.events
         WHERE (originator_id, originator_version) IN
               (SELECT split_part(id, '/', 1)::uuid, split_part(id, '/', 2)::bigint FROM unnest(%(ids)s::text[]) AS id)
        """,
        {"ids": sorted(set(events))},
    ).fetchall()
    return {event: (position, topic.partition(".")[0]) for event, position, topic in rows}
