"""Which files there are in a folder, and which of them are left out.

What is left out is decided folder by folder from the top down, so nothing below an excluded folder is ever
looked at.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ssot_lsp.files import CONFIG_NAMES, PYTHON_NAMES, Found, Stamp, UnreadableError, is_below, reason_of
from ssot_lsp.ignores import NEVER, Ignore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ssot_lsp.files import Files


class Policy(Protocol):
    """What a walk asks of a configuration."""

    @property
    def root(self) -> str:
        """The folder that its patterns start from."""

    @property
    def exclude(self) -> Sequence[str]:
        """Patterns that are left out besides NEVER."""

    def is_test_file(self, path: str) -> bool:
        """Whether the file at absolute `path` is one of those that are asked for."""


@dataclass(frozen=True, slots=True)
class EveryFile:
    """A policy that asks for every Python file below `root` that `exclude` lets through."""

    root: str
    exclude: Sequence[str] = ()

    @classmethod
    def of(cls, policy: Policy) -> EveryFile:
        """The same root and exclusions, whichever files `policy` asks for."""
        return cls(policy.root, policy.exclude)

    def is_test_file(self, path: str) -> bool:  # noqa: ARG002 - the answer is yes
        """Whether the file is wanted."""
        return True


@dataclass(slots=True)
class Tally:
    """What walks came upon besides the files that they yielded."""

    python_files: int = 0  # seen, tests or not, excluded or not
    excluded: set[str] = field(
        default_factory=set
    )  # test files left out one by one, not those of excluded folders
    failed: list[tuple[str, str]] = field(default_factory=list)  # path and reason
    folders: list[str] = field(default_factory=list, compare=False)  # left out with all that is in them
    others: list[tuple[os.DirEntry[str], _Level]] = field(
        default_factory=list, compare=False
    )  # that are no test files


class Tree:
    """The folder `root`, without what is excluded in it.

    `policy_of` is asked once for `root` and once for each folder below that holds a configuration file. What
    was read of a folder is remembered; `forget` drops it. `root` itself is never excluded, nor is what is not
    below it.
    """

    def __init__(self, files: Files, root: str, policy_of: Callable[[str], Policy]) -> None:
        self.root = root
        self._files = files
        self._policy_of = policy_of
        self._levels: dict[str, _Level] = {}
        self._excludes: dict[tuple[str, tuple[str, ...]], Ignore] = {}
        self._failed: dict[str, str] = {}

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._levels.clear()
        self._failed.clear()

    def why_excluded(self, path: str) -> str | None:
        """Why the file or folder at absolute `path` is left out, as the end of "… is excluded: …", or None."""
        folder, name = os.path.split(path)
        if not is_below(path, self.root) or path == self.root:
            return None
        level = self._level(folder)
        if level.why is not None:
            return level.why
        if self._files.is_folder(path):
            return self._level(path).why
        return level.why_not(path, name, is_folder=False)

    def walk(self, folder: str, tally: Tally) -> Iterator[Found]:
        """The test files of absolute `folder` and all below, in no particular order.

        A link to a folder is followed only where it leads out of `root`, each target once. What cannot be read
        goes to `tally`.
        """
        top = self._level(os.path.dirname(folder)) if folder != self.root else None
        if top is not None and top.why is not None:
            return
        pending: list[tuple[str, _Level | None]] = [(folder, top)]
        linked: set[str] = set()
        while pending:
            folder, above = pending.pop()
            try:
                entries = self._files.entries(folder)
            except UnreadableError as error:
                tally.failed.append((folder, str(error)))
                continue
            level = self._enter(folder, above, {entry.name for entry in entries}.__contains__)
            if level.why is not None:
                tally.folders.append(folder)
                continue
            for entry in entries:
                name = entry.name
                if _is_folder(entry):
                    if self._is_another_way(entry, linked):
                        continue
                    if level.leaves_out(entry.path, name, is_folder=True):
                        tally.folders.append(entry.path)
                    else:
                        pending.append((entry.path, level))
                elif name.endswith(PYTHON_NAMES):
                    tally.python_files += 1
                    if not level.policy.is_test_file(entry.path):
                        tally.others.append((entry, level))
                        continue
                    if level.leaves_out(entry.path, name, is_folder=False):
                        tally.excluded.add(entry.path)
                    elif found := _stat(entry, tally):
                        yield found
        tally.failed += [each for each in self._failed.items() if each not in tally.failed]

    def others(self, tally: Tally) -> Iterator[Found]:
        """The Python files that a walk came upon, that are no test files, and that are not excluded."""
        for entry, level in tally.others:
            if not level.leaves_out(entry.path, entry.name, is_folder=False) and (
                found := _stat(entry, tally)
            ):
                yield found

    def _is_another_way(self, entry: os.DirEntry[str], linked: set[str]) -> bool:
        """Whether a folder is a link to one that the walk reaches anyway, or has reached."""
        if not entry.is_symlink():
            return False
        target = os.path.realpath(entry.path)
        root = os.path.realpath(self.root)
        if target in linked or is_below(target, root) or is_below(root, target):
            return True
        linked.add(target)
        return False

    def _level(self, folder: str) -> _Level:
        """What holds in `folder`, which is `root` or below it, found by looking at it alone."""
        pending = []
        while folder not in self._levels:
            pending.append(folder)
            if folder == self.root:
                break
            folder = os.path.dirname(folder)
        level = self._levels.get(folder)
        for each in reversed(pending):
            if level is not None and level.why is not None:
                self._levels[each] = level
            else:
                level = self._enter(each, level, partial(self._holds, each))
        assert level is not None  # noqa: S101 - for the types: `folder` was known, or was pending
        return level

    def _holds(self, folder: str, name: str) -> bool:
        return self._exists(os.path.join(folder, name))

    def _exists(self, path: str) -> bool:
        return self._files.is_file(path) or (path.endswith(".git") and self._files.is_folder(path))

    def _enter(self, folder: str, above: _Level | None, holds: Callable[[str], bool]) -> _Level:
        known = self._levels.get(folder)
        if known is not None:
            return known
        if above is None or any(map(holds, CONFIG_NAMES)):
            policy = self._policy_of(folder)
            excludes = self._exclude(policy)
        else:
            policy, excludes = above.policy, above.excludes
        why = None
        if above is None:
            ignores = () if holds(".git") else self._ignores_above(folder)
        else:
            ignores = () if holds(".git") else above.ignores
            name = os.path.basename(folder)
            if holds("pyvenv.cfg"):
                why = f"`{name}` is a virtual environment, it holds `pyvenv.cfg`"
            else:
                why = above.why_not(folder, name, is_folder=True)
        if why is None and holds(".gitignore"):
            ignores = (self._ignore(folder), *ignores)
        level = self._levels[folder] = _Level(policy, excludes, ignores, why)
        return level

    def _exclude(self, policy: Policy) -> Ignore:
        key = (policy.root, tuple(policy.exclude))
        if key not in self._excludes:
            self._excludes[key] = Ignore(policy.root, None, (*NEVER, *policy.exclude))
        return self._excludes[key]

    def _ignores_above(self, folder: str) -> tuple[Ignore, ...]:
        """The `.gitignore` files of the folders above `folder`, up to the repository's own, nearest first."""
        found: list[Ignore] = []
        while (parent := os.path.dirname(folder)) != folder:
            folder = parent
            if self._files.is_file(os.path.join(folder, ".gitignore")):
                found.append(self._ignore(folder))
            if self._exists(os.path.join(folder, ".git")):
                return tuple(found)
        return ()

    def _ignore(self, folder: str) -> Ignore:
        path = os.path.join(folder, ".gitignore")
        try:
            data = self._files.bytes_of(path)
        except UnreadableError as error:
            self._failed[path] = str(error)
            data = b""
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
        return Ignore(folder, path, text.splitlines())


