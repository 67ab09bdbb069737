"""Names that can be had by an import: the factory and the SSOT bases, each with the edit that brings it in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.definitions import Import, Kind
from ssot_lsp.files import UnreadableError
from ssot_lsp.fixes import added_import
from ssot_lsp.ide.item import Completion, is_within
from ssot_lsp.text import Edit, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Binding
    from ssot_lsp.facts import Unit
    from ssot_lsp.ide.place import Place, Site

_FOR_TYPES = re.compile(rb"if\s+(?:\w+\s*\.\s*)?TYPE_CHECKING\b")


class Importing(NamedTuple):
    """A module to import from, and the edit that does."""

    module: str
    edit: Edit


def classes(site: Site) -> Iterator[Completion]:
    """The classes that are not imported yet; among the bases of a class the SSOT bases alone."""
    context, place, typed = site.context, site.place, site.typed
    if not typed and not context.class_name:
        return
    wanted = list(_bases(place))
    if not context.class_name:
        wanted = [*_factories(place), *wanted]
    rank = 0
    for name, path, module in wanted:
        if path == place.path or not is_within(typed, name):
            continue
        found = import_of(site, name, module, path) if bound_as(place, name) is None else None
        if found is not None:
            yield Completion(
                name,
                "class",
                site.insert,
                context.word,
                name,
                rank,
                detail=f"from {found.module} import {name}",
                found_by=name,
                edits=(found.edit,),
                page=("class", path, name),
            )
            rank += 1


def import_of(site: Site, name: str, module: str, path: str = "") -> Importing | None:
    """How to import `name`; None where there is no way, or no place for it above the cursor.

    `module` is the configured way, taken where it leads somewhere or nothing else is known; `path` is the file that
    defines the name.
    """
    context, place = site.context, site.place
    world = place.world
    if path and (not module or world.module_path(module, place.path) is None):
        module = world.importable(path, place.path) or ""
    if not module or path == place.path:
        return None
    try:
        source = world.facts(place.path).source
        origins = world.origins(place.path)
    except UnreadableError:
        return None

    def is_first_party(each: str) -> bool:
        return any(origin.path for origin in origins.of_import(Import(each)))

    edit = _above(added_import(source, module, name, is_first_party), source.text, context.word.start)
    # What stands above the statement is the same in the mended file; an import in or below it helps nobody.
    if (
        edit is None
        or edit.span.end > context.statement
        or not site.text.startswith(source.text[: edit.span.end])
    ):
        return None
    return Importing(module, edit)


def _above(edit: Edit, text: str, word: int) -> Edit | None:
    """`edit`, moved to the end of the line above where it would touch the word; None where there is no such line."""
    start, end = edit.span
    if end < word:
        return edit
    if start != end or start == 0 or text[start - 1] not in "\r\n":
        return None
    line_end = "\r\n" if text.endswith("\r\n", 0, start) else text[start - 1]
    if not edit.text.endswith(line_end):
        return None
    at = start - len(line_end)
    return Edit(Span(at, at), line_end + edit.text.removesuffix(line_end))


def bound_as(place: Place, name: str) -> Literal["value", "unknown"] | None:
    """Whether `name` is bound at a place when the code runs: None where it is not, `unknown` by a star import."""
    bindings, _ = place.facts.lookup(name, place.unit, place.scope)
    if any(not _is_for_types(unit, binding) for unit, _, binding in bindings):
        return "value"
    try:
        stars = place.world.origins(place.path).of_star(name)
    except UnreadableError:
        return None
    return "unknown" if any(each.path for each in stars) else None


def _is_for_types(unit: Unit, binding: Binding) -> bool:
    return binding.kind is Kind.IMPORT and _FOR_TYPES.match(unit.data, unit.start) is not None


def _factories(place: Place) -> Iterator[tuple[str, str, str]]:
    """Name, file and configured module of each factory that is a class; the likeliest definition of each name."""
    seen: set[str] = set()
    for factory in place.world.factories_of(place.path).all():
        module, _, short = factory.known_as.rpartition(".")
        name = short if module else factory.name
        if not factory.is_module and name not in seen:
            seen.add(name)
            yield name, factory.path, module


def _bases(place: Place) -> Iterator[tuple[str, str, str]]:
    """The same of the SSOT bases, which are what the rules take for them."""
    modules = {
        each.rpartition(".")[2]: each.rpartition(".")[0]
        for each in place.world.config(place.path).base_classes
    }
    try:
        keys = place.world.classes(place.path).approved().keys
    except UnreadableError:
        return
    seen: set[str] = set()
    for key in keys:
        if key.name not in seen and "." not in key.name:
            seen.add(key.name)
            yield key.name, key.path, modules.get(key.name, "")
