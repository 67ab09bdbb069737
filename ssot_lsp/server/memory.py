"""When Python's garbage collector may look at everything.

It stops all threads while it looks. Of a document of 5 MB there are millions of objects, and looking at them takes
half a second, in the middle of somebody's typing. So what has grown old is set aside while nothing happens, and
while a large document changes only young objects are looked at.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

IDLE = 5.0  # seconds without a change, after which somebody is taken to be reading
_NEVER = 1_000_000  # collections of middle-aged objects between two of old ones


class Collector:
    """The collector, for one session. `has_large` tells whether a large document is open."""

    def __init__(self, has_large: Callable[[], bool]) -> None:
        self._has_large = has_large
        self._usual = gc.get_threshold()
        self._timer: asyncio.TimerHandle | None = None

    def postpone(self, loop: asyncio.AbstractEventLoop) -> None:
        """Something has changed: leave the old objects alone for a while, if they are many."""
        if self._has_large():
            gc.set_threshold(*self._usual[:2], _NEVER)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(IDLE, self._tidy)

    def stop(self) -> None:
        """Let all be as it was."""
        if self._timer is not None:
            self._timer.cancel()
        gc.set_threshold(*self._usual)
        gc.unfreeze()

    def _tidy(self) -> None:
        self._timer = None
        if not self._has_large():
            gc.unfreeze()
            gc.collect()
            gc.set_threshold(*self._usual)
        gc.freeze()
