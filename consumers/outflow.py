"""The log flows into both topics page by page: first the events topic, then what of it is public.

A page counts when every record of it is acknowledged; while there is more to send, at most one page is on its way
behind another. With each page the row before it is read again: were the store put back or changed while we publish,
nothing more goes out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from consumers.continuation import Place
from consumers.halting import Halted, SchemaMissing, StoreRewritten
from consumers.outlet import Outlet
from consumers.store_rows import StoreRows
from infra.crash_points import crash_point
from infra.event_log import StoredRow

PAGES_ON_THEIR_WAY = 2


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
        """Go on from `place` in the events topic and behind `public_position` in the public one."""
        self.position = place.position
        """Acknowledged up to here, and sent again by nobody."""
        self.public_position = public_position
        self._sent = place.position
        self._leaf_hash = place.leaf_hash
        self._rows = rows
        self._events = events
        self._public = public
        self._knows = knows
        self._on_its_way: deque[tuple[list[StoredRow], list[Any]]] = deque()
        self._public_on_its_way: tuple[int, list[Any]] | None = None

    def catch_up_public(self) -> None:
        """Bring the public topic to where the events topic is, before anything else goes out.

        Raises: InDoubt
        """
        while rows := self._rows.public_after(self.public_position, self.position):
            self._publish_public(rows)
            self._settle_public()

    def publish_page(self) -> int:
        """Send the next page, wait for those before it, and return how many events it had.

        Where it was the last for now, it is waited for as well.

        Raises: InDoubt, StoreRewritten, SchemaMissing
        """
        try:
            page = self._known(self._page())
        except Halted:
            self.settle()
            raise
        if page:
            self._send(page)
        more = len(page) >= self._rows.limit
        while len(self._on_its_way) >= PAGES_ON_THEIR_WAY:
            self._settle_page()
        if not more:
            self.settle()
        return len(page)

    def settle(self) -> None:
        """Wait for everything that is on its way.

        Raises: InDoubt
        """
        while self._on_its_way:
            self._settle_page()
        self._settle_public()

    def _page(self) -> list[StoredRow]:
        """Return the rows that follow; the row before them is read too, and must still be what was sent."""
        rows = self._rows.after(max(self._sent - 1, 0), more=1)
        if not self._sent:
            return rows
        if not rows or rows[0].position != self._sent or rows[0].leaf_hash != self._leaf_hash:
            raise StoreRewritten(position=self._sent)
        return rows[1:]

    def _known(self, page: list[StoredRow]) -> list[StoredRow]:
        """Return the rows before the first whose schema has no id; nothing after that one may be published."""
        for number, row in enumerate(page):
            if not self._knows(row.topic):
                if number == 0:
                    raise SchemaMissing(position=row.position, topic=row.topic)
                return page[:number]
        return page

    def _send(self, page: list[StoredRow]) -> None:
        crash_point("relay.before_send")
        self._on_its_way.append((page, self._events.send(page)))
        self._sent, self._leaf_hash = page[-1].position, page[-1].leaf_hash
        crash_point("relay.after_send")

    def _settle_page(self) -> None:
        page, futures = self._on_its_way.popleft()
        self._events.settle(futures)
        crash_point("relay.after_settle")
        self.position = page[-1].position
        self._publish_public(
            [row for row in page if row.disclosure == "public" and row.position > self.public_position]
        )

    def _publish_public(self, rows: list[StoredRow]) -> None:
        """Send public rows whose like is in the events topic; they are waited for before the next ones are sent."""
        self._settle_public()
        if rows:
            self._public_on_its_way = rows[-1].position, self._public.send(rows)
            crash_point("relay.mid_public")

    def _settle_public(self) -> None:
        if self._public_on_its_way is not None:
            position, futures = self._public_on_its_way
            self._public.settle(futures)
            self.public_position, self._public_on_its_way = position, None
        crash_point("relay.after_public")
