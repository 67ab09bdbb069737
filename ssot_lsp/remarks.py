"""Comments that speak about code: which statement a comment stands for.

A comment behind code stands for the statement whose header that line belongs to; a comment on a line of its own
for the statement below its block, with at most one blank line between. A block statement is covered up to its
colon, a function or class as a whole, a decorator line that decorator alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.facts import Facts, Statement

_OWN_LINE = re.compile(r"[ \t\f]*#")
# Directives of other tools that end a reason.
_DIRECTIVE = re.compile(
    r"#\s*(?:noqa|type:|pragma|pylint|fmt:|isort|ruff|mypy|nosec|pyright|ssot:|yapf)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment that matched: `match` is where, `comment` the whole comment, both in code points.

    `covers` is in bytes of the source; it is empty where the comment stands for nothing. `line` is the 0-based line of
    code that the comment is about.
    """

    match: re.Match[str]
    comment: Span
    covers: tuple[int, int]
    line: int
    is_trailing: bool


def remarks(facts: Facts, pattern: re.Pattern[str]) -> Iterator[Remark]:
    """The comments of the file that match `pattern`, which starts at a `#`."""
    source = facts.source
    blocks: dict[int, tuple[int, int]] = {}
    text = source.text
    # From `#` to `#`: a pattern that looks for its own start takes several times as long.
    at = text.find("#")
    while at >= 0:
        match = pattern.match(text, at)
        if match is not None and source.is_comment_at(at):
            yield _remark(facts, match, blocks)
        at = text.find("#", match.end() if match is not None else at + 1)


def reason_of(facts: Facts, remark: Remark, start: int, markers: re.Pattern[str]) -> tuple[str, Span]:
    """The text of a remark from the code point `start` on, run on over the comment lines below it, and its span."""
    lines = facts.source.lines
    line = lines.line_of(start)
    end = lines.span_of(line).end
    text, end = _cut(facts.source.text[start:end], start)
    parts = [text.strip()]
    is_open = end == lines.span_of(line).end and not remark.is_trailing
    while is_open and line + 1 < len(lines):
        line += 1
        content = lines.content(line)
        if not _OWN_LINE.match(content) or markers.search(content) or _DIRECTIVE.match(content.lstrip()):
            break
        text, stop = _cut(content.lstrip().lstrip("#"), 0)
        parts.append(text.strip())
        end = lines.span_of(line).start + len(content.rstrip())
        is_open = stop == len(content.lstrip().lstrip("#"))
    return " ".join(filter(None, parts)), Span(start, max(start, end))


def _cut(text: str, start: int) -> tuple[str, int]:
    directive = _DIRECTIVE.search(text)
    kept = text if directive is None else text[: directive.start()]
    return kept, start + len(kept)


def _remark(facts: Facts, match: re.Match[str], blocks: dict[int, tuple[int, int]]) -> Remark:
    lines = facts.source.lines
    line = lines.line_of(match.start())
    start, end = lines.span_of(line)
    content = facts.source.text[start:end]
    if _OWN_LINE.match(content):
        comment = Span(start + content.index("#"), end)
        return _standing_alone(facts, match, comment, _below(facts, line, blocks))
    comment = Span(_comment_start(facts, start, match.start()), end)
    return Remark(match, comment, _before(facts, start, comment.start), line, is_trailing=True)


def _comment_start(facts: Facts, start: int, at: int) -> int:
    """The `#` that starts the comment which holds the code point `at`."""
    source = facts.source
    found = source.text.find("#", start, at)
    while 0 <= found < at:
        if source.is_comment_at(found):
            return found
        found = source.text.find("#", found + 1, at)
    return at


def _before(facts: Facts, start: int, end: int) -> tuple[int, int]:
    """What the code between two code points of one line belongs to: all statements whose headers it is part of."""
    source = facts.source
    code = source.text[start:end]
    first = source.byte(start + len(code) - len(code.lstrip()))
    last = source.byte(start + len(code.rstrip()) - 1)
    found = [each for each in (facts.header_at(first), facts.header_at(last)) if each is not None]
    if not found or (found[-1].is_definition and facts.is_broken_at(last)):
        return first, last + 1
    return min(each.start for each in found), max(each.covers_end for each in found)


def _below(facts: Facts, line: int, blocks: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """The first line of code below the comment block of `line`, and how many blank lines stand between.

    `blocks` remembers that for all lines of a block, so that a long one is gone through once. Past the end of the
    text, and above another block, it is the number of lines.
    """
    known = blocks.get(line)
    if known is not None:
        return known
    lines = facts.source.lines
    last = line
    while last + 1 < len(lines) and _OWN_LINE.match(lines.content(last + 1)):
        last += 1
    below = last + 1
    while below < len(lines) and not lines.content(below).strip():
        below += 1
    if below < len(lines) and _OWN_LINE.match(lines.content(below)):
        below = len(lines)
    known = below, below - last - 1
    blocks.update(dict.fromkeys(range(line, last + 1), known))
    return known


def _standing_alone(facts: Facts, match: re.Match[str], comment: Span, place: tuple[int, int]) -> Remark:
    lines = facts.source.lines
    below, blanks = place
    if below >= len(lines) or blanks > 1:
        return Remark(match, comment, (0, 0), lines.line_of(match.start()), is_trailing=False)
    content = lines.content(below)
    at = facts.source.byte(lines.span_of(below).start + len(content) - len(content.lstrip()))
    found: Statement | None = facts.statement_from(at) or facts.header_at(at)
    end = facts.source.byte(lines.span_of(below).end)
    if found is None or (found.start < at and facts.is_broken_at(at)):
        covers = (at, end)  # half-typed: what the line says is all that is known
    else:
        covers = (found.start, max(end, found.covers_end) if facts.is_broken_at(at) else found.covers_end)
    return Remark(match, comment, covers, below, is_trailing=False)
