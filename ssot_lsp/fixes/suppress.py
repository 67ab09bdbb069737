"""Keep a finding silent where it stands: `# ssot: ignore[rule]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import WIDEST, above, behind
from ssot_lsp.fixes.statements import Header, header_around
from ssot_lsp.suppressions import suppressions
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.source import Source


def offers(_: Snapshot, finding: Finding) -> Iterator[Fix]:
    """One comment; it changes no test, but what is reported, and so is for review."""
    yield Fix(f"Suppress `{finding.rule}` here", "review", finding, "suppress")


def suppress(analysis: Snapshot, fix: Fix) -> Change:
    """A comment behind the finding's line or another one of its statement's header, else alone above.

    The rule is added to a suppression of the same statement if there is one. A decorator is a statement here, and so
    is a comment that a finding is about.
    """
    finding = fix.finding
    facts = analysis.facts(finding.path)
    is_comment = facts.source.text.startswith("#", finding.span.start)
    if is_comment:
        line = facts.source.lines.line_of(finding.span.start)
        header: Header | None = Header(finding.span.start, line, line)
    else:
        header = header_around(facts, finding.span.start, with_decorators=True)
    if header is None:
        reason = "the statement is not complete"
        raise Withdrawn(reason)
    edit = _merged(facts, header, finding) or _placed(facts.source, header, finding, is_comment=is_comment)
    if edit is None:
        reason = "there is no place for a comment"
        raise Withdrawn(reason)
    return Change(finding.path, (edit,))


def _merged(facts: Facts, header: Header, finding: Finding) -> Edit | None:
    """The rule as one more name in a suppression that stands on the header or in the comments above it."""
    byte = facts.source.byte(finding.span.start)
    lines = facts.source.lines
    first = header.first_line
    while first > 0 and lines.content(first - 1).lstrip().startswith("#"):
        first -= 1
    for each in suppressions(facts):
        if each.is_file or not each.names or not each.covers[0] <= byte < each.covers[1]:
            continue
        if not first <= lines.line_of(each.span.start) <= header.last_line:
            continue
        if any(name == finding.rule for name, _ in each.names):
            reason = "the rule is suppressed here already"
            raise Withdrawn(reason)
        end = each.names[-1][1].end
        return Edit(Span(end, end), f", {finding.rule}")
    return None


def _placed(source: Source, header: Header, finding: Finding, *, is_comment: bool) -> Edit | None:
    comment = f"# ssot: ignore[{finding.rule}]"
    alone = above(source.lines, header.start, comment)
    if is_comment and alone is not None:
        return alone
    line = source.lines.line_of(finding.span.start)
    found = [
        (each, edit)
        for each in dict.fromkeys((line, header.last_line, header.first_line))
        if header.first_line <= each <= header.last_line
        and (edit := behind(source, each, comment)) is not None
    ]
    for each, edit in found:
        start = source.lines.span_of(each).start
        if edit.span.end - start + len(edit.text) <= WIDEST:
            return edit
    return alone or next((edit for _, edit in found), None)
