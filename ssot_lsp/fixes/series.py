"""Fix after fix in one file, to a fixed point: the engine behind all that applies more than one.

Each edit is built on the text that the ones before it have made, and is checked there like any other. What is
withdrawn is told with its reason and not tried again. The file is gone through from its start to its end, and once more
as long as that has changed something.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.fixes.base import Withdrawn
from ssot_lsp.fixes.check import moved_by
from ssot_lsp.text import Edit, Lines, Span, apply_edits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Change, Fix, Snapshot

_MOST = 5_000  # steps in one file, in case that fixes call for each other


class Key(NamedTuple):
    """What a finding is known by from one series over a text to the next: `start` is a code point of that text."""

    rule: str
    start: int
    subject: str


@dataclass(frozen=True, slots=True)
class Step:
    """A fix that was applied, or that was not for the `reason` given; `line` is 0-based, in the text at the start."""

    key: Key
    line: int
    title: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The text that came of it, the steps that led there, and those that were withdrawn."""

    text: str
    steps: tuple[Step, ...]
    withdrawn: tuple[Step, ...]


class _Way:
    """The edits so far, one change after the other: leads from an offset back to the text at the start."""

    def __init__(self) -> None:
        self._changes: list[list[Edit]] = []

    def add(self, edits: Sequence[Edit]) -> None:
        self._changes.append(sorted(edits, key=lambda each: each.span))

    def back(self, offset: int) -> int:
        for edits in reversed(self._changes):
            shift = 0
            for each in edits:
                start = each.span.start + shift
                if offset < start:
                    break
                if offset < start + len(each.text):
                    offset, shift = each.span.start, 0
                    break
                shift += len(each.text) - (each.span.end - each.span.start)
            offset -= shift
        return offset


def series(
    analysis: Snapshot,
    path: str,
    choose: Callable[[Snapshot, Finding], Fix | None],
    skipped: Collection[Key] = (),
) -> Series:
    """Apply what `choose` takes of each finding's fixes in the file at `path`, but for the `skipped` ones.

    A fix that would change another file too is withdrawn: it is for one at a time. Raises UnreadableError.
    """
    at_start = text = analysis.text(path)
    lines = analysis.lines(path)
    now, way = analysis, _Way()
    steps: list[Step] = []
    withdrawn: list[Step] = []
    tried = set(skipped)
    at, steps_before = 0, 0  # where to go on, and how many steps there were when it was begun from the start
    while len(steps) + len(withdrawn) < _MOST:
        found = _next(now.findings(path), at, partial(choose, now), way, tried)
        if found is None:
            if len(steps) == steps_before:
                break
            at, steps_before = 0, len(steps)
            continue
        key, fix = found
        tried.add(key)
        at = fix.finding.span.start
        line = lines.line_of(min(key.start, len(at_start)))
        try:
            change = _edit(now, fix)
        except Withdrawn as error:
            withdrawn.append(Step(key, line, fix.title, str(error)))
            continue
        at = moved_by(at, change.edits)
        way.add(change.edits)
        text = apply_edits(text, change.edits)
        now = now.overlay({path: text})
        steps.append(Step(key, line, fix.title))
    return Series(text, tuple(steps), tuple(withdrawn))


def _edit(now: Snapshot, fix: Fix) -> Change:
    change = now.edit(fix).plain()
    if change.elsewhere:
        reason = "it changes other files too"
        raise Withdrawn(reason)
    return change


def _next(
    findings: Sequence[Finding], at: int, choose: Callable[[Finding], Fix | None], way: _Way, tried: set[Key]
) -> tuple[Key, Fix] | None:
    """The first finding from the offset `at` on for which something is chosen, and what."""
    first = bisect_left(findings, at, key=lambda each: each.span.start)
    for finding in findings[first:]:
        key = Key(finding.rule, way.back(finding.span.start), finding.subject)
        if key not in tried and (fix := choose(finding)) is not None:
            return key, fix
    return None


def edits_between(before: str, after: str) -> tuple[Edit, ...]:
    """Edits that turn the one text into the other, line by line."""
    old, new = Lines(before).starts, Lines(after).starts
    ends = ([*old, len(before)], [*new, len(after)])
    old_lines = [before[start:end] for start, end in pairwise(ends[0])]
    new_lines = [after[start:end] for start, end in pairwise(ends[1])]
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    return tuple(
        Edit(Span(ends[0][start], ends[0][end]), after[ends[1][new_start] : ends[1][new_end]])
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    )
