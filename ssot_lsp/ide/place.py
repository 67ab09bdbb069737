"""A place in a file as names are seen from it, also where the line that is being typed breaks the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.files import UnreadableError
from ssot_lsp.ide.mending import without_open_brackets
from ssot_lsp.ide.snapshot import Snapshot
from ssot_lsp.identities import identities
from ssot_lsp.index.receivers import factory_of_receiver
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts, Unit
    from ssot_lsp.finding import Finding
    from ssot_lsp.ide.call_context import Context
    from ssot_lsp.index.factory import Factory


_CALLED = re.compile(r"[ \t]*\(")


class World(Snapshot, Protocol):
    """What is asked of one moment of the workspace."""

    def importable(self, path: str, importer: str) -> str | None:
        """The dotted module by which the file `importer` can import the file at `path`."""

    def definers(self, root: str, needles: Iterable[bytes]) -> frozenset[str]:
        """The files below `root` that hold one of `needles`, as far as it is known at once."""

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What is wrong in a file."""

    def overlay(self, texts: Mapping[str, str]) -> World:
        """The same moment, had the files at these paths other texts."""


class Place(NamedTuple):
    """A scope of a unit of the file at `path`, at the code point `offset` of what `world` takes for its text."""

    world: World
    path: str
    facts: Facts
    unit: Unit
    scope: int
    offset: int

    def factory(self, names: Path) -> tuple[Factory, Path] | None:
        """The factory that an attribute path starts with, and what is taken from it."""
        try:
            return factory_of_receiver(self.world, self.path, self.unit, self.scope, names)
        except UnreadableError:
            return None


@dataclass(frozen=True)
class Site:
    """A cursor with the place that its statement stands at."""

    text: str
    context: Context
    place: Place

    @property
    def typed(self) -> str:
        """What of the word stands before the cursor."""
        return self.text[self.context.word.start : self.context.cursor]

    @property
    def insert(self) -> Span:
        """From the start of the word to the cursor."""
        return Span(self.context.word.start, self.context.cursor)

    @cached_property
    def identities(self) -> Mapping[str, str]:
        """The isolation parameters for which a value is in scope, with the expression."""
        place = self.place
        return identities(place.world, place.path, place.unit, place.scope, place.offset)

    @cached_property
    def isolation(self) -> tuple[str, ...]:
        """The names of isolation parameters."""
        return self.place.world.config(self.place.path).isolation_parameters

    @property
    def is_called(self) -> bool:
        """Whether the brackets of a call stand behind the word already."""
        return _CALLED.match(self.text, self.context.word.end) is not None


def place_at(world: World, path: str, offset: int) -> Place | None:
    """The place of the statement that starts at `offset`; None in a file that says nothing. Raises UnreadableError."""
    facts = world.facts(path)
    byte = facts.source.byte(offset)
    unit = facts.unit_at(byte)
    if unit is not None:
        return Place(world, path, facts, unit, unit.scope_at(byte - unit.start), offset)
    unit = next((each for each in facts.units if each.container is facts.module), None)
    return Place(world, path, facts, unit, 0, offset) if unit is not None else None


def mended_place(world: World, path: str, context: Context) -> Place | None:
    """The same in the file without its broken statements; None where the file is whole. Raises UnreadableError."""
    source = world.facts(path).source
    if not source.root.has_error:
        return None
    end = source.lines.span_of(source.lines.line_of(context.cursor)).end
    text = f"{source.text[: context.statement]}...{source.text[end:]}"
    mended = world.overlay({path: text})
    if mended.facts(path).source.root.has_error:
        closed = without_open_brackets(text, context.statement)
        if closed != text:
            mended = world.overlay({path: closed})
    return place_at(mended, path, context.statement)
