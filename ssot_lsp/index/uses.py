"""Where a file uses factories: every attribute that is taken from one, called or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ssot_lsp.index.receivers import World as Receiving
from ssot_lsp.index.receivers import factory_of_receiver
from ssot_lsp.nodes import path_of
from ssot_lsp.source import nodes_around
from ssot_lsp.words import ENDS_HERE, STARTS_HERE, any_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ssot_lsp.facts import Facts
    from ssot_lsp.index.factory import Factory
    from ssot_lsp.source import Node
    from ssot_lsp.text import Span


class World(Receiving, Protocol):
    """What is asked of the workspace."""

    def facts(self, path: str) -> Facts:
        """What a file says; raises UnreadableError."""


class Use(NamedTuple):
    """A name that is taken from a factory; `span` is that of the name, in code points."""

    factory: Factory
    name: str
    path: str
    span: Span
    is_call: bool


def uses(world: World, path: str, names: Iterable[str]) -> Iterator[Use]:
    """The uses in the file at `path` of the given methods, existing or not, in order; raises UnreadableError."""
    facts = world.facts(path)
    data = facts.source.data
    words = any_of(names)
    if not words:
        return
    for match in re.finditer(STARTS_HERE + rb"(?:" + words + rb")" + ENDS_HERE, data):
        unit = facts.unit_at(match.start())
        if unit is None:
            continue
        chain = nodes_around(unit.node, match.start())
        node = _whole(chain, match.span())
        if node is None:
            continue
        found = factory_of_receiver(
            world, path, unit, unit.scope_at(node.start_byte - unit.start), path_of(node, data)
        )
        name = match.group().decode("utf-8", "surrogatepass")
        if found is not None and found[1] == (name,):
            yield Use(found[0], name, path, facts.source.span(chain[-1]), _is_called(chain, node))


def _whole(chain: list[Node], span: tuple[int, int]) -> Node | None:
    """The attribute that ends with the identifier at `span`, or the identifier where it stands alone."""
    last = chain[-1]
    if last.type != "identifier" or (last.start_byte, last.end_byte) != span:
        return None
    outer = chain[-2] if len(chain) > 1 else None
    if outer is None or outer.type != "attribute":
        if outer is not None and outer.type in {"keyword_argument", "function_definition", "dotted_name"}:
            return None
        return last
    return outer if outer.child_by_field_name("attribute") == last else None


def _is_called(chain: list[Node], node: Node) -> bool:
    for outer in reversed(chain):
        if outer.start_byte <= node.start_byte and outer.end_byte > node.end_byte:
            return outer.type == "call" and outer.child_by_field_name("function") == node
    return False
