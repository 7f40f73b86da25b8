"""The log flows into both topics page by page: first the events topic, then what of it is public.

A page counts when every record of it is acknowledged. With each page the row before it is read again: were the store
put back or changed while we publish, nothing more goes out.
"""

from __future__ import annotations

from collections.abc import Callable

from consumers.continuation import Place
from consumers.crash_points import crash_point
from consumers.halting import SchemaMissing, StoreRewritten
from consumers.outlet import Outlet
from consumers.store_rows import StoreRows
from infra.event_log import StoredRow


class Outflow:
    """How far both topics are, and the way on."""

    def __init__(
        self,
        rows: StoreRows,
        events: Outlet,
        public: Outlet,
        place: Place,
        public_position: int,
        knows: Callable[[str], bool],
    ) -> None:
        self.position = place.position
        self.public_position = public_position
        self._leaf_hash = place.leaf_hash
        self._rows = rows
        self._events = events
        self._public = public
        self._knows = knows
        self._ahead: list[StoredRow] | None = None
        self._public_checked_until = 0

    def publish_page(self) -> int:
        """Publish the next page and return how many events it had; the page after it is read while it travels.

        Raises: InDoubt, StoreRewritten, SchemaMissing
        """
        self._catch_up_public()
        page = self._known(self._page())
        if not page:
            return 0
        crash_point("relay.before_send")
        futures = self._events.send(page)
        crash_point("relay.after_send")
        if len(page) >= self._rows.limit:
            self._ahead = self._rows.after(page[-1].position - 1, more=1)
        self._events.settle(futures)
        crash_point("relay.after_settle")
        self.position, self._leaf_hash = page[-1].position, page[-1].leaf_hash
        self._publish_public(
            [row for row in page if row.disclosure == "public" and row.position > self.public_position]
        )
        self._public_checked_until = self.position
        crash_point("relay.after_public")
        return len(page)

    def _page(self) -> list[StoredRow]:
        """Return the rows that follow; the row before them is read too, and must still be what was published."""
        rows, self._ahead = self._ahead, None
        if rows is None:
            rows = self._rows.after(max(self.position - 1, 0), more=1)
        if not self.position:
            return rows
        if not rows or rows[0].position != self.position or rows[0].leaf_hash != self._leaf_hash:
            raise StoreRewritten(position=self.position)
        return rows[1:]

    def _known(self, page: list[StoredRow]) -> list[StoredRow]:
        """Return the rows before the first whose schema has no id; nothing after that one may be published."""
        for number, row in enumerate(page):
            if not self._knows(row.topic):
                if number == 0:
                    raise SchemaMissing(position=row.position, topic=row.topic)
                return page[:number]
        return page

    def _catch_up_public(self) -> None:
        """Bring the public topic to where the events topic is, after a start or when it began anew."""
        while self._public_checked_until < self.position:
            after = max(self.public_position, self._public_checked_until)
            rows = self._rows.public_after(after, self.position)
            if not rows:
                self._public_checked_until = self.position
                return
            self._publish_public(rows)

    def _publish_public(self, rows: list[StoredRow]) -> None:
        if rows:
            self._public.settle(self._public.send(rows))
            self.public_position = rows[-1].position
