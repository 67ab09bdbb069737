"""Edits that nobody outside of a few functions can notice, so that what was found out about all else still holds.

Most keystrokes go into the body of a test. What a function binds and calls is its own, unless it hands it out: as a
global, as a fixture, to who calls it, or on its instance, where the units that speak of such an attribute may notice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.definitions import Kind
from ssot_lsp.nodes import IMPORTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import PathBinding
    from ssot_lsp.facts import Container, Facts, Unit

_TEST_PREFIX = "test"
_MAY_HAND_OUT = re.compile(rb"\b(?:global|import)\b|[Ff]ixture")


class LocalEdit(NamedTuple):
    """Two versions of a file with the same units in the same order, but for the one at index `place`; -1: for none.

    `noticed_by` are the indices of the other units that may notice.
    """

    before: Facts
    after: Facts
    place: int
    noticed_by: frozenset[int] = frozenset()

    @property
    def edited(self) -> tuple[Unit, ...]:
        """The unit that differs, as it was and as it is; none where nothing differs but what is between units."""
        if self.place < 0:
            return ()
        return self.before.units[self.place], self.after.units[self.place]

    def units(self) -> Iterator[tuple[Unit, Unit, bool]]:
        """All units in their order, as they were and as they are, and whether they may notice."""
        for number, (was, unit) in enumerate(zip(self.before.units, self.after.units, strict=True)):
            yield was, unit, number in self.noticed_by


def local_edit(before: Facts, after: Facts) -> LocalEdit | None:
    """What leads from one version of a file to another; None where anybody may notice it."""
    if len(before.units) != len(after.units) or not _have_same_classes(before, after):
        return None
    headers = {each.start for each in before.classes}
    place = -1
    for number, (was, unit) in enumerate(zip(before.units, after.units, strict=True)):
        if was.memo is unit.memo or was.start in headers:  # of which the classes know all
            continue
        if place >= 0:
            return None
        place = number
    if place < 0:
        return LocalEdit(before, after, place)
    was, unit = before.units[place], after.units[place]
    if was.memo.outline != unit.memo.outline or not (_is_closed(was, before) and _is_closed(unit, after)):
        return None
    words = {name for each in (was, unit) for name, _ in _attributes(each)}
    noticed_by = _that_notice(after, place, words)
    return LocalEdit(before, after, place, noticed_by) if noticed_by is not None else None


def _have_same_classes(before: Facts, after: Facts) -> bool:
    """Whether there are the same classes, with the same headers and as many members."""
    return len(before.classes) == len(after.classes) and all(
        len(was.units) == len(container.units) and _header(was, before) == _header(container, after)
        for was, container in zip(before.classes, after.classes, strict=True)
    )


def _header(container: Container, facts: Facts) -> tuple[object, ...]:
    """The bytes of a class up to its first member, and what they say."""
    scope = container.scope
    if scope is None:
        return ()
    written = facts.source.data[container.start : container.start + scope.body]
    return written, scope.name, scope.type_names, scope.decorators, scope.bases


def _is_closed(unit: Unit, facts: Facts) -> bool:
    """Whether it is a function that hands out nothing of what it binds, unless on its instance."""
    if not _is_private(unit):
        return False
    is_test = unit.name.startswith(_TEST_PREFIX)
    return next(_results(unit), None) is None or (is_test and len(list(facts.places_of(unit.name))) == 1)


def _is_private(unit: Unit) -> bool:
    """Whether it is a function that hands out nothing but what it returns or sets on its instance."""
    outline = unit.memo.outline
    return len(outline) == 1 and outline[0].kind is Kind.DEFINITION and not unit.matches(_MAY_HAND_OUT)


def _that_notice(facts: Facts, place: int, words: set[str]) -> frozenset[int] | None:
    """The units but that at `place` that speak of one of `words`, or of what these hand on; None where it may be any."""
    found: set[int] = set()
    todo, seen = list(words), words
    while todo:
        for number in dict.fromkeys(map(facts.number_at, facts.places_of(todo.pop()))):
            unit = facts.units[number]
            if number in {place, -1} or number in found or unit.node.type in IMPORTS:
                continue
            if not _is_private(unit) or any(_is_passed_on(each, unit) for each in _results(unit)):
                return None
            found.add(number)
            new = {name for name, each in _attributes(unit) if _is_passed_on(each, unit)} - seen
            seen = seen | new
            todo += new
    return frozenset(found)


def _attributes(unit: Unit) -> Iterator[tuple[str, PathBinding]]:
    """What a unit sets on its instance, by the last name of its path: whoever reads it writes that name."""
    for paths in unit.self_paths().values():
        for _, each in paths:
            yield next(part for part in reversed(each.path) if part.isidentifier()), each


def _results(unit: Unit) -> Iterator[PathBinding]:
    return (each for scope in unit.scopes for each in scope.results)


def _is_passed_on(bound: PathBinding, unit: Unit) -> bool:
    """Whether the value is something that the unit has itself, from its instance or by a name of its own."""
    path = bound.alias or (unit.path(bound.value) if bound.value is not None else ())
    return bool(path) and any(path[0] in scope.names for scope in unit.scopes)
