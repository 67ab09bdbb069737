"""The files that remembered results depend on: which of them were others then, and whom that concerns.

A file is known by its stamp, and may be known by what its names mean as well (`ssot_lsp.index.outlines`): then it is
another one only to those that mention a name that means something else.
"""

from __future__ import annotations

import marshal
import re
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.index.outlines import names_that_differ
from ssot_lsp.stamps import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ssot_lsp.index.outlines import Outline
    from ssot_lsp.stamps import Stamp, Stamps

Dependency = tuple[str, int, int]  # absolute path, and its stamp
Outlines = dict[str, tuple["Stamp", bytes]]
"""By path: of which state of the file, and the outline, as `marshal` has it."""


class World(Protocol):
    """What holds now."""

    def data(self, path: str) -> bytes:
        """The bytes of a file, none where it cannot be read."""

    def outline(self, path: str) -> Outline | None:
        """What the names of a file mean; None where more of it counts."""


class Dependencies:
    """What the results of an earlier run depend on, as it was then and as it is; named by the index in `before`."""

    def __init__(
        self, before: Sequence[Dependency], outlines: Outlines, stamps: Stamps, world: World
    ) -> None:
        self._before = before
        self._outlines_before = outlines
        self._stamps = stamps
        self._world = world
        self._outlines: dict[str, Outline | None] = {}
        self._same: dict[int, bool] = {}
        self._changes: dict[int, frozenset[str] | None] = {}
        self._mentions: dict[tuple[str, frozenset[str]], bool] = {}

    def are_same(self, indices: Iterable[int]) -> bool:
        """Whether all of them have the stamps that they had."""
        return all(map(self._is_same, indices))

    def spare(self, path: str, indices: Sequence[int]) -> bool:
        """Whether all that has changed in what a file depends on are names that nobody on the way mentions."""
        asked = {path, *(self._before[index][0] for index in indices)}
        for index in indices:
            if not self._is_same(index):
                names = self._names_that_differ(index)
                others = asked - {self._before[index][0]}
                if names is None or (names and any(self._mention(each, names) for each in others)):
                    return False
        return True

    def before(self, index: int) -> Dependency:
        """A dependency as it was."""
        return self._before[index]

    def now(self, index: int) -> Dependency:
        """A dependency as it is, unless that is too new to tell a change by: then as it was."""
        path, *_ = self._before[index]
        stamp = self._stamps.of(path)
        return self._before[index] if self._stamps.is_new(stamp[0]) else (path, *stamp)

    def take(self, outlines: Mapping[str, Outline | None]) -> None:
        """Take the outlines of files that new results depend on; None of those that count as a whole."""
        for path, outline in outlines.items():
            if self._outlines.setdefault(path, outline) != outline:
                self._outlines[path] = None  # to some it counts as a whole

    def outlines_of(self, dependencies: Iterable[Dependency]) -> Outlines:
        """The outlines of files as they are, else as they were; of as many of them as are known."""
        found: Outlines = {}
        for path, *stamp in dependencies:
            now, known = self._outlines.get(path), self._outlines_before.get(path)
            if now is not None and self._stamps.of(path) == tuple(stamp):
                found[path] = ((stamp[0], stamp[1]), marshal.dumps(now))
            elif known is not None and known[0] == tuple(stamp):
                found.setdefault(path, known)
        return found

    def _is_same(self, index: int) -> bool:
        if index not in self._same:
            path, *stamp = self._before[index]
            self._same[index] = self._stamps.of(path) == tuple(stamp)
        return self._same[index]

    def _names_that_differ(self, index: int) -> frozenset[str] | None:
        """The names of a dependency that do not mean what they did; None where it counts as a whole."""
        if index not in self._changes:
            path, *stamp = self._before[index]
            of, content = self._outlines_before.get(path, (MISSING, b""))
            now = self._outline_now(path) if of == tuple(stamp) else None
            if now is None:
                self._changes[index] = None
            else:
                before = marshal.loads(content)  # noqa: S302 - the user's own, its checksum was right
                self._changes[index] = names_that_differ(before, now)
        return self._changes[index]

    def _outline_now(self, path: str) -> Outline | None:
        if path not in self._outlines:
            self._outlines[path] = self._world.outline(path) if self._stamps.of(path) != MISSING else None
        return self._outlines[path]

    def _mention(self, path: str, names: frozenset[str]) -> bool:
        """Whether a file holds one of the names as a word; one that cannot be read may."""
        key = (path, names)
        if key not in self._mentions:
            words = "|".join(re.escape(each) for each in sorted(names))
            text = self._world.data(path).decode("utf-8", "replace")
            self._mentions[key] = re.search(rf"\b(?:{words})\b", text) is not None
        return self._mentions[key]
