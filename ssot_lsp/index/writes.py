"""What is written on the product of a factory call, in the function that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssot_lsp.nodes import path_of
from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.facts import Unit
    from ssot_lsp.index.factory_uses import FactoryUse
    from ssot_lsp.source import Node


def writes_to(use: FactoryUse) -> Iterator[tuple[str, tuple[int, int]]]:
    """The attributes that are written on what a call yields, each with the absolute bytes of the target, in order.

    Only where one name, or one attribute of `self`, is assigned the call and nothing else in that function.
    """
    target = product_target(use)
    if target is None or use.call is None:
        return
    found = []
    for each in use.unit.scopes[use.scope].paths:
        if each.path[:-1] == target and each.value is not None and each.value[0] > use.call.span[1]:
            assignment = assignment_of(use.unit, each.value)
            left = assignment.child_by_field_name("left") if assignment is not None else None
            if left is not None and left.type == "attribute" and path_of(left, use.unit.data) == each.path:
                found.append((each.path[-1], (left.start_byte, left.end_byte)))
    yield from sorted(found, key=lambda each: each[1])


def product_target(use: FactoryUse) -> Path | None:
    """The name, or the attribute of a name, that a call is assigned to, alone and only once in its function."""
    call = use.call
    if call is None or len(call.targets) != 1 or call.in_display or call.enclosing:
        return None
    target = call.targets[0]
    scope = use.unit.scopes[use.scope]
    if len(target) == 1:
        return target if len(scope.names.get(target[0], ())) == 1 and not scope.outer.get(target[0]) else None
    if len(target) == 2 and "()" not in target and "[]" not in target:
        return target if sum(each.path == target for each in scope.paths) == 1 else None
    return None


def assignment_of(unit: Unit, value: tuple[int, int]) -> Node | None:
    """The plain assignment whose right side is the expression at `value`, relative to `unit`."""
    start, end = unit.start + value[0], unit.start + value[1]
    for node in nodes_around(unit.node, start - 1):
        if node.type == "assignment" and node.end_byte == end:
            right = node.child_by_field_name("right")
            if right is not None and right.start_byte == start:
                return node
    return None
