"""Give a double all events of a set: from the factory where it has them, else one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.event_sets import incomplete
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import line_end
from ssot_lsp.fixes.swap import swapped, why_not
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.event_sets import Incomplete
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.index.factory import FactoryMethod
    from ssot_lsp.mocks import Site


def offers(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The method of the factory that has all of them, and adding those that are missing."""
    found = _found(analysis, finding)
    if found is None:
        return
    site, events = found
    for factory in analysis.factories(finding.path):
        for method in factory.methods.values():
            if not _has_all(method, events):
                continue
            try:
                reason = why_not(analysis, finding.path, site, factory, method)
            except Withdrawn:
                continue
            title = f"Use `{factory.name}.{method.name}(…)`"
            yield Fix(
                f"{title}; for review: {reason or 'it has more events'}",
                "review",
                finding,
                "swap-for-events",
                (factory.path, factory.name, method.name),
            )
    if _pattern(analysis, finding, events):
        count = len(events.missing)
        yield Fix(f"Add the {count} missing event{'s' if count > 1 else ''}", "review", finding, "add-events")


def add_events(analysis: Snapshot, fix: Fix) -> Change:
    """The missing events behind the last one that is set, made like another one."""
    path = fix.finding.path
    found = _found(analysis, fix.finding)
    value = _pattern(analysis, fix.finding, found[1]) if found is not None else ""
    if found is None or not value:
        reason = "nothing is missing"
        raise Withdrawn(reason)
    site, events = found
    facts = analysis.facts(path)
    source, lines = facts.source, facts.source.lines
    unit = facts.unit_at(events.last.start) or site.unit
    chain = nodes_around(unit.node, events.last.start)
    statement = next((each for each in reversed(chain) if each.type == "expression_statement"), None)
    if statement is None:
        reason = "there is no place for them"
        raise Withdrawn(reason)
    span = source.span(statement)
    first, last = lines.line_of(span.start), lines.line_of(span.end)
    indentation = source.text[lines.span_of(first).start : span.start]
    if indentation.strip():
        reason = "there is no place for them"
        raise Withdrawn(reason)
    at, end = lines.span_of(last).end, line_end(lines, last)
    text = "".join(f"{end}{indentation}{events.handle}.{each} = {value}" for each in events.missing)
    return Change(path, (Edit(Span(at, at), text),))


def swap_for_events(analysis: Snapshot, fix: Fix) -> Change:
    """The factory's double, which has all events."""
    found = _found(analysis, fix.finding)
    if found is None:
        reason = "nothing is missing"
        raise Withdrawn(reason)
    return swapped(analysis, fix.finding.path, found[0], fix.arguments)


def _found(analysis: Snapshot, finding: Finding) -> tuple[Site, Incomplete] | None:
    mocks, facts = analysis.mocks(finding.path), analysis.facts(finding.path)
    for site in mocks.roots():
        for each in incomplete(facts, mocks, site, analysis.config(finding.path).event_sets):
            if each.span == finding.span:
                return site, each
    return None


def _has_all(method: FactoryMethod, events: Incomplete) -> bool:
    return all(method.kind_of((each,)) == "async" for each in (*events.present, *events.missing)) and any(
        item.path[0] in events.present for item in (*method.surface, *method.inherited)
    )


def _pattern(analysis: Snapshot, finding: Finding, events: Incomplete) -> str:
    """How the test itself writes a bare double that can be awaited."""
    data = analysis.facts(finding.path).source
    for site in analysis.mocks(finding.path).sites:
        name = site.name.removeprefix("mocker.")
        is_event = any(each[-1] in events.present for each in site.call.targets)
        if name == "AsyncMock" and is_event and not site.call.arguments:
            return data.slice(site.unit.start + site.call.span[0], site.unit.start + site.call.span[1])
    return ""
