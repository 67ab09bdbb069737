"""`# ssot: ignore[rule]` and `# ssot: ignore-file[rule]`: what is kept silent, where, and whether it was needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssot_lsp.remarks import remarks
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.facts import Facts
    from ssot_lsp.remarks import Remark

PATTERN = re.compile(r"#+[ \t]*ssot:[ \t]*(ignore-file|ignore)\b[ \t]*(?:\[([^\]\r\n]*)\]?)?", re.IGNORECASE)
_NAME = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment. `span` reaches from its `#` over the brackets, `comment` over all of it, in code points.

    `names` are the rules with the spans of their names, empty where the comment names none and so means all.
    `covers` is in bytes. `is_misplaced` says that it is for the whole file but does not stand at its top.
    """

    span: Span
    comment: Span
    names: tuple[tuple[str, Span], ...]
    covers: tuple[int, int]
    is_file: bool = False
    is_misplaced: bool = False

    def silences(self, rule: str, byte: int) -> bool:
        """Whether a finding of `rule` that starts at `byte` is kept silent."""
        if self.is_misplaced or not self.covers[0] <= byte < self.covers[1]:
            return False
        return not self.names or any(name == rule for name, _ in self.names)


def suppressions(facts: Facts) -> tuple[Suppression, ...]:
    """The suppressions of a file, in the order of the text."""
    return tuple(_read(facts))


def silencer_of(found: Iterable[Suppression], rule: str, byte: int) -> Suppression | None:
    """The one that keeps a finding of `rule` that starts at `byte` silent, the first of several; None without one."""
    return next((each for each in found if each.silences(rule, byte)), None)


def _read(facts: Facts) -> Iterator[Suppression]:
    for remark in remarks(facts, PATTERN):
        match = remark.match
        names = tuple(_names(remark))
        span = Span(match.start(), match.end())
        if match.group(1).lower() == "ignore":
            yield Suppression(span, remark.comment, names, _with_comments(facts, remark.covers))
            continue
        whole = (0, facts.source.root.end_byte + 1)
        is_misplaced = match.start() > _top(facts)
        yield Suppression(span, remark.comment, names, whole, is_file=True, is_misplaced=is_misplaced)


def _with_comments(facts: Facts, covers: tuple[int, int]) -> tuple[int, int]:
    """`covers` with the comments that stand directly above it and behind it, which findings may be about too."""
    if covers[0] == covers[1]:
        return covers
    source, lines = facts.source, facts.source.lines
    line = lines.line_of(source.offset(covers[0]))
    while line > 0 and lines.content(line - 1).lstrip().startswith("#"):
        line -= 1
    start = source.byte(lines.starts[line])
    last = covers[0] + len(source.data[covers[0] : covers[1]].rstrip())
    end = lines.span_of(lines.line_of(source.offset(last))).end
    return min(start, covers[0]), max(covers[1], source.byte(end))


def _names(remark: Remark) -> Iterator[tuple[str, Span]]:
    if remark.match.group(2) is not None:
        start = remark.match.start(2)
        for name in _NAME.finditer(remark.match.group(2)):
            yield name.group(), Span(start + name.start(), start + name.end())


def _top(facts: Facts) -> int:
    """The code point at which the first statement behind the docstring starts."""
    for node in facts.source.root.named_children:
        if node.type == "comment":
            continue
        is_docstring = node.type == "expression_statement" and node.named_children[0].type == "string"
        if not is_docstring:
            return facts.source.offset(node.start_byte)
    return len(facts.source.text)
