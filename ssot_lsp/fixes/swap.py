"""Use a factory's method instead of a double that is made by hand.

Spliced by spans: the call is replaced, what its constructor was told becomes keywords of the factory or assignments
right behind, bare children that the factory has too go away, imports come and go. What is refused is never offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.candidates import OF_MOCKS, candidates, wanted
from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import line_end
from ssot_lsp.fixes.orphans import with_imports
from ssot_lsp.fixes.patches import with_new
from ssot_lsp.fixes.receiver import Place, reach
from ssot_lsp.fixes.safety import why_unsafe
from ssot_lsp.fixes.swap_plan import Case, doubt_of_family, plan, refused
from ssot_lsp.index.factory import Product
from ssot_lsp.index.members import may_have
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.candidates import Candidate
    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.fixes.receiver import Reach
    from ssot_lsp.fixes.swap_plan import Plan
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.mocks import Site

_SPECCED = frozenset({Product.ASYNC_MOCK, Product.MAGIC_MOCK, Product.MOCK, Product.SPECCED})
_BLANKS = " \t\f"


def offers(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """The methods that fit, best first; only the best can be safe, and only where nothing speaks for another."""
    factories = analysis.factories(finding.path)
    site = site_of(analysis, finding) if factories else None
    if site is None:
        return
    try:
        case = Case(analysis, finding.path, site)
    except Withdrawn:
        return
    if refused(case):
        return
    found = _candidates(case, factories)
    for index, candidate in enumerate(found):
        factory, method = candidate.factory, candidate.method
        try:
            reason = _why_unsafe(case, factory, method)
        except Withdrawn:
            continue
        reason = reason or (_other_evidence(found) if index == 0 else f"`{found[0].method.name}` fits better")
        title = f"Use `{_title(factory, method)}(…)`"
        yield Fix(
            f"{title}; for review: {reason}" if reason else title,
            "review" if reason else "safe",
            finding,
            "swap",
            (factory.path, factory.name, method.name),
        )


def swap(analysis: Snapshot, fix: Fix) -> Change:
    """The factory's call in the place of the constructor's, and all that follows from it; raises Withdrawn."""
    site = site_of(analysis, fix.finding)
    if site is None:
        reason = "it is no longer there"
        raise Withdrawn(reason)
    return swapped(analysis, fix.finding.path, site, fix.arguments)


def swapped(analysis: Snapshot, path: str, site: Site, arguments: Sequence[str]) -> Change:
    """The change that a swap of `site` is; `arguments` are the factory's path and name and the method's name."""
    case = Case(analysis, path, site)
    if reason := refused(case):
        raise Withdrawn(reason)
    factory, method = _found(analysis, path, arguments)
    reached = reach(analysis, _place(case), factory, method)
    names = {site.call.path[0]}
    if site.is_patch:
        edits = [with_new(case, reached, method)]
    else:
        planned = plan(case, factory, method)
        edits = _edits(case, planned, reached, method)
        gone = [use.value for use in planned.removed if use.value is not None]
        for each in case.mocks.sites:
            start = each.unit.start + each.call.span[0]
            if any(first <= start < last for first, last in gone):
                names.add(each.call.path[0])
    added = (reached.module, reached.name) if reached.module else None
    return Change(path, with_imports(analysis, path, edits, added, names))


def why_not(analysis: Snapshot, path: str, site: Site, factory: Factory, method: FactoryMethod) -> str:
    """Why a swap is for review, empty where it is safe; raises Withdrawn where it cannot be made."""
    case = Case(analysis, path, site)
    if reason := refused(case):
        raise Withdrawn(reason)
    return _why_unsafe(case, factory, method)


def site_of(analysis: Snapshot, finding: Finding) -> Site | None:
    """The mock site that a finding is about, where it is still one and a root."""
    mocks = analysis.mocks(finding.path)
    return next((site for site in mocks.roots() if site.span == finding.span), None)


def _candidates(case: Case, factories: Sequence[Factory]) -> tuple[Candidate, ...]:
    known = wanted(case.mocks, case.site)
    found = candidates(factories, known, case.analysis.config(case.path).factory_map)
    if case.site.is_patch or not any(
        each.keyword in {"spec", "spec_set", ""} for each in case.call.arguments
    ):
        return found
    return tuple(each for each in found if any(each.weights[:2]))


def _found(analysis: Snapshot, path: str, arguments: Sequence[str]) -> tuple[Factory, FactoryMethod]:
    place, name, method = arguments
    for factory in analysis.factories(path):
        if (factory.path, factory.name) == (place, name) and method in factory.methods:
            return factory, factory.methods[method]
    reason = f"`{name}.{method}` is no longer there"
    raise Withdrawn(reason)


def _title(factory: Factory, method: FactoryMethod) -> str:
    return method.name if factory.is_module else f"{factory.name}.{method.name}"


def _other_evidence(found: Sequence[Candidate]) -> str:
    """What speaks for another method more than for the best one, or how little speaks for this one."""
    best = found[0]
    for other in found[1:]:
        if any(theirs > ours for theirs, ours in zip(other.weights, best.weights, strict=True)):
            return f"{other.reasons[-1]}, as for `{other.method.name}`"
        if other.weights == best.weights:
            return f"`{other.method.name}` fits as well"
    return f"nothing but `{best.only}` speaks for it" if best.only else ""


def _place(case: Case) -> Place:
    return Place(case.path, case.unit, case.scope, case.start)


def _why_unsafe(case: Case, factory: Factory, method: FactoryMethod) -> str:
    """The reason for a review, empty where there is none; raises Withdrawn where nothing can be offered."""
    reached = reach(case.analysis, _place(case), factory, method)
    if case.site.is_patch:
        with_new(case, reached, method)
        return "what is patched may be something else"
    planned = plan(case, factory, method)
    if lacked := _lacked(case, planned, method):
        spec = method.specs[0].rpartition(".")[2]
        reason = f"the factory's double follows `{spec}`, which has no `{lacked}`"
        raise Withdrawn(reason)
    reason = why_unsafe(case.analysis, case.path, planned.swapped, method) or reached.doubt
    return reason or doubt_of_family(case)


def _lacked(case: Case, planned: Plan, method: FactoryMethod) -> str:
    """The attribute that the test takes from the double and that one with a `spec` surely refuses; empty for none."""
    is_sure = method.alternatives == 1 and not method.is_open and len(method.specs) == 1
    if not (is_sure and Product.SPECCED in method.products and method.products <= _SPECCED):
        return ""
    uses = planned.swapped.uses.uses
    given = {each.path[0] for each in planned.swapped.carried if not each.keyword}
    given |= {each.path[0] for each in uses if each.kind == "set" and len(each.path) == 1}
    outline = case.analysis.factories_of(case.path).outline
    for name in dict.fromkeys(each.path[0] for each in uses if each.path):
        if name in given or name in OF_MOCKS or name.startswith(("assert_", "_")):
            continue
        if not may_have(outline, method, name, case.analysis.module_path):
            return name
    return ""


# --- edits


def _edits(case: Case, planned: Plan, reached: Reach, method: FactoryMethod) -> list[Edit]:
    source = case.facts.source
    span = source.span(case.node)
    edits = [Edit(span, f"{reached.call(method.name)}({', '.join(planned.arguments)})")]
    for use in planned.removed:
        chain = nodes_around(case.unit.node, use.start)
        statement = next(each for each in reversed(chain) if each.type == "expression_statement")
        inner = source.span(statement)
        lines = source.lines
        first, last = lines.line_of(inner.start), lines.line_of(inner.end)
        end = lines.starts[last + 1] if last + 1 < len(lines) else len(source.text)
        edits.append(Edit(Span(lines.span_of(first).start, end), ""))
    if planned.later:
        edits.append(
            _following(
                case, [f"{'.'.join((*case.target, *each.path))} = {each.text}" for each in planned.later]
            )
        )
    return edits


def _following(case: Case, statements: Sequence[str]) -> Edit:
    """Statements right behind the one that makes the double."""
    source = case.facts.source
    lines = source.lines
    statement = case.statement
    assert statement is not None  # noqa: S101 - `plan` has asked
    span = source.span(statement)
    first, last = lines.line_of(span.start), lines.line_of(span.end)
    indentation = source.text[lines.span_of(first).start : span.start]
    end = lines.span_of(last).end
    rest = source.text[span.end : end].strip(_BLANKS)
    if indentation.strip(_BLANKS) or (rest and not rest.startswith("#")):
        return Edit(Span(span.end, span.end), "".join(f"; {each}" for each in statements))
    line_break = line_end(lines, last)
    return Edit(Span(end, end), "".join(f"{line_break}{indentation}{each}" for each in statements))
