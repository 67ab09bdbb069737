"""The promises of every edit, checked on the text that it would make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.text import Span, apply_edits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Change, Fix, Maker, Snapshot
    from ssot_lsp.source import Node, Source
    from ssot_lsp.text import Edit


def check(analysis: Snapshot, fix: Fix, change: Change, make: Maker) -> None:
    """Apply `change` to a copy and look at it; raises Withdrawn.

    The result parses where the file parsed before, and every statement that no edit touched reads as it did. Unless
    a gap is left to fill: the finding is gone, no other one of its severity or worse has come, and doing it again
    changes nothing.
    """
    reason = _objection(analysis, fix, change, make)
    if reason is not None:
        raise Withdrawn(reason)


def _objection(analysis: Snapshot, fix: Fix, change: Change, make: Maker) -> str | None:
    edits = change.plain().edits
    try:
        after = apply_edits(analysis.text(change.path), edits)
    except ValueError:
        return "its edits overlap"
    overlay = analysis.overlay(change.path, after)
    reason = _syntax_objection(analysis.facts(change.path).source, overlay.facts(change.path).source, edits)
    if reason is None and fix.kind != "snippet":
        reason = _finding_objection(analysis, overlay, fix, edits) or _repetition_objection(
            overlay, fix, edits, make
        )
    return reason


def _syntax_objection(before: Source, after: Source, edits: Sequence[Edit]) -> str | None:
    if len(list(after.errors())) > len(list(before.errors())):
        return "the result would not parse"
    touched = [(before.byte(each.span.start), before.byte(each.span.end)) for each in edits]
    shapes = _shapes(after.root)
    left = iter(shapes)
    if shapes == _shapes(before.root) or all(
        shape in left for shape in _shapes(before.root, touched)
    ):  # in order
        return None
    return "it would change how other code reads"


def _shapes(root: Node, touched: Sequence[tuple[int, int]] = ()) -> list[str]:
    """The trees, without comments, of the module's statements, but for those that edits of the bytes `touched` reach."""
    return [
        str(node).replace(" (comment)", "")
        for node in root.named_children
        if node.type != "comment" and not any(_reaches(*span, node) for span in touched)
    ]


def _reaches(start: int, end: int, node: Node) -> bool:
    """Whether an edit of these bytes may change `node`: also what is put directly before it may become a part of it."""
    return start <= node.end_byte and (node.start_byte < end or node.start_byte == start)


def _finding_objection(analysis: Snapshot, overlay: Snapshot, fix: Fix, edits: Sequence[Edit]) -> str | None:
    path = fix.finding.path
    before = {(each.rule, _moved(each.span.start, edits)) for each in analysis.findings(path)}
    after = overlay.findings(path)
    gone = fix.finding.rule, _moved(fix.finding.span.start, edits)
    if any((each.rule, each.span.start) == gone for each in after):
        return "the finding would stay"
    for each in after:
        if each.severity <= fix.finding.severity and (each.rule, each.span.start) not in before:
            return f"it would bring a new finding: {each.message}"
    return None


def _moved(offset: int, edits: Sequence[Edit]) -> int:
    """Where the code point at `offset` stands after `edits`; what is inside of one goes to its start."""
    shift = 0
    for each in sorted(edits, key=lambda edit: edit.span):
        if each.span.end <= offset:
            shift += len(each.text) - (each.span.end - each.span.start)
        elif each.span.start < offset:
            return each.span.start + shift
    return offset + shift


def _repetition_objection(overlay: Snapshot, fix: Fix, edits: Sequence[Edit], make: Maker) -> str | None:
    """A maker that is asked once more has to refuse, or to leave the text as it is."""
    again = replace(fix, finding=_moved_finding(fix.finding, edits))
    try:
        second = make(overlay, again)
    except Withdrawn:
        return None
    text = overlay.text(second.path)
    return (
        None
        if apply_edits(text, second.edits) == text
        else "a second application would change the file again"
    )


def _moved_finding(finding: Finding, edits: Sequence[Edit]) -> Finding:
    start, end = finding.span
    return replace(finding, span=Span(_moved(start, edits), _moved(end, edits)))
