"""The searches over a workspace that remembered results came from, and whether they still have the same answers.

All Python files below a root are known with their stamps, and what each says to each search. Later only files with
another stamp are read, so that it costs a walk to know which answers are others now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.index.answers import sayings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lsp.index.answers import Answer, Search
    from ssot_lsp.stamps import Stamp, Stamps

Plain = dict[str, tuple[dict[str, "Stamp"], dict[tuple[str, str], "Answer"]]]  # by root
_UNTOLD = (-1, -1)  # the stamp of a file that has to be read whatever it is now


class World(Protocol):
    """What holds now."""

    def python_files(self, root: str) -> Mapping[str, Stamp]:
        """All Python files below a root that are not excluded, with time of change and size."""

    def data(self, path: str) -> bytes:
        """The bytes of a file, none where it cannot be read."""


class _Now(NamedTuple):
    """What was found out about a root."""

    stamps: Mapping[str, Stamp]
    answers: dict[Search, Answer]
    changed: frozenset[Search]  # those that had another answer before


class Searches:
    """What the files say to the searches of one workspace; `before` is what `plain` gave in an earlier run."""

    def __init__(self, before: Plain, stamps: Stamps, world: World) -> None:
        self._before = before
        self._stamps = stamps
        self._world = world
        self._now: dict[str, _Now] = {}
        self._taken: dict[Search, Answer] = {}
        self._doubtful: set[Search] = set()
        self.is_changed = False
        """Whether there is more to be remembered than was known."""

    def has_same_answer(self, search: Search) -> bool:
        """Whether the answer to a search is what it was."""
        now = self._look(search[0])
        return search in now.answers and search not in now.changed

    def take(self, answers: Mapping[Search, Answer]) -> None:
        """Take answers that somebody has found in this run."""
        for search, answer in answers.items():
            if self._taken.setdefault(search, answer) != answer:
                self._doubtful.add(search)  # files were written meanwhile

    def settle(self) -> None:
        """Find out what holds wherever somebody has searched in this run, and whether all saw the same."""
        for search, answer in self._taken.items():
            if self._look(search[0]).answers.get(search, answer) != answer:
                self._doubtful.add(search)

    def is_certain(self, search: Search) -> bool:
        """Whether all who have asked in this run got the same answer."""
        return search in self._taken and search not in self._doubtful

    def may_have_same_answer(self, search: Search) -> bool:
        """Whether the answer is not known to be another, without a look at a root that nobody has asked about."""
        return search not in self._doubtful and (search[0] not in self._now or self.has_same_answer(search))

    def plain(self, used: Iterable[Search]) -> Plain:
        """All there is to know about these searches; a file that is too new to tell a change by is to be read again."""
        known: Plain = {}
        for search in used:
            root, kind, words = search
            now = self._now.get(root)
            if root not in known:
                if now is None:
                    known[root] = (self._before[root][0], {})
                else:
                    told = {
                        path: _UNTOLD if self._stamps.is_new(each[0]) else each
                        for path, each in now.stamps.items()
                    }
                    known[root] = (told, {})
            if now is None:
                known[root][1][kind, words] = self._before[root][1][kind, words]
            else:
                known[root][1][kind, words] = self._taken.get(search, now.answers.get(search, {}))
        return known

    def _look(self, root: str) -> _Now:
        now = self._now.get(root)
        if now is None:
            stamps, known = self._before.get(root, ({}, {}))
            files = self._world.python_files(root)
            found = {path: self._stamps.known_as(path, each) for path, each in files.items()}
            answers = {(root, *search): dict(answer) for search, answer in known.items()}
            others = [path for path, stamp in found.items() if stamps.get(path) != stamp]
            others += (path for path in stamps if path not in found)
            changed: set[Search] = set()
            for path in others if answers else ():
                said = sayings(self._world.data(path) if path in found else b"", answers)
                for search, answer in answers.items():
                    if answer.get(path) != said.get(search):
                        changed.add(search)
                        if search in said:
                            answer[path] = said[search]
                        else:
                            del answer[path]
            self.is_changed |= bool(others)
            now = self._now[root] = _Now(found, answers, frozenset(changed))
        return now
