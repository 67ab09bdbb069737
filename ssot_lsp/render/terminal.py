"""Text as a terminal shows it: nothing that steers it gets through, columns are counted, colours are names."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

Paint = Callable[[str, str], str]  # text and the name of a style in, text out

CUT = "…"

_TAB = "    "
_RESET = "\x1b[0m"
_STYLES = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "error": "\x1b[31m",
    "warning": "\x1b[33m",
    "information": "\x1b[36m",
    "hint": "\x1b[2m",
}
# They turn round what stands after them, so that a line reads as what it is not.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def paint(text: str, style: str) -> str:
    """`text` in the colours of a terminal."""
    return f"{_STYLES[style]}{text}{_RESET}"


def plain(text: str, _style: str) -> str:
    """`text` as it is."""
    return text


def printable(text: str) -> str:
    """`text` with a tab as blanks and whatever would steer the terminal as a picture of it."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def width(text: str) -> int:
    """How many columns `text`, which is printable, takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def keep_start(text: str, columns: int) -> str:
    """As much of the start of `text` as fits, with a sign where something is cut."""
    if width(text) <= columns:
        return text
    return text[: _fitting(text, columns - 1)] + CUT


def keep_end(text: str, columns: int) -> str:
    """As much of the end of `text` as fits, with a sign where something is cut."""
    if width(text) <= columns:
        return text
    return CUT + text[len(text) - _fitting(text[::-1], columns - 1) :]


def _fitting(text: str, columns: int) -> int:
    """How many of the first code points fit."""
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > columns:
            return index
    return len(text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _visible(character: str) -> str:
    if character == "\t":
        return _TAB
    if character < " ":
        return chr(0x2400 + ord(character))  # U+2400: the pictures of the control characters, in their order
    if character in "\u2028\u2029":
        return "\N{SYMBOL FOR NEWLINE}"
    if "\x7f" <= character < "\xa0" or character in _DIRECTIONS or "\ud800" <= character <= "\udfff":
        return "\N{REPLACEMENT CHARACTER}"
    return character
