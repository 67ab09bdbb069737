"""Files that take part in a verifying run: whether a command changes one that it was not run for.

What is being tried is left out, as the run itself writes it. A file counts as changed where it holds something else
than before, not where it was merely written; it is read only where its size or time has changed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.verification.journal import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lsp.files import Files, Stamp


class _State(NamedTuple):
    """What a file holds; the digest is empty where it cannot be read."""

    stamp: Stamp | None
    digest: str


class Watch:
    """The files that are watched, by their absolute paths. Safe in several threads."""

    def __init__(self, files: Files) -> None:
        """Watch nothing yet."""
        self._files = files
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}
        self._tried: set[str] = set()
        self._changed: list[str] = []

    def add(self, paths: Iterable[str]) -> int:
        """Watch these files too; how many changes were seen so far."""
        with self._lock:
            for path in paths:
                if path not in self._states:
                    self._states[path] = self._state(path)
            return len(self._changed)

    def begin(self, path: str) -> None:
        """Leave out a file, which is about to be tried."""
        with self._lock:
            self._tried.add(path)

    def end(self, path: str) -> None:
        """Watch a file again that is no longer tried, as it is now."""
        with self._lock:
            self._tried.discard(path)
            self._states[path] = self._state(path)

    def look(self, seen: int) -> list[str]:
        """The files that have changed since so many changes were seen."""
        with self._lock:
            for path, state in self._states.items():
                if path in self._tried or self._files.stamp(path) == state.stamp:
                    continue
                now = self._state(path)
                if now.digest != state.digest:
                    self._changed.append(path)
                self._states[path] = now
            return list(dict.fromkeys(self._changed[seen:]))

    def _state(self, path: str) -> _State:
        stamp = self._files.stamp(path)
        try:
            return _State(stamp, digest(self._files.bytes_of(path)))
        except UnreadableError:
            return _State(stamp, "")
