"""What a name in a file has to do with factories: one itself, a method of one, a double, an attribute of a double."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ssot_lsp.files import UnreadableError
from ssot_lsp.index.receivers import factory_of_receiver
from ssot_lsp.names import did_you_mean
from ssot_lsp.nodes import path_of
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.ide.snapshot import Snapshot
    from ssot_lsp.index.factory import Factory, FactoryMethod
    from ssot_lsp.index.origins import Origin
    from ssot_lsp.source import Node
    from ssot_lsp.text import Span

Role = Literal["factory", "method", "double", "attribute"]

# Where an identifier is no expression: nothing is looked up for it.
_NO_NAMES = frozenset({"keyword_argument", "function_definition", "class_definition", "parameters"})


class FactoryName(NamedTuple):
    """A name at a place; `span` is its own, in code points.

    `role` is "factory" for the class or an instance; "method" where a method is named, which `method` is None for if
    the factory has none of that `name`; "double" for what a method has made; "attribute" for what is taken from that,
    at the attribute path `taken` (`return_value` for a call).
    """

    role: Role
    name: str
    span: Span
    factory: Factory
    method: FactoryMethod | None = None
    taken: Path = ()


class Name(NamedTuple):
    """A name that is read at a place: the attribute path that ends with it, its span, where it is looked up from.

    `receiver` is the span of what it is taken from; None where it stands alone.
    """

    path: Path
    span: Span
    unit: Unit
    scope: int
    receiver: Span | None


def factory_name_at(
    snapshot: Snapshot, path: str, offset: int, inferred: Sequence[Origin] = ()
) -> FactoryName | None:
    """What the name at `offset` has to do with factories; None where it has nothing to do with them, or is no name.

    `inferred` are the classes that the expression before it is said to be, if `receiver_at` has asked for that.
    """
    try:
        name = name_at(snapshot, path, offset)
        if name is None:
            return None
        known = factory_of_receiver(snapshot, path, name.unit, name.scope, name.path)
        factory = known[0] if known is not None else factory_among(snapshot, path, inferred)
    except UnreadableError:
        return None
    if factory is None:
        return None
    return _named(factory, known[1] if known is not None else name.path[-1:], name.path[-1], name.span)


def receiver_at(snapshot: Snapshot, path: str, offset: int) -> Span | None:
    """The expression at `offset` that may be a factory for all that is known, and of which a method seems to be taken."""
    try:
        name = name_at(snapshot, path, offset)
        if name is None or name.receiver is None:
            return None
        methods = {each for factory in snapshot.factories(path) for each in factory.methods}
        if name.path[-1] not in methods and not did_you_mean(name.path[-1], methods):
            return None
        known = factory_of_receiver(snapshot, path, name.unit, name.scope, name.path)
    except UnreadableError:
        return None
    return name.receiver if known is None else None


def factory_among(snapshot: Snapshot, path: str, inferred: Sequence[Origin]) -> Factory | None:
    """The factory that one of the places of the workspace is; None where none is one."""
    places = {(each.path, each.name) for each in inferred}
    return next((each for each in snapshot.factories(path) if (each.path, each.name) in places), None)


def name_at(snapshot: Snapshot, path: str, offset: int) -> Name | None:
    """The name that holds or ends at `offset`; None where none is read. Raises UnreadableError."""
    facts = snapshot.facts(path)
    byte = facts.source.byte(offset)
    for at in (byte, byte - 1):
        unit = facts.unit_at(at) if at >= 0 else None
        if unit is None:
            continue
        chain = nodes_around(unit.node, at)
        last = chain[-1]
        if last.type != "identifier" or not last.start_byte <= at < last.end_byte:
            continue
        whole = _whole(chain)
        names = path_of(whole, unit.data) if whole is not None else ()
        if whole is None or not names:
            return None
        before = whole.child_by_field_name("object") if whole.type == "attribute" else None
        receiver = facts.source.span(before) if before is not None else None
        scope = unit.scope_at(last.start_byte - unit.start)
        return Name(names, facts.source.span(last), unit, scope, receiver)
    return None


def _named(factory: Factory, rest: Path, name: str, span: Span) -> FactoryName | None:
    if not rest:
        return FactoryName("factory", name, span, factory)
    method = factory.methods.get(rest[0])
    if len(rest) == 1:
        return FactoryName("method", name, span, factory, method) if rest[0] == name else None
    if method is None or rest[1] != "()":
        return None
    if len(rest) == 2:
        return FactoryName("double", name, span, factory, method)
    if "[]" in rest:
        return None
    taken = tuple("return_value" if part == "()" else part for part in rest[2:])
    return FactoryName("attribute", name, span, factory, method, taken)


def _whole(chain: list[Node]) -> Node | None:
    """The attribute that the last of `chain` is the end of, or the identifier where it stands alone."""
    last = chain[-1]
    outer = chain[-2] if len(chain) > 1 else None
    if outer is None:
        return last
    if outer.type == "attribute":
        return outer if outer.child_by_field_name("attribute") == last else last
    is_name = outer.type in _NO_NAMES and outer.child_by_field_name("name") == last
    return None if is_name or outer.type == "parameters" else last
