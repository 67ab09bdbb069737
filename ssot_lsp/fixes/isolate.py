"""Give doubles the user that they belong to: identities that are in scope, or a literal for each of several users."""

from __future__ import annotations

import re
from ast import literal_eval
from typing import TYPE_CHECKING

from ssot_lsp.fixes.base import Change, Fix, Withdrawn
from ssot_lsp.fixes.comments import line_end
from ssot_lsp.identities import identities, marked
from ssot_lsp.index.factory_uses import factory_uses
from ssot_lsp.isolation import others, products, shared
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.finding import Finding
    from ssot_lsp.fixes.base import Snapshot
    from ssot_lsp.isolation import Product
    from ssot_lsp.source import Source

_END = re.compile(r"(.*?)([-_. ]?)(\w+)\Z", re.DOTALL)


# --- identities in scope


def offers_to_pass(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """Pass what is in scope; a literal where only another user has one."""
    product = _product_at(analysis, finding)
    if product is None:
        return
    values = _in_scope(analysis, finding.path, product)
    if values:
        shown = ", ".join(f"{name}={text}" for name, text in values)
        yield Fix(f"Pass `{shown}`", "review", finding, "pass-identities")
        return
    own = _literal_beside(analysis, finding.path, product)
    if own is not None:
        yield Fix(f"Give `{product.name}` the `{own[0]}` `{own[1]}`", "review", finding, "pass-identities")


def pass_identities(analysis: Snapshot, fix: Fix) -> Change:
    """The identities as keywords behind the other arguments."""
    path = fix.finding.path
    product = _product_at(analysis, fix.finding)
    if product is None or product.gives:
        raise _gone()
    values = _in_scope(analysis, path, product)
    own = None if values else _literal_beside(analysis, path, product)
    if own is not None:
        values = [own]
    if not values:
        raise _gone()
    return Change(path, (_added(analysis.facts(path).source, product, values),))


def _in_scope(analysis: Snapshot, path: str, product: Product) -> list[tuple[str, str]]:
    use = product.use
    if any(each.use.span == use.span for group in others(_products(analysis, path)) for each in group):
        return []  # of several users, none is simply the one in scope
    found = identities(analysis, path, use.unit, use.scope, use.span.start)
    return [(name, found[name]) for name in product.takes if name in found]


def _literal_beside(analysis: Snapshot, path: str, product: Product) -> tuple[str, str] | None:
    """A literal that is to this product what another user's is to that one."""
    for group in others(_products(analysis, path)):
        if all(each.use.span != product.use.span for each in group):
            continue
        for each in group:
            parameter = next(iter(each.gives), "")
            text = each.value(parameter) if parameter else None
            if text is not None and parameter in product.takes:
                own = _own(text, _marker(product, group), [_marker(other, group) for other in group])
                return (parameter, own) if own not in {text, None} and own is not None else None
    return None


# --- one for each of several users


def offers_of_own(analysis: Snapshot, finding: Finding) -> Iterator[Fix]:
    """A literal of its own for each product that shares one."""
    group = _sharing(analysis, finding)
    if group:
        names = [f"`{each.name}`" for each in group]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        title = f"Give {listed} a `{group[0].takes[0]}` each"
        yield Fix(title, "review", finding, "own-identities")


def own_identities(analysis: Snapshot, fix: Fix) -> Change:
    """A literal of its own for each, in the place of the shared one or behind the other arguments."""
    path = fix.finding.path
    source = analysis.facts(path).source
    group = _sharing(analysis, fix.finding)
    if not group:
        raise _gone()
    parameter = group[0].takes[0]
    markers = [_marker(each, group) for each in group]
    edits: list[Edit] = []
    for product, marker in zip(group, markers, strict=True):
        text = product.identity or ""
        own = _own(text, marker, markers)
        if own is None:
            reason = f"there is no telling what `{text}` is for each"
            raise Withdrawn(reason)
        place = product.places.get(parameter)
        if place is None:
            edits.append(_added(source, product, [(parameter, own)]))
        elif own != text:
            start, end = (source.offset(product.use.unit.start + each) for each in place)
            edits.append(Edit(Span(start, end), own))
    return Change(path, tuple(sorted(edits, key=lambda each: each.span)))


def _sharing(analysis: Snapshot, finding: Finding) -> list[Product]:
    """The products that have one identity, the one of the finding among them; empty where it has its own."""
    found = list(shared(list(_products(analysis, finding.path))))
    here = next((each for each in found if each.product.use.span == finding.span), None)
    if here is None:
        return []
    same = [each.product for each in found if each.first is here.first]
    return sorted([here.first, *same], key=lambda each: each.use.span)


def _marker(product: Product, group: Sequence[Product]) -> str:
    """What in the name of a product tells its user from those of the others."""
    names = [each.name for each in group]
    for stem, marker, _ in marked(product.name):
        for other in names:
            if other != product.name and any(each.stem == stem for each in marked(other)):
                return marker
    return ""


def _own(text: str, marker: str, markers: Sequence[str]) -> str | None:
    """A literal like `text` for the user of `marker`, who is one of `markers`; None where there is no such."""
    value = literal_eval(text)
    if not isinstance(value, str) or not marker:
        return marker if isinstance(value, int) and marker.isdigit() else None
    quote = text.lstrip("rbuRBU")[0]
    ending = _END.match(value)
    if ending is not None and ending[3] in markers and (ending[2] or ending[3].isdigit()):
        return f"{quote}{ending[1]}{ending[2]}{marker}{quote}"
    digits = re.search(r"\d+\Z", value)
    if digits is not None and digits.group() in markers:
        return f"{quote}{value[: digits.start()]}{marker}{quote}"
    return f"{quote}{value}-{marker}{quote}"


# --- both


def _products(analysis: Snapshot, path: str) -> tuple[Product, ...]:
    return tuple(products(factory_uses(analysis, path), analysis.config(path).isolation_parameters))


def _product_at(analysis: Snapshot, finding: Finding) -> Product | None:
    return next((each for each in _products(analysis, finding.path) if each.use.span == finding.span), None)


def _added(source: Source, product: Product, values: Sequence[tuple[str, str]]) -> Edit:
    """More keywords behind the last argument, each on a line of its own where the last one is on one."""
    texts = [f"{name}={text}" for name, text in values]
    base, call = product.use.unit.start, product.call
    if not call.arguments:
        close = source.offset(base + call.span[1]) - 1
        return Edit(Span(close, close), ", ".join(texts))
    last = call.arguments[-1]
    start, end = (source.offset(base + each) for each in last.span)
    line = source.lines.line_of(start)
    before = source.text[source.lines.span_of(line).start : start]
    indentation = before[: len(before) - len(before.lstrip())]
    is_alone = not before.removesuffix(f"{last.keyword}=").strip()
    separator = f",{line_end(source.lines, line)}{indentation}" if is_alone else ", "
    return Edit(Span(end, end), "".join(f"{separator}{text}" for text in texts))


def _gone() -> Withdrawn:
    return Withdrawn("it is no longer there")
