r"""Text and places in it: the one place that knows what a line is.

Offsets and columns are code points, 0-based. A line ends at ``\n``, ``\r\n`` or a lone ``\r``, as the
language server protocol has it, and nowhere else: not at a form feed, not at U+2028.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, islice, repeat
from operator import add
from typing import TYPE_CHECKING, AnyStr, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PositionEncoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(r"\r\n|\n|\r")
_LINE_END_IN_BYTES = re.compile(rb"\r\n|\n|\r")
_PIECE = 1 << 18  # code points, or bytes


class Span(NamedTuple):
    """A half-open range of code points: ``text[start:end]``."""

    start: int
    end: int

    def __contains__(self, offset: object) -> bool:
        """Whether the code point at `offset` lies inside; the end does not."""
        return isinstance(offset, int) and self.start <= offset < self.end

    def shift(self, by: int) -> Span:
        """The same span, `by` code points further on."""
        return Span(self.start + by, self.end + by)


class Place(NamedTuple):
    """A line and a column, both 0-based, the column in the units of whoever asked."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` by `text`."""

    span: Span
    text: str


class Lines:
    """The line starts of one text, and the way between offsets and places."""

    __slots__ = ("_is_ascii", "starts", "text")

    def __init__(self, text: str, starts: list[int] | None = None) -> None:
        """`starts`: the line starts of `text` where they are known."""
        self.text = text
        self.starts = line_starts(text) if starts is None else starts
        self._is_ascii = text.isascii()

    def edited(self, edit: Edit) -> Lines:
        """The lines of the text after `edit`: the starts outside of the edited lines are kept, not searched for."""
        (start, end), old = edit.span, self.starts
        first = bisect_right(old, start) - 1
        if first and old[first] == start:
            first -= 1  # a lone carriage return before the edit may become half of a line end
        last = bisect_right(old, end)  # what ends a line at or after `end` still does
        by = len(edit.text) - (end - start)
        text = self.text[:start] + edit.text + self.text[end:]
        stop = old[last] + by if last < len(old) else len(text)
        found = [match.end() for match in _LINE_END.finditer(text, old[first], stop)]
        if last < len(old):
            found.pop()  # it is the first of those that are kept
        kept = old[last:]
        return Lines(text, [*old[: first + 1], *found, *(map(by.__add__, kept) if by else kept)])

    def __len__(self) -> int:
        """How many lines there are; text that ends in a line end has an empty last line."""
        return len(self.starts)

    def line_of(self, offset: int) -> int:
        """The 0-based line that holds `offset`."""
        return bisect_right(self.starts, offset) - 1

    def span_of(self, line: int) -> Span:
        """The span of a 0-based line without its line end."""
        start = self.starts[line]
        if line + 1 == len(self.starts):
            return Span(start, len(self.text))
        end = self.starts[line + 1] - 1
        if self.text[end] == "\n" and end > start and self.text[end - 1] == "\r":
            end -= 1
        return Span(start, end)

    def content(self, line: int) -> str:
        """The text of a 0-based line without its line end."""
        start, end = self.span_of(line)
        return self.text[start:end]

    def place(self, offset: int, encoding: PositionEncoding = "utf-32") -> Place:
        """The place of `offset`, its column counted in code units of `encoding`."""
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        if encoding == "utf-32" or self._is_ascii:
            return Place(line, offset - start)
        return Place(line, _code_units(self.text[start:offset], encoding))

    def offset(self, line: int, column: int, encoding: PositionEncoding = "utf-32") -> int:
        """The offset of a place; past the end of a line is its end, past the last line the end of the text.

        A column inside of a character (half a surrogate pair) counts as the start of that character.
        """
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, end = self.span_of(line)
        if encoding == "utf-32" or self._is_ascii:
            return min(start + max(column, 0), end)
        content = self.text[start:end]
        if content.isascii():
            return min(start + max(column, 0), end)
        units = 0
        for index, character in enumerate(content):
            units += _code_units(character, encoding)
            if units > column:
                return start + index
        return end


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` after `edits`, whose spans refer to `text` and do not overlap; raises ValueError if they do."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda each: each.span):
        if edit.span.start < at:
            message = f"edits overlap at offset {edit.span.start}"
            raise ValueError(message)
        pieces += (text[at : edit.span.start], edit.text)
        at = edit.span.end
    return "".join((*pieces, text[at:]))


def common_prefix(one: AnyStr, other: AnyStr) -> int:
    """How many code points, or bytes, two texts start with alike, by bisection over memory compares."""
    low, high = 0, min(len(one), len(other))
    step = 4096
    while low + step <= high and one[low : low + step] == other[low : low + step]:
        low += step
        step *= 2
    high = min(high, low + step)
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(one: AnyStr, other: AnyStr, prefix: int) -> int:
    """How many code points, or bytes, two texts end with alike past the first `prefix`, in the same way."""
    most = min(len(one), len(other)) - prefix
    low, high = 0, most
    step = 4096
    while (
        low + step <= high
        and one[len(one) - low - step : len(one) - low] == other[len(other) - low - step : len(other) - low]
    ):
        low += step
        step *= 2
    high = min(high, low + step)
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def line_starts(text: str | bytes) -> list[int]:
    """Where each line starts, in code points of a `str` or in bytes. A line ends with LF, CRLF or a lone CR."""
    if isinstance(text, str):
        return _line_starts(text, "\n", "\r", _LINE_END)
    return _line_starts(text, b"\n", b"\r", _LINE_END_IN_BYTES)


def _line_starts(text: AnyStr, feed: AnyStr, carriage: AnyStr, end: re.Pattern[AnyStr]) -> list[int]:
    if carriage in text:
        return [0, *(match.end() for match in end.finditer(text))]
    starts = [0]
    # All of it in C: a line is as long as its text and the line feed.
    for at, piece in pieces(text):
        lengths = map(len, piece.split(feed))
        found = accumulate(map(add, lengths, repeat(1)), initial=at)
        starts.extend(islice(found, 1, None))
        starts.pop()  # where the piece ends
    return starts


def pieces(text: AnyStr, overlap: int = 0) -> Iterator[tuple[int, AnyStr]]:
    """A long text piece by piece, so that other threads get to run in between: where each starts, and what it says.

    Each goes on for `overlap` code points, or bytes, into the next one.
    """
    return ((at, text[at : at + _PIECE + overlap]) for at in range(0, len(text), _PIECE))


def _code_units(text: str, encoding: PositionEncoding) -> int:
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)
