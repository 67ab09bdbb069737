"""Say why a mock is made by hand: by a comment above its statement, or by a decorator on its function.

The reason is left to be filled in, so none of this is ever applied for all findings at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.fixes.base import Change, Fix, Withdrawn, escaped
from ssot_lsp.fixes.comments import above, behind
from ssot_lsp.fixes.imports import added_import
from ssot_lsp.fixes.statements import definition_around, header_around
from ssot_lsp.justifications import comment_pattern
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot

_GAP = "${1:reason}$0"
_USUAL_LEVEL = 1
# `mock_justified`, `mock_justified()`, or with one literal: what stands between its quotation marks.
_CALL = re.compile(
    r"[\w.\s]+(?:\(\s*(?:(?:reason\s*=\s*)?(?P<quote>[\"'])(?P<reason>[^\"'\\\r\n]*)(?P=quote)\s*,?\s*)?\))?"
)


def offers(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """By comment, and by decorator where it is known what to import."""
    settings = analysis.config(finding.path).justification
    if settings.comments:
        yield Fix("Justify by a comment", "snippet", finding, "justify-by-comment")
    facts = analysis.facts(finding.path)
    if (decorator := _decorator(analysis, finding.path)) is not None:
        name, module = decorator
        definition = definition_around(facts, finding.span.start)
        if definition is not None:
            where = "function" if definition.is_function else "class"
            title = f"Justify the whole {where} by `@{name}`"
            yield Fix(title, "snippet", finding, "justify-by-decorator", (name, module))


def by_comment(analysis: Snapshot, fix: Fix) -> Change:
    """A comment above the statement and its decorators, at the end of the comments that are there already.

    Behind the code where the statement is not the first on its line.
    """
    path = fix.finding.path
    config = analysis.config(path)
    facts = analysis.facts(path)
    header = header_around(facts, fix.finding.span.start)
    if header is None:
        reason = "the statement is not complete"
        raise Withdrawn(reason)
    level = f"L{config.level(path) or _USUAL_LEVEL}: " if config.justification.require_level else ""
    # Control characters cannot be part of a comment, and so mark the gap until the rest is escaped.
    comment = f"# {config.justification.comments[0]}: {level}\0"
    line = facts.source.lines.line_of(fix.finding.span.start)
    edit = above(facts.source.lines, header.start, comment)
    for each in (line, header.last_line):
        edit = edit or behind(facts.source, each, comment, before_comments=True)
    if edit is None:
        reason = "there is no place for a comment"
        raise Withdrawn(reason)
    return Change(path, (Edit(edit.span, escaped(edit.text).replace("\0", _GAP)),), is_snippet=True)


def by_decorator(analysis: Snapshot, fix: Fix) -> Change:
    """The decorator directly above the `def`, where it gets the plain function, and its import if need be."""
    path = fix.finding.path
    name, module = fix.arguments
    facts = analysis.facts(path)
    lines = facts.source.lines
    definition = definition_around(facts, fix.finding.span.start)
    level = f"L{analysis.config(path).level(path) or _USUAL_LEVEL}: "
    edit = definition and above(lines, definition.start, f'@{name}("{level}\0")')
    if not edit:
        reason = "there is no function or class that a decorator could stand above"
        raise Withdrawn(reason)
    edits = [Edit(edit.span, escaped(edit.text).replace("\0", _GAP))]
    if module:
        origins = analysis.mocks(path).origins
        added = added_import(
            facts.source,
            module,
            name,
            lambda each: any(origin.path for origin in origins.of_import(Import(each))),
        )
        edits.insert(0, Edit(added.span, escaped(added.text)))
    return Change(path, tuple(edits), is_snippet=True)


def offers_to_edit(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Give a better reason."""
    if _reason(analysis, finding) is not None:
        yield Fix("Edit the reason", "snippet", finding, "edit-reason")


def edit_reason(analysis: Snapshot, fix: Fix) -> Change:
    """The reason as the gap to fill, so that it is selected."""
    edit = _reason(analysis, fix.finding)
    if edit is None:
        reason = "the reason is not written out here"
        raise Withdrawn(reason)
    return Change(fix.finding.path, (edit,), is_snippet=True)


def _reason(analysis: Snapshot, finding: Finding) -> Edit | None:
    text = analysis.text(finding.path)
    start, end = finding.span
    match = comment_pattern(analysis.config(finding.path).justification.comments).match(text, start, end)
    if match:
        # The first line alone: later lines of a snippet would be indented anew.
        lines = analysis.lines(finding.path)
        end = min(end, lines.span_of(lines.line_of(start)).end)
        reason = text[match.end() : end].rstrip()
        blank = "" if text[match.end() - 1].isspace() else " "
        return Edit(Span(match.end(), match.end() + len(reason)), f"{blank}{_gap(reason)}")
    match = _CALL.fullmatch(text, start, end)
    if match is None:
        return None
    if match["quote"]:
        return Edit(Span(*match.span("reason")), _gap(match["reason"]))
    name = match.group().partition("(")[0].rstrip()
    return Edit(Span(start + len(name), end), f'("{_gap("")}")')


def _gap(reason: str) -> str:
    return f"${{1:{escaped(reason) or 'reason'}}}$0"


def _decorator(analysis: Snapshot, path: str) -> tuple[str, str] | None:
    """The decorator's name in the file, and the module to import it from, empty where the file has it already."""
    facts = analysis.facts(path)
    dotted = analysis.config(path).justification.decorators
    names = {each.rpartition(".")[2] for each in dotted}
    for unit in facts.module.units:
        for binding in unit.memo.outline:
            imported = binding.target.name if binding.kind is Kind.IMPORT and binding.target else None
            if (imported or binding.name) in names:
                return binding.name, ""
    for each in dotted:
        module, _, name = each.rpartition(".")
        if module and not facts.is_bound(name):
            return name, module
    return None
