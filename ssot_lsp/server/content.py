"""The text of an open document as the client has it, in pieces where it is long.

An edit copies the text that it is made in. Copying 5 MB takes longer than anybody else should wait for the event
loop, so a long text is kept in pieces of whole lines: an edit takes the pieces that it touches anew, and who needs the
whole, which is a thread, puts them together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from lsprotocol import types

from ssot_lsp.server.convert import from_lsp_range
from ssot_lsp.text import Edit, Lines

if TYPE_CHECKING:
    from ssot_lsp.text import PositionEncoding

LARGE = 400_000  # code points; what is longer is kept in pieces, and parsed in a thread
_PIECE = 1 << 16  # code points that a piece has at least, when a text is taken to pieces

_SURROGATE = re.compile("[\ud800-\udfff]")


class _Piece:
    """Some lines of a text. All but the last piece end with a line feed, so that no line is of two pieces."""

    __slots__ = ("_breaks", "_lines", "text")

    def __init__(self, text: str, lines: Lines | None = None) -> None:
        self.text = text
        self._lines = lines
        self._breaks: int | None = None

    @property
    def lines(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines

    @property
    def breaks(self) -> int:
        """How many lines end in it."""
        if self._breaks is None:
            is_plain = self._lines is None and "\r" not in self.text
            self._breaks = self.text.count("\n") if is_plain else len(self.lines) - 1
        return self._breaks


class Content:
    """A text. Immutable, safe to read from any thread; each property costs the length of a long one, once."""

    __slots__ = ("_is_torn", "_lines", "_pieces", "_text")

    def __init__(self, pieces: tuple[_Piece, ...], *, is_torn: bool | None = None) -> None:
        """Take what `of` and `edited` made; not for others to call."""
        self._pieces = pieces
        self._text = pieces[0].text if len(pieces) == 1 else None
        self._lines: Lines | None = None
        self._is_torn = is_torn

    @classmethod
    def of(cls, text: str) -> Content:
        """The content that a client sends as a whole."""
        return cls((_Piece(text),))

    def __len__(self) -> int:
        """How many code points there are."""
        return sum(len(each.text) for each in self._pieces)

    @property
    def text(self) -> str:
        """All of it."""
        if self._text is None:
            self._text = "".join(each.text for each in self._pieces)
        return self._text

    @property
    def lines(self) -> Lines:
        """The lines of the text."""
        if len(self._pieces) == 1:
            return self._pieces[0].lines
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines

    @property
    def is_torn(self) -> bool:
        """Whether it holds half of a surrogate pair."""
        if self._is_torn is None:
            self._is_torn = _has_halves(self.text)
        return self._is_torn

    @property
    def sound_text(self) -> str:
        """The text for the engine: of the same length in every encoding, without halves of surrogate pairs."""
        return _SURROGATE.sub("\ufffd", self.text) if self.is_torn else self.text

    def edited(self, range_: types.Range, text: str, encoding: PositionEncoding) -> Content:
        """The content with `text` in the place of a range, whose columns count in code units of `encoding`."""
        pieces = self._pieces if len(self._pieces) > 1 else _cut(self._pieces[0])
        firsts = list(accumulate((each.breaks for each in pieces[:-1]), initial=0))  # the first line of each
        asked = range_.start.line, range_.end.line
        low, high = sorted(max(0, bisect_right(firsts, line) - 1) for line in asked)
        touched = pieces[low].lines
        if low < high:
            touched = Lines("".join(each.text for each in pieces[low : high + 1]))
        span = from_lsp_range(_moved_up(range_, firsts[low]), touched, encoding)
        lines = touched.edited(Edit(span, text))
        # The line feed at the end of a piece stays: what is behind it is a place in the next piece.
        new = _cut(_Piece(lines.text, lines))
        is_torn = self.is_torn or _has_halves(text)
        content = Content((*pieces[:low], *new, *pieces[high + 1 :]), is_torn=is_torn)
        return content._joined() if is_torn else content

    def _joined(self) -> Content:
        """One character of two halves that have met, as they are one for the client."""
        text = self.text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        return self if text == self.text else Content.of(text)


def _cut(piece: _Piece) -> tuple[_Piece, ...]:
    """The piece, or the smaller ones that a large one consists of."""
    text = piece.text
    if len(text) <= LARGE:
        return (piece,)
    found: list[_Piece] = []
    at = 0
    while (end := text.find("\n", at + _PIECE) + 1) > 0:
        found.append(_Piece(text[at:end]))
        at = end
    return (*found, _Piece(text[at:]))


def _moved_up(range_: types.Range, lines: int) -> types.Range:
    if not lines:
        return range_
    start, end = range_.start, range_.end
    return types.Range(
        types.Position(start.line - lines, start.character), types.Position(end.line - lines, end.character)
    )


def _has_halves(text: str) -> bool:
    """Whether there is half of a surrogate pair in `text`: only such cannot be encoded."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
