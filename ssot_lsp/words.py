r"""Words in the bytes of a text: the one place that knows where one starts and ends.

A name may hold letters beyond ASCII, of which all bytes in UTF-8 are 0x80 or above: neither `\w` nor `\b` of a pattern
of bytes takes them for parts of a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WORD_BYTES = frozenset(
    bytes((each,)) for each in range(256) if each >= 0x80 or chr(each).isalnum() or chr(each) == "_"
)
"""All that a word is made of, byte by byte."""

STARTS_HERE = rb"(?<![\w\x80-\xff])"
"""No word goes on here, in a pattern. At its start that is several times slower than to look at `WORD_BYTES` afterwards."""
ENDS_HERE = rb"(?![\w\x80-\xff])"
"""The same for what follows."""


def encoded(name: str) -> bytes:
    """The bytes of a name in a text; halves of surrogate pairs stay what they are."""
    return name.encode("utf-8", "surrogatepass")


def any_of(names: Iterable[str]) -> bytes:
    """A pattern of each of `names`, the longer one first where one starts like another."""
    return b"|".join(re.escape(encoded(name)) for name in sorted(names, reverse=True))


def word_starts(data: bytes, word: bytes) -> Iterator[int]:
    """The bytes where `word` starts and is no part of a longer one, in order; none for an empty word."""
    # Not by a pattern, which would have to start with a look behind: that holds everybody up in a huge file.
    at = data.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        if data[at - 1 : at] not in WORD_BYTES and data[end : end + 1] not in WORD_BYTES:
            yield at
        at = data.find(word, end)
