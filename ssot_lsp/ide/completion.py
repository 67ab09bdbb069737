"""What completes at a place: factory methods, their arguments, what can be imported, remarks about mocks.

Offers only what others cannot know: which double fits a name, which identity is in scope, which strings a factory
takes. Spans, edits and offsets are code points of the text that was asked about, which may be broken anywhere.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.facts import self_name
from ssot_lsp.files import UnreadableError
from ssot_lsp.ide.call_context import context_at
from ssot_lsp.ide.factory_completion import calls, keywords, methods, quoted, strings
from ssot_lsp.ide.factory_names import factory_among
from ssot_lsp.ide.factory_pages import factory_page, method_page
from ssot_lsp.ide.import_completion import classes
from ssot_lsp.ide.item import is_within
from ssot_lsp.ide.place import Site, mended_place, place_at
from ssot_lsp.ide.remark_completion import decorators, in_comment, levels, names_reason
from ssot_lsp.index.origins import Origin
from ssot_lsp.rules import by_name
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.ide.call_context import Call, Context
    from ssot_lsp.ide.item import Completion
    from ssot_lsp.ide.place import Place, World
    from ssot_lsp.index.factory import Factory, FactoryMethod

PLACES = (
    "factoryMethods",
    "keywordArguments",
    "mockTypes",
    "autoImports",
    "factoryCalls",
    "justifications",
)
"""Where something completes, each of which can be switched off."""


class _Found(NamedTuple):
    place: Place
    factory: Factory
    rest: Path


def complete(
    world: World,
    path: str,
    offset: int,
    places: Collection[str] = PLACES,
    *,
    is_asked: bool = True,
    inferred: Sequence[Origin] = (),
) -> Sequence[Completion]:
    """What completes at a code point of the file at `path`, the best first; nothing where the file is not readable.

    `is_asked`: somebody asked for it or has typed a letter, as against one of the characters that ask by themselves.
    `inferred` are the classes that the expression which `unknown_receiver` gave is said to be.
    """
    try:
        return _Completer(world, path, offset, frozenset(places), is_asked=is_asked, inferred=inferred).all()
    except UnreadableError:
        return ()


def unknown_receiver(world: World, path: str, offset: int, places: Collection[str] = PLACES) -> Span | None:
    """The expression that may be a factory for all that is known, of which something is taken or called at `offset`.

    None where what is typed is the start of no method of a factory, and for `self`, for names from outside of the
    workspace and for classes of it: asking what they are takes long.
    """
    try:
        return _Completer(world, path, offset, frozenset(places), is_asked=True).unknown_receiver()
    except UnreadableError:
        return None


def documentation(world: World, path: str, page: Sequence[str]) -> str:
    """The page of a completion for the file at `path`, in Markdown; empty where there is none any more."""
    kind, *which = page or ("",)
    if kind == "rule":
        rule = by_name(which[0])
        return rule.page.strip() if rule is not None else ""
    if kind not in {"method", "class"}:
        return ""
    factory = world.factories_of(path).at(Origin(which[0], which[1]))
    if factory is None:
        return ""
    if kind == "class":
        return factory_page(factory, world.importable(factory.path, path) or "")
    method = factory.methods.get(which[2])
    if method is None:
        return ""
    return method_page(factory, method, world.config(path).isolation_parameters)


def read_factories(world: World, folders: Sequence[str]) -> None:
    """Read what every other question is about, before anybody asks: the factories, and where the SSOT bases are."""
    for folder in folders:
        path = os.path.join(folder, "conftest.py")
        world.factories_of(path).all()
        config = world.config(path)
        bases = [f"class {each}" for each in config.base_classes if "." not in each]
        world.definers(config.root, [each.encode("utf-8", "surrogatepass") for each in bases])


class _Completer:
    """One question."""

    def __init__(
        self,
        world: World,
        path: str,
        offset: int,
        places: frozenset[str],
        *,
        is_asked: bool,
        inferred: Sequence[Origin] = (),
    ) -> None:
        self.world = world
        self.path = path
        self.places = places
        self.is_asked = is_asked
        self.inferred = inferred
        self.text = world.facts(path).source.text
        self.context: Context = context_at(self.text, offset)

    def all(self) -> list[Completion]:
        """All that completes, group by group, each with its best first."""
        return [each for group in self.groups() for each in sorted(group, key=lambda each: each.rank)]

    def groups(self) -> Iterator[Iterator[Completion]]:
        kind = self.context.kind
        if kind == "comment" and "justifications" in self.places:
            yield self.in_comment()
        elif kind == "string":
            yield self.in_string()
        elif kind == "attribute" and "factoryMethods" in self.places:
            yield self.attributes()
        elif kind == "name":
            yield from self.names()

    def attributes(self) -> Iterator[Completion]:
        found = self.factory(self.context.receiver)
        if found is not None and not found.rest:
            yield from methods(Site(self.text, self.context, found.place), found.factory)

    def names(self) -> Iterator[Iterator[Completion]]:
        context = self.context
        if context.is_decorator and not context.call:
            if "justifications" in self.places:
                yield self.decorators()
            return
        called = self.called(context.call)
        if called is not None:
            found, method, call = called
            site = Site(self.text, context, found.place)
            if "keywordArguments" in self.places:
                yield keywords(site, method, call)
            if "mockTypes" in self.places:
                yield quoted(site, method, call)
        if not self.is_test_file() or not (self.is_asked or context.class_name):
            return
        place = self.place()
        if place is None:
            return
        if "factoryCalls" in self.places and context.target:
            yield calls(Site(self.text, context, place))
        if "autoImports" in self.places:
            yield classes(Site(self.text, context, place))

    def in_string(self) -> Iterator[Completion]:
        context = self.context
        if context.call is None:
            return
        if context.is_decorator and "justifications" in self.places:
            config = self.world.config(self.path)
            if names_reason(context.call, config.justification, self.world.facts(self.path)):
                typed = self.text[context.word.start : context.cursor]
                yield from levels(context, typed, config.level(self.path))
                return
        called = self.called(context.call) if "mockTypes" in self.places else None
        if called is not None:
            found, method, call = called
            yield from strings(Site(self.text, context, found.place), method, call)

    def in_comment(self) -> Iterator[Completion]:
        if self.is_test_file():
            yield from in_comment(self.world, self.path, self.context)

    def decorators(self) -> Iterator[Completion]:
        config = self.world.config(self.path)
        place = self.place()
        if place is None or self.context.kind != "name" or not self.is_test_file():
            return
        yield from decorators(Site(self.text, self.context, place), config, self.path)

    # --- what is around

    def is_test_file(self) -> bool:
        return self.world.config(self.path).is_test_file(self.path)

    def place(self) -> Place | None:
        """The place of the statement, in the file as it is or, where it is broken, mended."""
        return next((each for each in self.ways() if each is not None), None)

    def ways(self) -> Iterator[Place | None]:
        """The place in the file as it is and in the mended one; the better one first."""
        world, path, context = self.world, self.path, self.context
        facts = world.facts(path)
        if not facts.source.root.has_error:
            yield place_at(world, path, context.statement)
        elif facts.is_broken_at(facts.source.byte(context.statement)):
            yield mended_place(world, path, context)
            yield place_at(world, path, context.statement)
        else:
            yield place_at(world, path, context.statement)
            yield mended_place(world, path, context)

    def factory(self, path: Path) -> _Found | None:
        """The factory that `path` starts with."""
        for place in self.ways():
            found = place.factory(path) if place is not None else None
            if place is not None and found is not None:
                return _Found(place, *found)
        return self.inferred_factory(path)

    def inferred_factory(self, path: Path) -> _Found | None:
        """The factory that the expression was found to be by other means."""
        factory = factory_among(self.world, self.path, self.inferred) if self.inferred else None
        place = self.place() if factory is not None else None
        if factory is None or place is None:
            return None
        return _Found(place, factory, () if self.context.kind == "attribute" else path[-1:])

    def unknown_receiver(self) -> Span | None:
        context, text = self.context, self.text
        if context.kind == "attribute":
            wanted, end = context.receiver, text.rfind(".", 0, context.word.start)
            start, typed = context.start, text[context.word.start : context.cursor]
            is_wanted = "factoryMethods" in self.places
        elif context.call is not None and len(context.call.path) > 1:
            callee = context.call.callee
            wanted, end = context.call.path[:-1], text.rfind(".", callee.start, callee.end)
            start, typed = callee.start, context.call.path[-1]
            is_wanted = not self.places.isdisjoint({"keywordArguments", "mockTypes"})
        else:
            return None
        if not is_wanted or not self.is_test_file() or not start < end:
            return None
        methods = {each for factory in self.world.factories(self.path) for each in factory.methods}
        is_start = any(is_within(typed, each) for each in methods)
        fits = is_start if context.kind == "attribute" else typed in methods
        if not fits or self.factory(wanted) is not None:
            return None
        place = self.place()
        return Span(start, end) if place is not None and _may_be_anything(place, wanted) else None

    def called(self, call: Call | None) -> tuple[_Found, FactoryMethod, Call] | None:
        """The factory method of which a call is typed."""
        if call is None:
            return None
        found = self.factory(call.path)
        method = (
            found.factory.methods.get(found.rest[0]) if found is not None and len(found.rest) == 1 else None
        )
        return (found, method, call) if found is not None and method is not None else None


def _may_be_anything(place: Place, path: Path) -> bool:
    """Whether nothing says that the expression `path` is no factory; raises UnreadableError."""
    me = self_name(place.unit, place.scope)
    if path[0] == me:
        return len(path) > 1
    bindings, _ = place.facts.lookup(path[0], place.unit, place.scope)
    if not bindings:
        return False
    origins = place.world.origins(place.path)
    for unit, number, binding in bindings:
        made = binding.alias or (unit.path(binding.value) if binding.value is not None else ())
        for names, owner, scope in ((path, place.unit, place.scope), (made, unit, number)):
            found = origins.of_path(names[:1], owner, scope) if names else ()
            if found and not any(each.path for each in found):
                return False  # it is of a library, or made by one
    return True
