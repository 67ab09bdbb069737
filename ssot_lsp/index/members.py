"""What the members of a class are, and what a function takes, as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ssot_lsp.index.outline import decorator_paths
from ssot_lsp.nodes import own_nodes, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssot_lsp.index.factory import FactoryMethod
    from ssot_lsp.index.outline import Code, Lineage, Outline
    from ssot_lsp.source import Node

    ModulePath = Callable[[str, str], str | None]

MemberKind = Literal["async", "sync", "value"]

LITERALS = frozenset({"integer", "float", "true", "false", "none", "ellipsis"})
"""The kinds of nodes that are one literal."""


def is_frozen(lineage: Lineage) -> bool:
    """Whether instances of a class refuse to be written to: frozen dataclasses, named tuples and the like."""
    for body in lineage.bodies:
        data = body.unit.data
        for names, text in decorator_paths(body.node, data):
            if names[-1:] == ("frozen",) or (
                names[-1:] in {("dataclass",), ("define",), ("attrs",), ("s",)}
                and "frozen=True" in "".join(text.split())
            ):
                return True
        if any(base[-1:] == ("NamedTuple",) for base in body.bases):
            return True
        config = body.values.get("model_config")
        text = text_of(config[0].data, config[1]) if config is not None and config[1] is not None else ""
        if "frozen=True" in "".join(text.split()):
            return True
    return False


def members(outline: Outline, lineage: Lineage, *, of_instances: bool) -> dict[str, MemberKind]:
    """The members of a class and what they are; with `of_instances` also what its methods set on `self`."""
    found: dict[str, MemberKind] = {}
    for body in reversed(lineage.bodies):
        for name in body.values:
            found[name] = "value"
        for name, codes in body.functions.items():
            found[name] = function_kind(codes[-1])
        facts = outline.facts(body.path)
        if of_instances and facts is not None:
            for codes in body.functions.values():
                for code in codes:
                    for scope in code.unit.scopes:
                        first = scope.parameters[0].name if scope.parameters else ""
                        for each in scope.paths:
                            if len(each.path) == 2 and each.path[0] == first and first in {"self", "cls"}:
                                found.setdefault(each.path[1], "value")
    return found


def may_have(outline: Outline, method: FactoryMethod, name: str, module_path: ModulePath) -> bool:
    """Whether what a factory's method makes has an attribute of that name, or may have it.

    `module_path` gives the file of a dotted module as seen from a file.
    """
    if any(item.path[0] == name for item in (*method.surface, *method.inherited)):
        return True
    for spec in method.specs:
        module, _, short = spec.rpartition(".")
        path = module_path(module, method.path)
        lineage = outline.lineage(path, short) if path is not None else None
        if lineage is None or lineage.doubts or name in members(outline, lineage, of_instances=True):
            return True
        # Annotations, slots, `setattr`: whatever the classes themselves say of it.
        word = name.encode("utf-8", "surrogatepass")
        if any(word in each.unit.data[each.node.start_byte : each.node.end_byte] for each in lineage.bodies):
            return True
    return False


def function_kind(code: Code) -> MemberKind:
    """What a function is to who takes it from an instance."""
    for names, _ in decorator_paths(code.whole, code.unit.data):
        if names[-1:] in {("property",), ("cached_property",), ("setter",), ("getter",)}:
            return "value"
    if not is_async_code(code):
        return "sync"
    is_generator = b"yield" in code.text and any(node.type == "yield" for node in own_nodes(code.node))
    return "sync" if is_generator else "async"


def is_async_code(code: Code) -> bool:
    """Whether it is an `async def`."""
    return code.unit.data.startswith(b"async", code.node.start_byte)


def parameters_of(code: Code) -> list[tuple[str, Node | None, str]]:
    """The parameters of a function: name, default and `*`, `**` or nothing."""
    parameters = code.node.child_by_field_name("parameters")
    return [] if parameters is None else list(parameters_in(parameters, code.unit.data))


def parameters_in(node: Node, data: bytes) -> Iterator[tuple[str, Node | None, str]]:
    """The parameters of a list: name, default and `*`, `**` or nothing."""
    for child in node.named_children:
        holder = child
        if child.type == "typed_parameter" and child.named_child_count:
            holder = child.named_children[0]
        default = child.child_by_field_name("value")
        if holder.type == "identifier":
            yield text_of(data, holder), default, ""
        elif holder.type in {"list_splat_pattern", "dictionary_splat_pattern"} and holder.named_child_count:
            kind = "*" if holder.type == "list_splat_pattern" else "**"
            yield text_of(data, holder.named_children[0]), None, kind
        elif (name := holder.child_by_field_name("name")) is not None:
            yield text_of(data, name), default, ""


def is_literal(node: Node) -> bool:
    """Whether an expression is a literal, all through."""
    kind = node.type
    if kind in LITERALS:
        return True
    if kind == "string":
        return all(child.type != "interpolation" for child in node.named_children)
    if kind in {"list", "tuple", "set", "dictionary", "pair", "unary_operator", "concatenated_string"}:
        return all(is_literal(child) for child in node.named_children if child.type != "comment")
    return False
