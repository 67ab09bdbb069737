"""Which files may hold classes that derive from a class of a given name: one look over the workspace, without parsing.

Errs on the side of yes; who asks resolves the bases of what is found.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import PYTHON_NAMES, UnreadableError
from ssot_lsp.index.headers import headers
from ssot_lsp.tree import EveryFile, Tally, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ssot_lsp.files import Files
    from ssot_lsp.tree import Policy

_RENAMED = re.compile(rb" as[ \t]+(\w+)")
_AS = (b" as ", b" as\t")
_ASSIGNED = re.compile(rb"\n(\w+)[ \t]*(?::[^=\n]*)?=[ \t]*([\w.]+(?:[ \t]+if\b[^\n]*)?)[ \t]*(?=[\r\n]|\Z)")
_LONGEST_WORD = 100  # bytes before an `as` in which a name is looked for
_WORD = re.compile(rb"[^\W\d]\w*")


class Mentions(NamedTuple):
    """What a file says of base classes: the headers by the words in them, and the other names that words go by."""

    headers: Mapping[str, frozenset[str]]
    renamed: Mapping[str, frozenset[str]]


def mentions_in(data: bytes) -> Mentions:
    """Read the headers of classes and the renamings of a text."""
    headed: dict[str, set[str]] = {}
    for whole, bases, _ in headers(data):
        words = _WORD.findall(bases)
        squeezed = b" ".join(whole.split()).decode("utf-8", "replace") if words else ""
        for word in words:
            headed.setdefault(word.decode("utf-8", "replace"), set()).add(squeezed)
    renamed: dict[str, set[str]] = {}
    for old, new in _renamings(data):
        for word in _WORD.findall(old):
            renamed.setdefault(word.decode("utf-8", "replace"), set()).add(new.decode("utf-8", "replace"))
    return Mentions(
        {word: frozenset(found) for word, found in headed.items()},
        {word: frozenset(found) for word, found in renamed.items()},
    )


def mentioned(data: bytes) -> set[bytes]:
    """The words that `mentions_in` has something to say of, and perhaps more, in a fraction of its time."""
    words = {header.bases for header in headers(data)}
    words.update(old for old, _ in _assigned(data))
    for each in _AS if b"\t" in data else _AS[:1]:
        at = data.find(each)
        while at >= 0:
            words.update(data[max(0, at - _LONGEST_WORD) : at].rsplit(None, 1)[-1:])
            at = data.find(each, at + 1)
    return {word for each in words for word in _WORD.findall(each)}


def _renamings(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What is given another name, by `as` or by an assignment of the module, with that name."""
    for match in _RENAMED.finditer(data):
        # not by a pattern that ends at `\Z`: it would be tried from each of the bytes before
        before = data[max(0, match.start() - _LONGEST_WORD) : match.start()].split()
        words = _WORD.findall(before[-1]) if before else ()
        if words and before[-1].endswith(words[-1]):
            yield words[-1], match.group(1)
    yield from _assigned(data)


def _assigned(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    for match in _ASSIGNED.finditer(b"\n" + data):
        yield match.group(2), match.group(1)


class Heirs:
    """The base classes that the Python files below `root` mention. Gone through once, when first asked."""

    def __init__(self, files: Files, root: str, policy_of: Callable[[str], Policy]) -> None:
        self._files = files
        self._root = root
        self._policy_of = policy_of
        self._by_word: dict[bytes, set[str]] | None = None
        self._read: dict[str, Mentions] = {}

    def files(self, name: str) -> list[tuple[str, Mentions]]:
        """The files that mention `name` in a class header or rename it."""
        return self.among(name, self._all().get(name.encode("utf-8", "surrogatepass"), ()))

    def among(self, name: str, paths: Iterable[str]) -> list[tuple[str, Mentions]]:
        """The same, where it is known which files may hold the name: no others are read."""
        found: list[tuple[str, Mentions]] = []
        for path in sorted(paths):
            if path not in self._read:
                try:
                    self._read[path] = mentions_in(self._files.bytes_of(path))
                except UnreadableError:
                    continue
            mentions = self._read[path]
            if name in mentions.headers or name in mentions.renamed:
                found.append((path, mentions))
        return found

    def changed(self, paths: Iterable[str]) -> None:
        """Look again at files that were written, came or went; at folders by starting anew."""
        self._read.clear()
        if self._by_word is None:
            return
        for path in paths:
            if not path.endswith(PYTHON_NAMES):
                self._by_word = None
                return
            for known in self._by_word.values():
                known.discard(path)
            if self._files.is_file(path) and self._tree().why_excluded(path) is None:
                self._look(self._by_word, path)

    def _tree(self) -> Tree:
        return Tree(self._files, self._root, lambda folder: EveryFile.of(self._policy_of(folder)))

    def _all(self) -> dict[bytes, set[str]]:
        if self._by_word is None:
            found: dict[bytes, set[str]] = {}
            for each in self._tree().walk(self._root, Tally()):
                self._look(found, each.path)
            self._by_word = found
        return self._by_word

    def _look(self, found: dict[bytes, set[str]], path: str) -> None:
        try:
            data = self._files.bytes_of(path)
        except UnreadableError:
            return
        for word in mentioned(data):
            found.setdefault(word, set()).add(path)


def is_of(path: str, root: str) -> bool:
    """Whether an open document belongs to the files below `root`."""
    return path.startswith(root.rstrip(os.sep) + os.sep) or not os.path.isabs(path)
