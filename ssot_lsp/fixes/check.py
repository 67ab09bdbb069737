"""The promises of every edit, checked on the text that it would make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.text import Span, apply_edits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Change, Fix, Maker, Snapshot
    from ssot_lsp.source import Source
    from ssot_lsp.text import Edit


_WIDEST_INDENTATION = 1000


class _Splice(NamedTuple):
    """What an edit does, in code points or in bytes: `length` of them come where `start` to `end` was."""

    start: int
    end: int
    length: int


def check(analysis: Snapshot, fix: Fix, change: Change, make: Maker) -> None:
    """Apply `change` to a copy and look at it; raises Withdrawn.

    Each file that it touches parses where it parsed before, and every statement that no edit touched reads as it did.
    Unless a gap is left to fill: the finding is gone, no other one of its severity or worse has come to any of the
    files, and doing it again changes nothing.
    """
    reason = _objection(analysis, fix, change, make)
    if reason is not None:
        raise Withdrawn(reason)


def _objection(analysis: Snapshot, fix: Fix, change: Change, make: Maker) -> str | None:
    edits = {each.path: each.edits for each in change.plain().files}
    if len(edits) < len(change.files):
        return "its edits overlap"
    try:
        overlay = analysis.overlay({path: apply_edits(analysis.text(path), edits[path]) for path in edits})
    except ValueError:
        return "its edits overlap"
    except UnreadableError as error:
        return str(error)
    for path, its_edits in edits.items():
        reason = _syntax_objection(analysis.facts(path).source, overlay.facts(path).source, its_edits)
        if reason is not None:
            return reason
    if fix.kind == "snippet":
        return None
    return _finding_objection(analysis, overlay, fix, edits) or _repetition_objection(
        overlay, fix, edits.get(fix.finding.path, ()), make
    )


def _syntax_objection(before: Source, after: Source, edits: Sequence[Edit]) -> str | None:
    if len(list(after.errors())) > len(list(before.errors())):
        return "the result would not parse"
    if not _is_kept(before, after, edits):
        return "it would change how other code reads"
    return None


def _is_kept(before: Source, after: Source, edits: Sequence[Edit]) -> bool:
    """Whether each part of the tree that no edit reaches is there again, in its new place.

    Goes down where the edits are and nowhere else. (`str(node)` would be simpler, and crashes on deep nesting.)
    """
    in_bytes = [
        _Splice(before.byte(each.span.start), before.byte(each.span.end), len(_encoded(each.text)))
        for each in edits
    ]
    reached = [(each.start, each.end, _next(before.data, each)) for each in in_bytes]
    pending = [before.root]
    while pending:
        for child in pending.pop().children:
            if child.type == "comment" or child.start_byte == child.end_byte:
                continue
            if any(
                start <= child.end_byte and (child.start_byte < end or child.start_byte == following)
                for start, end, following in reached
            ):
                pending.append(child)
                continue
            start = _moved(child.start_byte, in_bytes)
            end = start + child.end_byte - child.start_byte
            if _kind_at(before, child.start_byte, child.end_byte) != _kind_at(after, start, end):
                return False
    return True


def _next(data: bytes, splice: _Splice) -> int:
    """Where what follows an insertion starts, which may become a part of what is inserted; -1 for all else."""
    if splice.start != splice.end:
        return -1
    rest = data[splice.end : splice.end + _WIDEST_INDENTATION]
    return splice.end + len(rest) - len(rest.lstrip(b" \t\f"))


def _kind_at(source: Source, start: int, end: int) -> str | None:
    """What the innermost node is that spans just these bytes."""
    node = source.node_at(start, end)
    return node.type if node is not None and (node.start_byte, node.end_byte) == (start, end) else None


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _finding_objection(
    analysis: Snapshot, overlay: Snapshot, fix: Fix, edits: Mapping[str, Sequence[Edit]]
) -> str | None:
    path = fix.finding.path
    start = _moved(fix.finding.span.start, _splices(edits.get(path, ())))
    gone = fix.finding.rule, fix.finding.subject, start
    if any((each.rule, each.subject, each.span.start) == gone for each in overlay.findings(path)):
        return "the finding would stay"
    for touched in {path: None, **edits}:
        splices = _splices(edits.get(touched, ()))
        before = {(each.rule, _moved(each.span.start, splices)) for each in analysis.findings(touched)}
        for each in overlay.findings(touched):
            if each.severity <= fix.finding.severity and (each.rule, each.span.start) not in before:
                return f"it would bring a new finding: {each.message}"
    return None


def _splices(edits: Sequence[Edit]) -> list[_Splice]:
    return [_Splice(each.span.start, each.span.end, len(each.text)) for each in edits]


def _moved(offset: int, splices: Sequence[_Splice]) -> int:
    """Where what stands at `offset` stands afterwards; what is inside of a splice goes to its start."""
    shift = 0
    for each in sorted(splices):
        if each.end <= offset:
            shift += each.length - (each.end - each.start)
        elif each.start < offset:
            return each.start + shift
    return offset + shift


def moved_by(offset: int, edits: Sequence[Edit]) -> int:
    """Where what stands at a code point stands after `edits`; what one of them replaces goes to its start."""
    return _moved(offset, _splices(edits))


def _repetition_objection(overlay: Snapshot, fix: Fix, edits: Sequence[Edit], make: Maker) -> str | None:
    """A maker that is asked once more has to refuse, or to leave the text as it is."""
    again = replace(fix, finding=_moved_finding(fix.finding, edits))
    try:
        second = make(overlay, again)
    except Withdrawn:
        return None
    for each in second.plain().files:
        text = overlay.text(each.path)
        if apply_edits(text, each.edits) != text:
            return "a second application would change the file again"
    return None


def _moved_finding(finding: Finding, edits: Sequence[Edit]) -> Finding:
    start, end = finding.span
    splices = _splices(edits)
    return finding._replace(span=Span(_moved(start, splices), _moved(end, splices)))
