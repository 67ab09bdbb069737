"""Leaving out of a file what cannot matter, before it is parsed: the bodies of functions that mention no mock.

For the command line, where parsing is most of the work and most functions of most test files make no double. A body is
blanked, byte for byte, only where it surely ends where its indentation does, and where nothing outside of it could
ask what it says: it assigns no attribute, declares nothing global and belongs to no fixture.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A function whose header ends on its first line, or on the line that closes its parameters, and the lines below that
# are indented deeper, blank lines between them included.
_FUNCTION = re.compile(
    rb"^(?P<indent>[ \t]*)(?:async[ \t]+)?def[ \t]+\w+"
    rb"(?:[^\n]*|[^\n]*\(\r?\n(?:(?P=indent)[ \t]+[^\n]*\n)*(?P=indent)\)[^\n]*)"
    rb":[ \t]*(?:#[^\n]*)?\r?\n"
    rb"(?P<body>(?:(?:[ \t]*\r?\n)*(?P=indent)[ \t]+[^\s][^\n]*\n)+)",
    re.MULTILINE,
)
_ATTRIBUTE_ASSIGNMENT = re.compile(rb"^[^\n(=]*\.\w+[^\n(=]*=(?!=)", re.MULTILINE)
_BLANK = bytes(byte if byte in b"\n\r" else ord(" ") for byte in range(256))
_BRACKETS = ((b"(", b")"), (b"[", b"]"), (b"{", b"}"))
# How far above a header its decorators are looked for, in bytes.
_DECORATORS = 400
_FILLER = b"pass"
# What keeps a body besides the words that are asked for: others may look inside.
_TELLING = (b"global", b"nonlocal")
_ALIAS = re.compile(rb"\bas[ \t]+(\w+)")
_WORD = re.compile(rb"\w+")


def skimmed(data: bytes, words: Iterable[bytes]) -> bytes:
    """`data` (UTF-8) with the bodies of functions blanked in which none of `words` stands, in any letter case."""
    lowered = data.lower()
    places = _places(lowered, {*(word.lower() for word in words), *_TELLING})
    pieces: list[bytes] = []
    done = at = 0
    while (match := _FUNCTION.search(data, at)) is not None:
        start, end = match.span("body")
        at = start
        index = bisect_left(places, start)
        is_silent = index == len(places) or places[index] >= end
        if is_silent and (blank := _blanked(data, match)) is not None:
            pieces += (data[done:start], blank)
            done = at = end
    return b"".join((*pieces, data[done:])) if pieces else data


def aliases(data: bytes, needles: Iterable[bytes]) -> set[bytes]:
    """The names that lines with one of `needles` may bind to what they name: `M = mock.Mock`, `mock as m`."""
    found: set[bytes] = set()
    for needle in needles:
        at = data.find(needle)
        while at >= 0:
            start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
            line = data[start : end if end >= 0 else len(data)]
            before = line[: at - start]
            if b"=" in before and (b"(" not in before or b":=" in before):
                found.update(_WORD.findall(before))
            found.update(_ALIAS.findall(line))
            at = data.find(needle, end) if end >= 0 else -1
    return found


def _places(lowered: bytes, words: Iterable[bytes]) -> list[int]:
    found: list[int] = []
    for word in words:
        at = lowered.find(word)
        while at >= 0:
            found.append(at)
            at = lowered.find(word, at + 1)
    found.sort()
    return found


def _blanked(data: bytes, match: re.Match[bytes]) -> bytes | None:
    """The body of a function as blanks with one statement; None where it has to stay."""
    start, end = match.span("body")
    header = match.start()
    if b"fixture" in data[max(0, header - _DECORATORS) : header] or b"ocker" in data[header:start]:
        return None
    body = data[start:end]
    if _ATTRIBUTE_ASSIGNMENT.search(body) is not None or not _is_balanced(data[header:start]):
        return None
    if not _is_closed(body, data[end : end + 200]):
        return None
    first = body[: body.find(b"\n")]
    indent = len(first) - len(first.lstrip(b" \t"))
    if len(first.rstrip()) - indent < len(_FILLER):
        return None
    blank = body.translate(_BLANK)
    return blank[:indent] + _FILLER + blank[indent + len(_FILLER) :]


def _is_closed(body: bytes, below: bytes) -> bool:
    """Whether no bracket, string or continued line of a body reaches out of it, as far as counting can tell."""
    if body.count(b'"""') % 2 or body.count(b"'''") % 2 or body.rstrip(b"\r\n").endswith(b"\\"):
        return False
    if below.lstrip()[:1] in {b")", b"]", b"}"}:
        return False
    return _is_balanced(body)


def _is_balanced(data: bytes) -> bool:
    return all(data.count(opening) == data.count(closing) for opening, closing in _BRACKETS)
