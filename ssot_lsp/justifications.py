"""Reasons for mocks made by hand: comments and decorators, and what each of them covers."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ssot_lsp.definitions import Kind
from ssot_lsp.remarks import reason_of, remarks
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssot_lsp import config as configuration
    from ssot_lsp.definitions import Decorator
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.mocks import Mocks, Site


@dataclass(frozen=True, slots=True)
class Justification:
    """A reason. `span` is all of the comment or decorator, in code points.

    `covers` is in bytes. `reason` is None where it is no literal and so cannot be read. `line` is the 0-based line of
    code that a comment is about, -1 for decorators.
    """

    span: Span
    reason: str | None
    covers: tuple[int, int]
    line: int
    is_decorator: bool
    is_about_mocks: bool = True


class Justifications:
    """The justifications of one file, and which sites they cover."""

    def __init__(self, facts: Facts, mocks: Mocks, settings: configuration.Justification) -> None:
        self.all = tuple(
            sorted((*_comments(facts, settings), *_decorators(facts, settings)), key=lambda each: each.span)
        )
        self._mocks = mocks
        self._facts = facts
        self._of: dict[Site, Justification] = {}
        self._used: set[Justification] = set()
        if self.all and mocks.sites:
            self._assign()

    def of(self, site: Site) -> Justification | None:
        """The justification that covers a site, the innermost where there are several."""
        return self._of.get(site)

    def is_used(self, justification: Justification) -> bool:
        """Whether a justification covers any site, root or child."""
        return justification in self._used

    def _assign(self) -> None:
        sites = self._mocks.sites
        starts = [site.unit.start + site.call.callee[0] for site in sites]
        for justification in self.all:
            first, behind = (bisect_left(starts, byte) for byte in justification.covers)
            covered: Sequence[Site] = sites[first:behind]
            if justification.line >= 0:
                covered = self._on_line(covered, justification.line)
            for site in covered:
                self._used.add(justification)
                known = self._of.get(site)
                if known is None or known.covers[0] <= justification.covers[0]:
                    self._of[site] = justification

    def _on_line(self, sites: Sequence[Site], line: int) -> Sequence[Site]:
        """All of `sites`; but only those of `line` where children stand there whose outer call started above it."""
        line_of = self._facts.source.lines.line_of
        here = [site for site in sites if line_of(site.span.start) == line]
        outer = [self._mocks.outer_site(site) for site in here]
        is_of_child = all(each is not None and line_of(each.span.start) != line for each in outer)
        return here if here and is_of_child else sites


_MOCK = re.compile("mock|double|stub|fake", re.IGNORECASE)


@lru_cache(maxsize=64)
def comment_pattern(prefixes: tuple[str, ...]) -> re.Pattern[str]:
    """What starts a justifying comment; the group is its prefix."""
    words = "|".join(
        re.escape(each).replace(r"\ ", r"[ \t]+") for each in sorted(prefixes, key=len, reverse=True)
    )
    return re.compile(rf"#+[ \t]*({words})[ \t]*:[ \t]*", re.IGNORECASE)


def _comments(facts: Facts, settings: configuration.Justification) -> Iterator[Justification]:
    if not settings.comments:
        return
    pattern = comment_pattern(settings.comments)
    for remark in remarks(facts, pattern):
        reason, span = reason_of(facts, remark, remark.match.end(), pattern)
        whole = Span(remark.match.start(), max(span.end, remark.match.end()))
        about = _MOCK.search(remark.match.group(1)) is not None
        yield Justification(
            whole, reason, remark.covers, remark.line, is_decorator=False, is_about_mocks=about
        )


def _decorators(facts: Facts, settings: configuration.Justification) -> Iterator[Justification]:
    names = {each.rpartition(".")[2] for each in settings.decorators}
    words = _spellings(facts, names)
    if not words:
        return
    for container in facts.classes:
        if container.scope is not None:
            for decorator in container.scope.decorators:
                if decorator.path and decorator.path[-1] in words:
                    yield _decorated(facts, container.start, decorator, (container.start, container.end))
    for word in words:
        for unit in facts.holding(word.encode("utf-8", "surrogatepass")):
            yield from _in_unit(facts, unit, word)


def _in_unit(facts: Facts, unit: Unit, word: str) -> Iterator[Justification]:
    for scope in unit.scopes[1:]:
        for decorator in scope.decorators:
            if decorator.path and decorator.path[-1] == word:
                covers = (unit.start + scope.span[0], unit.start + scope.span[1])
                yield _decorated(facts, unit.start, decorator, covers)


def _spellings(facts: Facts, names: set[str]) -> set[str]:
    """The names that the decorator goes by in this file: its own, and what imports call it."""
    data = facts.source.data
    found = {name for name in names if data.find(name.encode("utf-8", "surrogatepass")) >= 0}
    if not found:
        return found
    return found | {
        binding.name
        for binding in facts.imports()
        if binding.kind is Kind.IMPORT and binding.target is not None and binding.target.name in names
    }


def _decorated(facts: Facts, base: int, decorator: Decorator, covers: tuple[int, int]) -> Justification:
    source = facts.source
    start, end = base + decorator.span[0], base + decorator.span[1]
    span = Span(source.offset(start), source.offset(end))
    if decorator.arguments is None:
        return Justification(span, "", covers, -1, is_decorator=True)
    inner = base + decorator.arguments[0], base + decorator.arguments[1]
    reason = _argument(source.slice(*inner))
    return Justification(span, reason, covers, -1, is_decorator=True)


def _argument(arguments: str) -> str | None:
    """The literal reason in the arguments of a decorator; None where there is one that is no literal."""
    try:
        call = ast.parse(f"f{arguments}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call):
        return None
    values = [*call.args[:1], *(each.value for each in call.keywords if each.arg in {"reason", None})]
    if not values:
        return "" if not call.keywords else None
    value = values[0]
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
