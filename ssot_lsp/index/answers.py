"""Answers to searches over a workspace, told file by file: what a file says to one can be compared, and read anew.

A search is a plain tuple of the root below which Python files count, its kind and its words. What a file says to it
is a number; None where it says nothing. The answer to a search is what all files say.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from ssot_lsp.index.heirs import mentions_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssot_lsp.index.heirs import Mentions

Search = tuple[str, str, str]  # root, kind, words
Answer = dict[str, int]  # absolute path -> what the file says

HOLDERS, HEIRS = "holders", "heirs"

_CLASS = b"class "
_TRIPLE = (b'"""', b"'''")


class Searched:
    """Which searches were made, for one file after the other."""

    def __init__(self) -> None:
        self._shared: set[Search] = set()
        self._own: set[Search] = set()

    def add(self, search: Search) -> None:
        """Take note of a search."""
        (self._own if search[1] == HEIRS else self._shared).add(search)

    def begin(self) -> None:
        """Now comes another file."""
        self._own.clear()

    def since(self) -> tuple[Search, ...]:
        """The searches that what was said of the file may depend on.

        What came of the searches for holders is kept for the files that follow: all of them count.
        """
        return tuple(sorted(self._own | self._shared))


def sayings(data: bytes, searches: Iterable[Search]) -> dict[Search, int]:
    """What a file of these bytes says to each of the searches, without those to which it says nothing."""
    found: dict[Search, int] = {}
    mentions = None
    for search in searches:
        _, kind, words = search
        if kind == HOLDERS:
            said = said_by_holder(data, words.encode("utf-8", "surrogatepass"))
        else:
            mentions = mentions or mentions_in(data)
            said = said_of_base(mentions, words)
        if said is not None:
            found[search] = said
    return found


def said_by_holder(data: bytes, needle: bytes) -> int | None:
    """What a file says to a search for the files that hold `needle`.

    Of a definition at the start of a line its lines count, and whether they stand in a string: on what else the file
    holds depends who has looked into it. Of anything else the whole file counts.
    """
    if needle not in data:
        return None
    is_class = needle.startswith(_CLASS)
    if not is_class and not needle.startswith(b"\n"):
        return zlib.crc32(data)
    lines = [b""]
    for match in re.finditer(re.escape(needle) + (rb"(?!\w)" if is_class else b""), data):
        start = data.rfind(b"\n", 0, match.end()) + 1
        if is_class and start != match.start():
            return zlib.crc32(data)
        quotes = (str(data.count(each, 0, start) % 2).encode() for each in _TRIPLE)
        lines += (*quotes, data[start:].split(b"\n", 1)[0])
    return zlib.crc32(b"\n".join(lines)) if len(lines) > 1 else None


def said_of_base(mentions: Mentions, name: str) -> int | None:
    """What a file says to a search for those that mention `name` as a base class."""
    headers, renamed = mentions.headers.get(name), mentions.renamed.get(name)
    if headers is None and renamed is None:
        return None
    told = repr((sorted(headers or ()), sorted(renamed or ())))
    return zlib.crc32(told.encode("utf-8", "surrogatepass"))
