"""A process that makes objects by the hundred thousand and keeps none looks seldom for cycles among them."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 50


def collect_seldom() -> None:
    """Let the collector run seldom, and never again over what is there now.

    Events are trees: counting references frees them. Python's own thresholds walk through all events of a batch again
    and again, a quarter of a projector's time.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
