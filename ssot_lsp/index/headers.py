"""The headers of classes, read off a text's bytes: the one reader for all who look at classes before the parse.

What stands in a string and looks like a header counts as one: who asks errs on the side of yes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Starts with what it is found by: looking for a line's start takes ten times as long.
_HEADER = re.compile(rb"class[ \t]+\w+[^\n(:\[#]*(?:\(([^:#]*?)\))?[ \t]*:")
_PIECE = re.compile(rb"#[^\r\n]*|[()\[\]{}:]")
_BLANKS = b" \t\f"
_BEHIND_CLASS = (b" ", b"\t", b"\f", b"\\")
_BOM = b"\xef\xbb\xbf"
_LONGEST = 4000  # bytes


class Header(NamedTuple):
    """The header of a class."""

    whole: bytes
    """From `class` to its colon, without comments."""
    bases: bytes
    """What stands in its brackets; more than that, at its end, unless the header is plain."""
    is_plain: bool
    """Whether there are no comments, colons or parameters of types in it: else it may be read wrongly."""


def headers(data: bytes) -> Iterator[Header]:
    """The headers of classes in a text of any line ends, in their order."""
    at = data.find(b"class")
    while at >= 0:
        end = at + 1
        line = data.rfind(b"\n", 0, at) + 1
        line = max(line, data.rfind(b"\r", line, at) + 1)
        if not data[line:at].removeprefix(_BOM).strip(_BLANKS):
            match = _HEADER.match(data, at)
            if match is not None:
                end = match.end()
                yield Header(match[0], match[1] or b"", is_plain=True)
            elif data.startswith(_BEHIND_CLASS, at + len(b"class")):  # else it is how a word begins
                whole = _long_header(data, at)
                end = at + len(whole)
                yield Header(whole, whole.partition(b"(")[2], is_plain=False)
        at = data.find(b"class", end)


def _long_header(data: bytes, start: int) -> bytes:
    """The header that starts there, without its comments; as much as it may be of one that does not end."""
    limit = min(len(data), start + _LONGEST)
    depth, at, kept = 0, start, b""
    for piece in _PIECE.finditer(data, start, limit):
        kept += data[at : piece.start()]
        at = piece.start() if piece[0][:1] != b"#" else piece.end()
        if piece[0] == b":" and not depth:
            break
        depth += (piece[0] in b"([{") - (piece[0] in b")]}")
    return kept + b":"
