"""One topic as the relay fills it: records go out in order, and each acknowledgement is read in that order.

The first record that fails, or an offset that the topic cannot have given, ends the process: what was sent after it
must not be joined by anything more.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from consumers.halting import InDoubt
from infra.crash_points import crash_point
from infra.event_log import StoredRow
from infra.kafka_clients import KafkaServers, sending_failed
from infra.kafka_log import Message

_LOOK = 0.25


class Outlet:
    """The way into one topic."""

    def __init__(
        self,
        producer: KafkaProducer,
        topic: str,
        wrap: Callable[[StoredRow], Message],
        next_offset: int,
        alive: Callable[[], None],
        servers: KafkaServers,
        patience: float,
    ) -> None:
        """`alive` is called while waiting: it keeps the lease, and raises when this relay must end.

        A client that had no acknowledgement for `patience` seconds is no longer trusted; a new one asks the topic.
        """
        self._patience = patience
        self.topic = topic
        self._producer = producer
        self._wrap = wrap
        self._next_offset = next_offset
        self._alive = alive
        self._servers = servers

    def send(self, rows: Sequence[StoredRow]) -> list[Any]:
        """Hand the records of these rows to the client, and return what will tell of their arrival.

        Raises: InDoubt
        """
        send, topic, wrap = self._producer.send, self.topic, self._wrap
        futures: list[Any] = []
        half = len(rows) // 2
        try:
            for number, row in enumerate(rows):
                if number == half:
                    crash_point("relay.mid_send")
                message = wrap(row)
                futures.append(send(topic, message.value, message.key, message.headers, 0))
        except KafkaError as error:
            raise self._refused(error) from error
        return futures

    def settle(self, futures: Sequence[Any]) -> None:
        """Wait for every record, in order.

        Raises: InDoubt at the first that failed or came out where it cannot belong
        """
        half = len(futures) // 2
        for number, future in enumerate(futures):
            if number == half:
                crash_point("relay.mid_settle")
            offset = self._arrived(future)
            # The client cannot know the offset of what the broker recognised as a repetition of its own.
            if offset < 0:
                continue
            if offset < self._next_offset:
                raise InDoubt(
                    problem=f"{self.topic} gave offset {offset} after {self._next_offset - 1}: it was made anew"
                )
            self._next_offset = offset + 1

    def _arrived(self, future: Any) -> int:
        deadline = time.monotonic() + self._patience
        while not future.is_done:
            # A failure is looked at below, in one way, whether it comes while we wait or before.
            with contextlib.suppress(KafkaError):
                future.get(timeout=_LOOK)
            if future.is_done:
                break
            self._alive()
            if time.monotonic() > deadline:
                raise InDoubt(problem=f"Kafka acknowledged nothing for {self._patience:.0f} s")
        if future.failed():
            raise self._refused(future.exception) from future.exception
        return int(future.value.offset)

    def _refused(self, error: BaseException) -> InDoubt:
        return InDoubt(problem=f"{self.topic}: {sending_failed(error, self._servers)}")
