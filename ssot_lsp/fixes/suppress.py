"""Keep a finding silent where it stands: `# ssot: ignore[rule]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import WIDEST, above, behind
from ssot_lsp.fixes.statements import header_around
from ssot_lsp.suppressions import suppressions
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.facts import Facts
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.fixes.statements import Header


def offers(_: Snapshot, finding: Finding) -> Iterator[Fix]:
    """One comment; it changes no test, but what is reported, and so is for review."""
    yield Fix(f"Suppress `{finding.rule}` here", "review", finding, "suppress")


def suppress(analysis: Snapshot, fix: Fix) -> Change:
    """A comment behind the finding's line or another one of its statement's header, else alone above.

    The rule is added to a suppression of the same statement if there is one.
    """
    finding = fix.finding
    facts = analysis.facts(finding.path)
    source = facts.source
    if source.text.startswith("#", finding.span.start) and source.is_comment_at(finding.span.start):
        comment = f"# ssot: ignore[{finding.rule}]"
        line = source.lines.line_of(finding.span.start)
        edit = above(source.lines, finding.span.start, comment) or behind(source, line, comment)
        return Change(finding.path, (edit,) if edit else ())
    header = header_around(facts, finding.span.start)
    if header is None:
        reason = "the statement is not complete"
        raise Withdrawn(reason)
    edit = _merged(facts, header, finding) or _placed(facts, header, finding)
    if edit is None:
        reason = "there is no place for a comment"
        raise Withdrawn(reason)
    return Change(finding.path, (edit,))


def _merged(facts: Facts, header: Header, finding: Finding) -> Edit | None:
    """The rule as one more name in the suppression of this very statement, or of the finding's line."""
    byte = facts.source.byte(finding.span.start)
    line_of = facts.source.lines.line_of
    for each in suppressions(facts):
        if each.is_file or not each.names or not each.covers[0] <= byte < each.covers[1]:
            continue
        if each.covers == header.covers or line_of(each.span.start) == line_of(finding.span.start):
            if any(name == finding.rule for name, _ in each.names):
                reason = "the rule is suppressed here already"
                raise Withdrawn(reason)
            end = each.names[-1][1].end
            return Edit(Span(end, end), f", {finding.rule}")
    return None


def _placed(facts: Facts, header: Header, finding: Finding) -> Edit | None:
    source = facts.source
    comment = f"# ssot: ignore[{finding.rule}]"
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
    return above(source.lines, header.start, comment) or next((edit for _, edit in found), None)
