"""The accounts of one batch: read before it in one statement, folded in memory, written after it in one statement each.

Every version that stood at some position is kept, whether or not the batch ended there, so that the tables are the
same however the log was cut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, LiteralString
from uuid import UUID

import psycopg

from domain.declaration_duties import ClinicFacts
from domain.treatment_duties import TreatmentFacts
from projections.duty_rows import Facts, Held, counted_in, decode_facts, line_of
from projections.share import Share


class Ledger:
    """Accounts by key; what is not held is fetched, once, if there is a cursor to fetch it with."""

    def __init__(
        self,
        cursor: psycopg.Cursor[Any] | None = None,
        carried: Mapping[str, Held] | None = None,
        share: Share | None = None,
    ) -> None:
        """Hold what was carried from the batch before; with a share, know of no clinic but its own."""
        self.position = 0
        self._share = share
        self._cursor = cursor
        self._held: dict[str, Held | None] = dict(carried or {})
        self._moved: list[tuple[str, int]] = []
        self._earlier: list[tuple[str, Held, int]] = []
        self._all_clinics = cursor is None

    def fetch(self, keys: Collection[str]) -> None:
        """Read these accounts."""
        wanted = sorted(key for key in keys if key not in self._held)
        for key in wanted:
            self._held[key] = None
        if self._cursor is not None and wanted:
            self._take(self._cursor.execute(_FETCH, {"keys": " ".join(wanted)}).fetchall())

    def get(self, key: str) -> Any:
        """Return the facts of an account, or None where there is none."""
        if key not in self._held:
            self.fetch((key,))
        held = self._held[key]
        return held.facts if held else None

    def begin(self, key: str, facts: Facts) -> None:
        """Take up the account of an aggregate by its first event: there is none to be fetched."""
        if key in self._held:
            self.put(key, facts)
        else:
            self._held[key] = Held(facts, self.position, changed=True, new=True)

    def put(self, key: str, facts: Facts) -> None:
        """Replace the facts of an account from this position on."""
        held = self.get(key) and self._held[key]
        new = not held or held.new
        if held:
            if held.facts == facts:
                return
            if not held.changed:
                self._moved.append((key, self.position))
            elif held.known_from != self.position:
                self._earlier.append((key, held, self.position))
        self._held[key] = Held(facts, self.position, changed=True, new=new)

    def clinics(self) -> list[ClinicFacts]:
        """Return every clinic, or every one of the share, by id."""
        if not self._all_clinics and self._cursor is not None:
            self._take(self._cursor.execute(_FETCH_CLINICS).fetchall())
            self._all_clinics = True
        clinics = [held.facts for key, held in sorted(self._held.items()) if held and key.startswith("clinic:")]
        return clinics if self._share is None else [each for each in clinics if self._share.holds(each.clinic_id)]

    def submitted(self, clinic_id: UUID, registry_id: UUID, quarter: str) -> tuple[int, int]:
        """Return how many treatments a clinic submitted for a registry and quarter, and how many of them stand."""
        if self._cursor is not None:
            asked = {"clinic_id": clinic_id, "registry_id": registry_id, "quarter": quarter}
            self._take(self._cursor.execute(_FETCH_QUARTER, asked).fetchall())
        treatments = [each.facts for each in self._held.values() if each and isinstance(each.facts, TreatmentFacts)]
        about = (clinic_id, registry_id, quarter)
        voided = [each.voided for each in treatments if (each.clinic_id, *counted_in(each)) == about]
        return len(voided), voided.count(False)

    def accounts(self) -> Iterable[Facts]:
        """Return the facts of every account held."""
        return [held.facts for _, held in sorted(self._held.items()) if held]

    def write(self) -> None:
        """Write what changed."""
        assert self._cursor is not None, "a ledger without a cursor is a calculation only"
        if self._moved:
            moved = "\n".join(f"{key}\t{until}" for key, until in self._moved)
            self._cursor.execute(_MOVE, {"moved": moved})
        new, lines = self._changed()
        if len(new) > _FEW:
            _copy(self._cursor, _COPY_NEW, new)
        else:
            lines += new
        if lines:
            self._cursor.execute(_UPSERT, {"lines": "\n".join(lines)})
        if self._earlier:
            _copy(self._cursor, _COPY_EARLIER, [f"{until}\t{line_of(key, held)}" for key, held, until in self._earlier])

    def _changed(self) -> tuple[list[str], list[str]]:
        """Return the lines of accounts that are new, and of those that are in the table."""
        new: list[str] = []
        lines: list[str] = []
        for key, held in self._held.items():
            if held and held.changed:
                (new if held.new else lines).append(line_of(key, held))
        return new, lines

    def carry(self, most: int) -> dict[str, Held]:
        """Return the clinics' own accounts, which nearly every event needs, for the next batch; none if too many."""
        clinics = {key: held for key, held in self._held.items() if held and key.startswith("clinic:")}
        if len(clinics) > most:
            return {}
        return {key: Held(held.facts, held.known_from) if held.changed else held for key, held in clinics.items()}

    def _take(self, rows: Iterable[tuple[str, str, int, str]]) -> None:
        for key, kind, known_from, text in rows:
            if self._held.get(key) is None:
                self._held[key] = Held(decode_facts(kind, text), known_from)


