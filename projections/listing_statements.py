"""The statements behind the answers of the public listing, each asked in the live build of a read model."""

from __future__ import annotations

from typing import LiteralString

# What matches is looked for once: the page is a part of it, and the count its number.
SEARCH: LiteralString = """
WITH matching AS MATERIALIZED (
    SELECT clinic_id, name, country, region, city, names_plain
      FROM known_clinics(%(as_of)s)
     WHERE (%(pattern)s::text IS NULL OR names_plain LIKE %(pattern)s)
       AND (%(country)s::text IS NULL OR country = %(country)s)
       AND clinic_id IN (SELECT clinic_id
                           FROM shown(%(day)s, %(as_of)s)
                          WHERE (%(category)s::text IS NULL OR category = %(category)s))
)
SELECT clinic_id, name, country, region, city, names_plain, (SELECT count(*) FROM matching)
  FROM matching
 WHERE (%(after_name)s::text IS NULL OR (names_plain, clinic_id) > (%(after_name)s, %(after_id)s::uuid))
 ORDER BY names_plain, clinic_id
 LIMIT %(limit)s
"""

COUNT: LiteralString = """
SELECT count(*)
  FROM known_clinics(%(as_of)s) AS c
 WHERE (%(pattern)s::text IS NULL OR names_plain LIKE %(pattern)s)
   AND (%(country)s::text IS NULL OR country = %(country)s)
   AND EXISTS (SELECT
                 FROM shown(%(day)s, %(as_of)s) AS e
                WHERE e.clinic_id = c.clinic_id
                  AND (%(category)s::text IS NULL OR e.category = %(category)s))
"""

COUNTRIES: LiteralString = """
SELECT DISTINCT country
  FROM known_clinics(NULL)
 WHERE clinic_id IN (SELECT clinic_id FROM shown(%(day)s, NULL))
 ORDER BY country
"""

OF_CLINIC: LiteralString = """
SELECT clinic_id, name, country, region, city, description
  FROM known_clinics(%(as_of)s)
 WHERE clinic_id = %(clinic_id)s
"""

FACTS: tuple[LiteralString, ...] = (
    "(SELECT epoch FROM registry.store)",
    "(SELECT simulated FROM registry.store)",
    "(SELECT coalesce(max(position), 0) FROM registry.events)",
    "(SELECT recorded_at FROM registry.events WHERE position = build.position)",
    "(SELECT recorded_at FROM registry.events WHERE position = build.position + 1)",
    "now()",
)
"""What `ListingFacts` holds, told beside a question."""

# A doubt reaches an entry by an event that it rests on, or by the case that gave it.
_ENTRIES: LiteralString = """
SELECT e.clinic_id, e.listing_id, e.known_from, e.content,
       least((SELECT min(questioned_on)
                FROM {build}questions
               WHERE determination = ANY (e.rests_on)
                 AND {held}),
             (SELECT min(questioned_on)
                FROM {build}questions
               WHERE e.case_id IS NOT NULL
                 AND kind = 'finding'
                 AND about = e.case_id
                 AND {held})) AS questioned_on,
       e.gravity, e.since{more}
  FROM {build}shown({day}, {as_of}) AS e{joined}
 WHERE e.clinic_id = {clinics}
"""

_HELD: LiteralString = """
    CASE WHEN %(as_of)s::bigint IS NULL THEN known_to IS NULL
         ELSE known_from <= %(as_of)s AND (known_to IS NULL OR known_to > %(as_of)s) END
"""

ENTRIES: LiteralString = (
    (_ENTRIES + "ORDER BY e.clinic_id, e.gravity, e.since DESC, e.listing_id")
    .replace("{build}", "")
    .replace("{more}", "")
    .replace("{joined}", "")
    .replace("{held}", _HELD)
    .replace("{day}", "%(day)s")
    .replace("{as_of}", "%(as_of)s")
    .replace("{clinics}", "ANY (%(clinics)s)")
)

# What holds now is written into it, so that PostgreSQL plans it once and not with every question. A `Question`.
_NOW: LiteralString = (
    _ENTRIES.replace("{held}", "known_to IS NULL").replace("{as_of}", "NULL").replace("{clinics}", "$2")
)

ENTRIES_NOW: LiteralString = _NOW.replace("{day}", "$3").replace("{more}", "").replace("{joined}", "")

TODAY: LiteralString = "(now() AT TIME ZONE 'UTC')::date"

# Each wording of each entry once, by the last version that has it.
HISTORY: LiteralString = """
SELECT category, sentence, worded_at, shown_to
  FROM (SELECT DISTINCT ON (listing_id, worded_from)
               category, adverse, sentence, worded_from, worded_at, listing_id, shown_until,
               CASE WHEN %(as_of)s::bigint IS NULL OR known_to <= %(as_of)s THEN shown_to END AS shown_to
          FROM entries
         WHERE clinic_id = %(clinic_id)s
           AND (%(as_of)s::bigint IS NULL OR known_from <= %(as_of)s)
         ORDER BY listing_id, worded_from, known_from DESC) AS told
 WHERE CASE WHEN shown_to IS NULL THEN shown_until IS NULL OR shown_until >= %(day)s
            ELSE NOT adverse AND category <> 'finding_lifted' END
 ORDER BY worded_from DESC, listing_id
"""

_HISTORY_NOW: LiteralString = (
    HISTORY.replace("FROM entries", "FROM {build}entries")
    .replace("%(as_of)s", "NULL")
    .replace("%(clinic_id)s", "$2")
    .replace("%(day)s", TODAY)
)

PAGE_NOW: LiteralString = (
    _NOW.replace("{day}", TODAY)
    .replace(
        "{more}",
        """, c.name, c.country, c.region, c.city, c.description,
       (SELECT json_object_agg(aggregate_id, title) FROM {build}titles WHERE known_to IS NULL)::text,
       (SELECT json_agg(json_build_array(category, sentence, worded_at, shown_to)) FROM ({history}) AS told)::text""",
    )
    .replace("{history}", _HISTORY_NOW)
    .replace("{joined}", "\n  JOIN {build}known_clinics(NULL) AS c ON c.clinic_id = $2")
)
"""All of a clinic's page in one statement, titles and history repeated with each entry. A `Question`."""
