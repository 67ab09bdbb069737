"""The plain strings that an argument is, or is a list of."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ssot_lsp.source import nodes_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.facts import Unit
    from ssot_lsp.source import Node

_LISTS = frozenset({"list", "tuple", "set"})


def strings_at(unit: Unit, span: tuple[int, int], *, in_lists: bool) -> Iterator[tuple[str, tuple[int, int]]]:
    """The strings that the expression at `span`, relative to `unit`, is written as, with their absolute bytes.

    With `in_lists` it is a list, tuple or set of them. What is put together at run time is left out.
    """
    start, end = unit.start + span[0], unit.start + span[1]
    for node in nodes_around(unit.node, start):
        if (node.start_byte, node.end_byte) == (start, end):
            listed = node.named_children if node.type in _LISTS else []
            for each in listed if in_lists else [node]:
                text = string_of(each, unit.data)
                if text is not None:
                    yield text, (each.start_byte, each.end_byte)
            return


def string_of(node: Node, data: bytes) -> str | None:
    """The value of a plain string; None where it is anything else."""
    if node.type != "string" or node.has_error:
        return None
    try:
        value = ast.literal_eval(data[node.start_byte : node.end_byte].decode("utf-8"))
    except (SyntaxError, ValueError):  # an f-string, for one
        return None
    return value if isinstance(value, str) else None