@dataclass(frozen=True, slots=True)
class _Level:
    """What holds in one folder: its configuration, and what is left out of it."""

    policy: Policy
    excludes: Ignore
    ignores: tuple[Ignore, ...]  # nearest first: it has the last word
    why: str | None  # why all of it is left out

    def leaves_out(self, path: str, name: str, *, is_folder: bool) -> bool:
        if self.excludes.decides(path, name, is_folder=is_folder):
            return True
        for ignore in self.ignores:
            decision = ignore.decides(path, name, is_folder=is_folder)
            if decision is not None:
                return decision
        return False

    def why_not(self, path: str, name: str, *, is_folder: bool) -> str | None:
        for ignore in (self.excludes, *self.ignores):
            decision = ignore.decides(path, name, is_folder=is_folder)
            if decision:
                return ignore.explain(path, name, is_folder=is_folder)
            if decision is False and ignore is not self.excludes:
                return None
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself; if it is asked for, reading it says so
        return False


def _stat(entry: os.DirEntry[str], tally: Tally) -> Found | None:
    try:
        status = entry.stat()
    except OSError as error:
        tally.failed.append((entry.path, reason_of(error)))
        return None
    if not stat.S_ISREG(status.st_mode):
        tally.failed.append((entry.path, "is not a regular file"))
        return None
    return Found(entry.path, Stamp(status.st_mtime_ns, status.st_size))