def _copy(cursor: psycopg.Cursor[Any], statement: LiteralString, lines: list[str]) -> None:
    lines.append("")
    with cursor.copy(statement) as copy:
        copy.write("\n".join(lines).replace("\\", "\\\\"))


# Lists of texts travel as one text: written as arrays, their quoting costs more than all the rest of a batch.
_FETCH = """
SELECT key, kind, known_from, facts
  FROM accounts
 WHERE key = ANY (string_to_array(%(keys)s, ' '))
"""

_FETCH_CLINICS = "SELECT key, kind, known_from, facts FROM accounts WHERE kind = 'clinic'"

_FETCH_QUARTER = """
SELECT key, kind, known_from, facts
  FROM accounts
 WHERE clinic_id = %(clinic_id)s
   AND kind = 'treatment'
   AND (quarter IS NULL OR registry_id = %(registry_id)s AND quarter = %(quarter)s)
"""

_MOVE = """
INSERT INTO earlier_accounts (key, kind, clinic_id, known_from, known_to, first_due, settled_on, registry_id, quarter,
                              facts)
SELECT a.key, a.kind, a.clinic_id, a.known_from, m[2]::bigint, a.first_due, a.settled_on, a.registry_id, a.quarter,
       a.facts
  FROM string_to_table(%(moved)s, E'\\n') AS line,
       string_to_array(line, E'\\t') AS m,
       accounts AS a
 WHERE a.key = m[1]
"""

_UPSERT = """
INSERT INTO accounts (key, kind, clinic_id, known_from, first_due, settled_on, registry_id, quarter, facts)
SELECT f[1], f[2], f[3]::uuid, f[4]::bigint, f[5]::date, f[6]::date, f[7]::uuid, f[8], f[9]
  FROM string_to_table(%(lines)s, E'\\n') AS line,
       string_to_array(line, E'\\t', '') AS f
ON CONFLICT (key) DO UPDATE
   SET clinic_id = excluded.clinic_id,
       known_from = excluded.known_from,
       first_due = excluded.first_due,
       settled_on = excluded.settled_on,
       registry_id = excluded.registry_id,
       quarter = excluded.quarter,
       facts = excluded.facts
"""

_FEW = 100
"""Up to so many new accounts go with the changed ones; more are copied, which costs the server half."""

_COPY_NEW: LiteralString = """
COPY accounts (key, kind, clinic_id, known_from, first_due, settled_on, registry_id, quarter, facts)
  FROM STDIN WITH (NULL '')
"""

_COPY_EARLIER: LiteralString = """
COPY earlier_accounts (known_to, key, kind, clinic_id, known_from, first_due, settled_on, registry_id, quarter, facts)
  FROM STDIN WITH (NULL '')
"""
