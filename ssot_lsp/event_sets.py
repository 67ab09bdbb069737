"""Doubles that have some attributes of a named set, and not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.facts import self_name
from ssot_lsp.index.usage import uses_of
from ssot_lsp.source import nodes_around
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp.config import EventSet
    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.index.usage import Use, Uses
    from ssot_lsp.mocks import Mocks, Site

_SYNC = frozenset({"Mock", "MagicMock"})
_LEAST = 2


class Incomplete(NamedTuple):
    """A double that has some events: `present` and `missing` are attributes, in the order of the set.

    `span` is the first of them as it is set, in code points; `last` is the use behind which others can follow.
    """

    handle: str
    present: tuple[str, ...]
    missing: tuple[str, ...]
    span: Span
    last: Use


def incomplete(facts: Facts, mocks: Mocks, site: Site, sets: Sequence[EventSet]) -> Iterator[Incomplete]:
    """The sets of which the double of `site` has two or more, not all, and would make the others sync."""
    if site.name.removeprefix("mocker.") not in _SYNC or _has_spec(site):
        return
    target = _target(site)
    if not target or not _may_have_some(facts, target, sets):
        return
    start, end = site.unit.start + site.call.span[0], site.unit.start + site.call.span[1]
    uses = uses_of(facts, site.unit, target, (start, end))
    if uses.doubt or _is_out_of_sight(facts, uses):
        return
    sets_of: dict[str, Use] = {}
    for use in uses.uses:
        if use.path and use.kind in {"set", "handed on"}:
            sets_of.setdefault(use.path[0], use)
    plain = {use.path[0]: use for use in uses.uses if use.kind == "set" and len(use.path) == 1}
    for one in sets:
        for prefix in one.prefixes:
            names = [f"{prefix}{each}" for each in one.events]
            present = [each for each in names if each in plain]
            missing = [each for each in names if each not in plain and each not in sets_of]
            if len(present) < _LEAST or not missing or len(present) + len(missing) < len(names):
                continue
            if any(_is_async(mocks, site.unit, plain[each]) for each in present):
                first, last = (
                    plain[present[0]],
                    max((plain[each] for each in present), key=lambda each: each.start),
                )
                span = Span(facts.source.offset(first.start), facts.source.offset(first.end))
                yield Incomplete(uses.handle, tuple(present), tuple(missing), span, last)


def _may_have_some(facts: Facts, target: Path, sets: Sequence[EventSet]) -> bool:
    """Whether two events of a set are written behind the double's name at all, by the bytes."""
    data = facts.source.data
    return any(
        sum(f"{target[-1]}.{prefix}{each}".encode() in data for each in one.events) >= _LEAST
        for one in sets
        for prefix in one.prefixes
    )


def _has_spec(site: Site) -> bool:
    return bool(site.call.arguments) and any(
        each.keyword in {"", "*", "**", "spec", "spec_set", "wraps"} for each in site.call.arguments
    )


def _target(site: Site) -> Path:
    if site.call.in_display:
        return ()
    me = self_name(site.unit, site.scope)
    return next(
        (each for each in site.call.targets if len(each) == 1 or (len(each) == 2 and each[0] == me)), ()
    )


def _is_out_of_sight(facts: Facts, uses: Uses) -> bool:
    """Whether attributes may be set by names that are not written down, or by a helper that is given the double alone."""
    for use in uses.uses:
        if use.kind != "handed on" or use.path:
            continue
        if use.way == "configured":
            return True
        before = facts.source.data[max(0, use.start - 40) : use.start].rstrip(b" \t\n")
        if before.endswith((b"setattr(", b"vars(", b"_set_events(")):
            return True
    return False


def _is_async(mocks: Mocks, unit: Unit, use: Use) -> bool:
    """Whether what is set can surely be awaited when it is called."""
    if use.value is None:
        return False
    for each in mocks.sites:
        if (each.unit.start + each.call.span[0], each.unit.start + each.call.span[1]) == use.value:
            return each.name.removeprefix("mocker.") == "AsyncMock"
    nodes = nodes_around(unit.node, use.value[0])
    name = next((node for node in nodes if (node.start_byte, node.end_byte) == use.value), None)
    if name is None or name.type != "identifier":
        return False
    word = unit.data[use.value[0] : use.value[1]].decode("utf-8", "surrogatepass")
    return any(scope.name == word and scope.is_async for scope in unit.scopes)
