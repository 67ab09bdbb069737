"""Take away what does nothing: justifications of no mock, suppressions of no finding, names of no rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.config import RULE_NAMES, did_you_mean
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import removed
from ssot_lsp.fixes.imports import removed_import
from ssot_lsp.suppressions import suppressions
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.source import Source
    from ssot_lsp.suppressions import Suppression

_BLANKS = " \t"
# A remark to another tool behind the words of a suppression; `#12` in them is none.
_NEXT_REMARK = re.compile(r"[ \t]#+[ \t]*[A-Za-z]")


def offers_for_justification(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Remove it: the comment safely; the decorator is code, and somebody should look."""
    is_comment = analysis.text(finding.path).startswith("#", finding.span.start)
    what = "comment" if is_comment else "decorator"
    title = f"Remove the unused {what}"
    yield Fix(title, "safe" if is_comment else "review", finding, "remove-justification", (what,))


def remove_justification(analysis: Snapshot, fix: Fix) -> Change:
    """Without the comment, or without the decorator and its import if nothing else uses that."""
    path, span = fix.finding.path, fix.finding.span
    source = analysis.facts(path).source
    if fix.arguments == ("comment",):
        if not source.text.startswith("#", span.start) or not source.is_comment_at(span.start):
            raise _gone()
        return Change(path, (removed(source.lines, span),))
    at = len(source.text[: span.start].rstrip(_BLANKS)) - 1
    name = re.match(r"\w+", source.text[span.start : span.end])
    if at < 0 or source.text[at] != "@" or name is None:
        raise _gone()
    edits = [_without_decorator(source, Span(at, span.end))]
    if len(re.findall(rf"\b{re.escape(name.group())}\b", source.text)) == 2:  # the import and this decorator
        edits += removed_import(source, name.group())
    return Change(path, tuple(sorted(edits, key=lambda each: each.span)))


def offers_for_suppression(_: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Remove it."""
    yield Fix("Remove the unused suppression", "safe", finding, "remove-suppression")


def remove_suppression(analysis: Snapshot, fix: Fix) -> Change:
    """Without the suppression, or without that one name of it."""
    source = analysis.facts(fix.finding.path).source
    for each in suppressions(analysis.facts(fix.finding.path)):
        if each.span == fix.finding.span:
            return Change(fix.finding.path, (_without(source, each),))
        for index, (_, span) in enumerate(each.names):
            if span == fix.finding.span:
                return Change(fix.finding.path, (_without_name(source, each, index),))
    raise _gone()


def offers_for_unknown_rule(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Another name that was meant, perhaps; or no name."""
    name = analysis.text(finding.path)[slice(*finding.span)]
    if (near := did_you_mean(name, RULE_NAMES)) is not None:
        yield Fix(f"Replace `{name}` by `{near}`", "review", finding, "rename-rule", (near,))
    yield Fix(f"Remove `{name}`", "review", finding, "remove-suppression")


def rename_rule(analysis: Snapshot, fix: Fix) -> Change:
    """With another name for the rule; without it, if the other name is there already."""
    path, (name,) = fix.finding.path, fix.arguments
    source = analysis.facts(path).source
    for each in suppressions(analysis.facts(path)):
        for index, (old, span) in enumerate(each.names):
            if span == fix.finding.span and old not in RULE_NAMES:
                if any(other == name for other, _ in each.names):
                    return Change(path, (_without_name(source, each, index),))
                return Change(path, (Edit(span, name),))
    raise _gone()


def _without(source: Source, suppression: Suppression) -> Edit:
    """Without the suppression and the words behind it, but with what other tools are told after them."""
    end = suppression.comment.end
    rest = _NEXT_REMARK.search(source.text, suppression.span.end, end)
    return removed(source.lines, Span(suppression.span.start, rest.start() + 1 if rest else end))


def _without_name(source: Source, suppression: Suppression, index: int) -> Edit:
    names = suppression.names
    if len(names) == 1:
        return _without(source, suppression)
    if index:
        return Edit(Span(names[index - 1][1].end, names[index][1].end), "")
    return Edit(Span(names[0][1].start, names[1][1].start), "")


def _without_decorator(source: Source, span: Span) -> Edit:
    """Without the whole line, or up to a comment that follows on it."""
    lines = source.lines
    line = lines.line_of(span.end)
    end = lines.span_of(line).end
    rest = source.text[span.end : end]
    if rest.strip():
        return Edit(Span(span.start, end - len(rest.lstrip())), "")
    first = lines.span_of(lines.line_of(span.start)).start
    return Edit(Span(first, lines.starts[line + 1] if line + 1 < len(lines) else end), "")


def _gone() -> Withdrawn:
    return Withdrawn("it is no longer there")
