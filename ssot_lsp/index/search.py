"""Which files of a folder hold given bytes: how definitions are found by name, without parsing a workspace.

The folder is gone through once; afterwards only what changed is looked at again.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from ssot_lsp.files import PYTHON_NAMES, UnreadableError
from ssot_lsp.tree import EveryFile, Tally, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ssot_lsp.files import Files, Found
    from ssot_lsp.tree import Policy

_WORD = re.compile(rb"\w+")


class Search:
    """What the Python files below `root` that are not excluded hold. `policy_of` is what `tree.Tree` asks."""

    def __init__(self, files: Files, root: str, policy_of: Callable[[str], Policy]) -> None:
        self.root = root
        self._files = files
        self._policy_of = policy_of
        self._tree = Tree(files, root, lambda folder: EveryFile.of(policy_of(folder)))
        self._holders: dict[bytes, set[str]] = {}
        self.count = 0
        """How many files the last walk went through."""

    def holders(self, needles: Iterable[bytes]) -> dict[bytes, frozenset[str]]:
        """For each needle the absolute paths of the files that hold it."""
        wanted = tuple(needles)
        if missing := dict.fromkeys(needle for needle in wanted if needle not in self._holders):
            self._walk(tuple(missing))
        return {needle: frozenset(self._holders[needle]) for needle in wanted}

    def knows(self, needles: Iterable[bytes]) -> bool:
        """Whether the answer for all of them is there without a walk."""
        return all(needle in self._holders for needle in needles)

    def merge(self, other: Search) -> None:
        """Take over what another search of the same folder knows of other needles."""
        for needle, found in other._holders.items():
            self._holders.setdefault(needle, found)

    def changed(self, paths: Iterable[str]) -> bool:
        """Look again at files that were written, came or went, and at folders with all below; whether that matters."""
        if not self._holders:
            return False
        before = {needle: frozenset(found) for needle, found in self._holders.items()}
        self._look_again(paths)
        return before != self._holders

    def _look_again(self, paths: Iterable[str]) -> None:
        needles = _by_word(self._holders)
        is_fresh = False
        for path in paths:
            below = path + os.sep
            for found in self._holders.values():
                found.difference_update([each for each in found if each == path or each.startswith(below)])
            if not path.startswith(self.root.rstrip(os.sep) + os.sep):
                continue
            if not is_fresh:
                is_fresh = True
                self._tree = Tree(
                    self._files, self.root, lambda folder: EveryFile.of(self._policy_of(folder))
                )
            if self._tree.why_excluded(path) is not None:
                continue
            if path.endswith(PYTHON_NAMES):
                if self._files.is_file(path):
                    self._look(path, needles)
            elif self._files.is_folder(path):
                for each in self._tree.walk(path, Tally()):
                    self._look(each.path, needles)

    def _walk(self, needles: Sequence[bytes]) -> None:
        for needle in needles:
            self._holders[needle] = set()
        self.count = 0
        by_word = _by_word(needles)
        for found in self._tree.walk(self.root, Tally()):
            self.count += 1
            self._look(found.path, by_word)

    def _look(self, path: str, needles: Mapping[bytes, Sequence[bytes]]) -> None:
        try:
            data = self._files.bytes_of(path)
        except UnreadableError:
            return
        for word, having in needles.items():
            if word in data:
                for needle in having:
                    if needle in data:
                        self._holders[needle].add(path)


def _by_word(needles: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """The needles by the longest word in each: one search tells of most files that they hold none of several."""
    found: dict[bytes, list[bytes]] = {}
    for needle in needles:
        found.setdefault(max(_WORD.findall(needle), key=len, default=needle), []).append(needle)
    return found


def every_file(files: Files, root: str, policy_of: Callable[[str], Policy]) -> Iterator[Found]:
    """The files that searches below `root` go through."""
    return Tree(files, root, lambda folder: EveryFile.of(policy_of(folder))).walk(root, Tally())
