"""Where what is named at a place is defined: factories, their methods, what these set, and the SSOT bases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.ide.bases import base_at
from ssot_lsp.ide.factory_names import factory_name_at, name_at
from ssot_lsp.ide.signature_help import called_at
from ssot_lsp.index.classes import ClassKey
from ssot_lsp.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Facts
    from ssot_lsp.ide.factory_names import FactoryName
    from ssot_lsp.ide.place import World
    from ssot_lsp.index.origins import Origin


class Target(NamedTuple):
    """A definition: `span` is that of its name, `whole` that of all of it, both in code points of the file at `path`."""

    path: str
    span: Span
    whole: Span


class Definition(NamedTuple):
    """What is named at `span`, and where that is defined."""

    span: Span
    targets: tuple[Target, ...]


def definition(snapshot: World, path: str, offset: int, inferred: Sequence[Origin] = ()) -> Definition | None:
    """Where what is named at `offset` is defined; None where it is none of ours.

    `inferred` is what `factory_names.receiver_at` asks for.
    """
    named = factory_name_at(snapshot, path, offset, inferred)
    try:
        if named is None and (of_key := _key(snapshot, path, offset)) is not None:
            return of_key
        if named is not None:
            targets = tuple(_of_factory(snapshot, named))
            return Definition(named.span, targets) if targets else None
        return _base(snapshot, path, offset) or _in_header(snapshot, path, offset)
    except UnreadableError:
        return None


def _of_factory(snapshot: World, named: FactoryName) -> Iterator[Target]:
    factory, method = named.factory, named.method
    if named.role == "factory":
        yield _target(snapshot, factory.path, factory.span)
    elif method is not None and named.role == "method":
        yield _target(snapshot, method.path, method.span)
    elif method is not None and named.role == "attribute":
        names = {each.path for each in method.surface}
        if named.taken in names:
            yield _setting(snapshot, _target(snapshot, method.path, method.span), named.taken)


def _key(snapshot: World, path: str, offset: int) -> Definition | None:
    """The place in a method's body that knows the string at `offset`, which a call gives for one of a closed set."""
    called = called_at(snapshot, path, offset)
    if called is None or called.context.kind != "string":
        return None
    span = called.context.word
    key = snapshot.text(path)[span.start : span.end]
    if not any(key in each for each in called.method.literals.values()):
        return None
    method = _target(snapshot, called.method.path, called.method.span)
    body = snapshot.text(method.path)[method.span.end : method.whole.end]
    found = re.compile(rf"""["']({re.escape(key)})["']""").search(body, _signature_end(body))
    if found is None:
        return Definition(span, (method,))
    start = method.span.end + found.start(1)
    return Definition(span, (Target(method.path, Span(start, start + len(key)), method.whole),))


def _setting(snapshot: World, method: Target, taken: Path) -> Target:
    """The place in a method that sets an attribute; the method where it is set in some other way."""
    name = next((each for each in reversed(taken) if each != "return_value"), "")
    pattern = re.compile(
        rf"""(?:\.|["']|(?<=[(,\s]))({re.escape(name)})(?=["']|\s*=(?!=)|\.return_value\b)"""
    )
    start = method.whole.start
    body = snapshot.text(method.path)[method.span.end : method.whole.end]
    signature_end = _signature_end(body)
    found = pattern.search(body, signature_end)
    if not name or found is None:
        return method
    at = method.span.end + found.start(1)
    return Target(method.path, Span(at, at + len(name)), Span(start, method.whole.end))


def _signature_end(text: str) -> int:
    """Where the brackets close that `text` starts with: what is in them are parameters."""
    depth = 0
    for index, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and index:
            return index
    return 0


def _target(snapshot: World, path: str, span: Span) -> Target:
    facts = snapshot.facts(path)
    byte = facts.source.byte(span.start)
    for container in facts.classes:
        if container.start <= byte < container.end and _is_in_header(container.units, byte):
            return Target(path, span, _span(facts, container.start, container.end))
    unit = facts.unit_at(byte)
    return Target(path, span, _span(facts, unit.start, unit.end) if unit is not None else span)


def _is_in_header(units: Iterable[object], byte: int) -> bool:
    return all(getattr(each, "start", 0) > byte for each in units)


def _span(facts: Facts, start: int, end: int) -> Span:
    return Span(facts.source.offset(start), facts.source.offset(end))


def _in_header(snapshot: World, path: str, offset: int) -> Definition | None:
    """A base in a class header that descends from an SSOT base, through aliases and re-exports."""
    base = base_at(snapshot, path, offset)
    classes = snapshot.classes(path)
    targets: list[Target] = []
    for thing in base.things if base is not None else ():
        if not isinstance(thing, ClassKey):
            continue
        info = classes.info(thing)
        if info is not None and any(map(classes.approved().base_in, classes.lineages.orders(thing))):
            facts = snapshot.facts(info.path)
            span, whole = _span(facts, *info.name_span), _span(facts, info.start, info.end)
            targets.append(Target(info.path, span, whole))
    return Definition(base.span, tuple(targets)) if base is not None and targets else None


def _base(snapshot: World, path: str, offset: int) -> Definition | None:
    """A base class that the configuration names, wherever it is imported from."""
    found = name_at(snapshot, path, offset)
    if found is None:
        return None
    approved = {each.rpartition(".")[2] for each in snapshot.config(path).base_classes}
    targets: list[Target] = []
    for origin in snapshot.origins(path).of_path(found.path, found.unit, found.scope):
        if not origin.path or origin.name.rpartition(".")[2] not in approved:
            continue
        facts = snapshot.facts(origin.path)
        for container in facts.classes:
            if container.name == origin.name:
                name = re.compile(rb"\bclass\s+(" + re.escape(origin.name.encode()) + rb")\b")
                match = name.search(facts.source.data, container.start, container.end)
                if match is not None:
                    span = _span(facts, match.start(1), match.end(1))
                    targets.append(Target(origin.path, span, _span(facts, container.start, container.end)))
    return Definition(found.span, tuple(targets)) if targets else None
