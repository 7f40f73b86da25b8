"""Threads that share a piece of work begin together, and a failure of one is the failure of the whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def rate(work: Callable[[T], object], pieces: Sequence[T], threads: int) -> float:
    """Do the work for every piece with so many threads; return pieces per second.

    Raises: what the first failing piece raised
    """
    began = 0.0
    failures: list[BaseException] = []

    def begin() -> None:
        nonlocal began
        began = time.perf_counter()

    ready = threading.Barrier(threads, begin)

    def run(own: Iterable[T]) -> None:
        ready.wait()
        try:
            for piece in own:
                work(piece)
        except BaseException as failure:  # noqa: BLE001 - it is raised again where the rate is asked for
            failures.append(failure)

    crew = [
        threading.Thread(target=run, args=(list(islice(pieces, number, None, threads)),)) for number in range(threads)
    ]
    for each in crew:
        each.start()
    for each in crew:
        each.join()
    seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    return len(pieces) / seconds
