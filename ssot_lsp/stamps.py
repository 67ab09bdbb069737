"""When files were written, and what they said then: a file that is written anew and says the same is the same file.

A stamp is cheap to ask for, and tells a changed file from others within one checkout. A fresh checkout, as each run
of a continuous integration has one, and a branch that is left and come back to have new stamps for what nobody has
changed: there the digest of the content decides, and the file goes on under the stamp that it was known by.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lsp import files

Stamp = tuple[int, int]  # time of change in nanoseconds, size in bytes
Known = tuple[Stamp, int, bytes]
"""The stamp that a file is known by, the time of change that it was last seen with, and its digest."""

MISSING = (-1, -1)
"""The stamp of a file that is not there."""

_COARSE = 2_000_000_000  # nanoseconds: the coarsest clock of a file system in use (FAT)
_DIGEST = 16  # bytes


def digest_of(data: bytes) -> bytes:
    """What tells the content of a file from any other."""
    import hashlib  # noqa: PLC0415 - 3 ms, which a run over what nobody has touched does without

    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


class World(Protocol):
    """What holds now."""

    def stamp(self, path: str) -> files.Stamp | None:
        """The signature of a file or folder; None where there is none."""

    def data(self, path: str) -> bytes:
        """The bytes of a file, none where it cannot be read."""


class Stamps:
    """The stamps of files and folders in one run, each asked for once; `before` is what an earlier run knew."""

    def __init__(self, before: Mapping[str, Known], world: World) -> None:
        self._before = before
        self._world = world
        self._started = time.time_ns()
        self._asked: dict[str, Stamp] = {}
        self._found: dict[str, Stamp] = {}  # those that the files have
        self._digests: dict[str, bytes] = {}
        self._taken: dict[str, bytes] = {}
        self.is_changed = False
        """Whether there is more to be remembered than was known."""

    def of(self, path: str) -> Stamp:
        """The stamp that what is at an absolute path is known by, or `MISSING`."""
        if path not in self._asked:
            stamp = self._world.stamp(path)
            self._asked[path] = (
                MISSING if stamp is None else self.known_as(path, (stamp.mtime_ns, stamp.size))
            )
        return self._asked[path]

    def known_as(self, path: str, stamp: Stamp) -> Stamp:
        """The stamp by which a file is known that has `stamp` now: an earlier one, if it says what it said then."""
        self._found[path] = stamp
        before = self._before.get(path)
        if before is None:
            return stamp
        known, seen, digest = before
        if known == stamp or known[1] != stamp[1]:
            return stamp
        if seen == stamp[0] or self._digest(path) == digest:
            self.is_changed |= seen != stamp[0]
            return known
        return stamp

    def settled(self, path: str) -> Stamp:
        """The same as `of`, but `MISSING` where it is too new to tell a change by."""
        stamp = self.of(path)
        return MISSING if self.is_new(stamp[0]) else stamp

    def is_new(self, mtime_ns: int) -> bool:
        """Whether a file of that age may have been written, and may be written again, without a sign of it."""
        return mtime_ns > self._started - _COARSE

    def take(self, digests: Mapping[str, bytes]) -> None:
        """Take the digests of files that were read in this run."""
        for path, digest in digests.items():
            if self._taken.setdefault(path, digest) != digest:
                self._taken[path] = b""  # it was written meanwhile

    def plain(self, paths: Iterable[str]) -> dict[str, Known]:
        """What is known of these files."""
        known = ((path, self._known(path)) for path in paths)
        return {path: each for path, each in known if each is not None}

    def _known(self, path: str) -> Known | None:
        before, stamp = self._before.get(path), self._found.get(path)
        read = {each[path] for each in (self._digests, self._taken) if path in each}
        if before is not None and (stamp is None or stamp in {before[0], (before[1], before[0][1])}):
            return before if read <= {before[2]} else None
        if stamp is None or len(read) != 1 or not all(read):
            return None  # it was not read, or it was written meanwhile
        (digest,) = read
        known = (stamp[0], stamp[1])
        if before is not None and before[0][1] == stamp[1] and before[2] == digest:
            known = before[0]
        return known, 0 if self.is_new(stamp[0]) else stamp[0], digest

    def _digest(self, path: str) -> bytes:
        if path not in self._digests:
            self._digests[path] = digest_of(self._world.data(path))
        return self._digests[path]
