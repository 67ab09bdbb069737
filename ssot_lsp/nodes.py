"""What single nodes of the tree say by themselves: their text, the attribute path or the names that they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssot_lsp.definitions import Path
    from ssot_lsp.source import Node

IMPORTS = frozenset({"import_statement", "import_from_statement"})
"""The types of the statements that import, but for imports from the future."""

CLAUSES = frozenset(
    {
        "elif_clause",
        "else_clause",
        "except_clause",
        "except_group_clause",
        "finally_clause",
        "case_clause",
    }
)
"""The types of the parts of block statements that have a block of their own."""

# A path with more parts than this is none that anybody wrote.
_LONGEST = 120


def text_of(data: bytes, node: Node) -> str:
    """The text of a node."""
    return data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")


def path_of(node: Node, data: bytes) -> Path:
    """The attribute path that `node` is, empty where it is anything else."""
    parts: list[str] = []
    while True:
        kind = node.type
        if kind == "identifier":
            parts.append(text_of(data, node))
            break
        if kind == "attribute":
            name = node.child_by_field_name("attribute")
            inner = node.child_by_field_name("object")
            if name is None or inner is None:
                return ()
            parts.append(text_of(data, name))
        elif kind == "call":
            parts.append("()")
            inner = node.child_by_field_name("function")
        elif kind == "subscript":
            parts.append("[]")
            inner = node.child_by_field_name("value")
        elif kind in {"parenthesized_expression", "await"} and node.named_child_count:
            inner = node.named_child(0)
        else:
            return ()
        if inner is None or len(parts) > _LONGEST:
            return ()
        node = inner
    parts.reverse()
    return tuple(parts)


def assigned(node: Node) -> tuple[list[Node], Node | None]:
    """The targets of an assignment, all of `a = b = value`, and the value; None where there is only an annotation."""
    lefts: list[Node] = []
    value: Node | None = node
    while value is not None and value.type == "assignment":
        left = value.child_by_field_name("left")
        if left is not None:
            lefts.append(left)
        value = value.child_by_field_name("right")
    return lefts, value


def names_bound(node: Node, data: bytes) -> Iterator[str]:
    """The names that a target or a list of parameters binds."""
    pending = [node]
    while pending:
        each = pending.pop()
        if each.type == "identifier":
            yield text_of(data, each)
        elif each.type in {"default_parameter", "typed_default_parameter"}:
            name = each.child_by_field_name("name")
            if name is not None:
                pending.append(name)
        elif each.type not in {"attribute", "subscript", "call"}:
            pending.extend(each.named_children)


def own_nodes(function: Node) -> Iterator[Node]:
    """The nodes of a function without those of functions inside of it."""
    pending = list(function.named_children)
    while pending:
        node = pending.pop()
        yield node
        if node.type not in {"function_definition", "class_definition", "lambda"}:
            pending.extend(node.named_children)
