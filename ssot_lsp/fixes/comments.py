"""Where a comment can go, and how one goes away: text and places in, edits out.

A comment about a statement stands on a line of its own above it, or behind the code of one of its lines. No edit
touches anything but comments and the blanks before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from ssot_lsp.source import Source
    from ssot_lsp.text import Lines

WIDEST = 110
"""Columns, in code points: no comment is put behind code that would then reach beyond."""

_BLANKS = " \t\f"


def above(lines: Lines, start: int, comment: str) -> Edit | None:
    """Put `comment` on a line of its own above the statement at offset `start`, indented like it.

    None where something else stands before the statement on its line, or the line continues the one before.
    """
    line = lines.line_of(start)
    span = lines.span_of(line)
    indentation = lines.text[span.start : start]
    if indentation.strip(_BLANKS) or (line and lines.content(line - 1).endswith("\\")):
        return None
    indentation = indentation.rpartition("\f")[2]
    return Edit(Span(span.start, span.start), f"{indentation}{comment}{line_end(lines, line)}")


def behind(source: Source, line: int, comment: str, *, before_comments: bool = False) -> Edit | None:
    """Put `comment` behind the code of a 0-based line, two blanks away, after a comment that is there already.

    With `before_comments` it goes before that one. None where the line ends inside of a string or continues.
    """
    span = source.lines.span_of(line)
    content = source.text[span.start : span.end]
    at = comment_start(source, line)
    if at is None and (content.endswith("\\") or _is_in_string(source, span.end)):
        return None
    if at is not None and before_comments:
        return Edit(Span(at, at), f"{comment}  ")
    end = span.start + len(content.rstrip())
    return Edit(Span(end, end), f"  {comment}")


def comment_start(source: Source, line: int) -> int | None:
    """The offset of the `#` that starts the comment on a 0-based line."""
    start, end = source.lines.span_of(line)
    at = source.text.find("#", start, end)
    while at >= 0 and not source.is_comment_at(at):
        at = source.text.find("#", at + 1, end)
    return at if at >= 0 else None


def removed(lines: Lines, span: Span) -> Edit:
    """Take away the comment at `span`: whole lines where nothing else is on them, else the blanks before it too."""
    text = lines.text
    first, last = lines.line_of(span.start), lines.line_of(max(span.start, span.end - 1))
    start, end = lines.span_of(first).start, lines.span_of(last).end
    has_code = bool(text[start : span.start].strip(_BLANKS))
    has_rest = bool(text[span.end : end].strip(_BLANKS))
    if has_rest:
        return Edit(Span(span.start, span.end + _blanks_at(text, span.end)), "")
    if has_code:
        code = text[start : span.start].rstrip(_BLANKS)
        return Edit(Span(start + len(code), end), "")
    if last + 1 < len(lines):
        return Edit(Span(start, lines.starts[last + 1]), "")
    # The last line has no end of its own: that of the line before goes with it, unless there is none before.
    return Edit(Span(lines.span_of(first - 1).end if first else start, end), "")


def line_end(lines: Lines, line: int) -> str:
    """How a 0-based line ends; for the last one, how the line before does."""
    for each in (line, line - 1):
        if 0 <= each < len(lines) - 1:
            return lines.text[lines.span_of(each).end : lines.starts[each + 1]]
    return "\n"


def _blanks_at(text: str, at: int) -> int:
    return len(text[at:]) - len(text[at:].lstrip(_BLANKS))


def _is_in_string(source: Source, offset: int) -> bool:
    byte = source.byte(offset)
    return any(
        node.type == "string" and node.start_byte < byte < node.end_byte
        for node in nodes_around(source.root, byte)
    )
